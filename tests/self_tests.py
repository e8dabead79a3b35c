"""Self-tests of leg power as a phone sends them and as the server knows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.domain.red_flags import KnownState, TestHistory, judge


NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def log(
    score: object,
    repeat: object = None,
    *,
    side: str = "left",
    test: str = "heel_walk",
    ago: timedelta = timedelta(0),
    entry: str | None = None,
    **more: Any,
) -> dict[str, object]:
    at = NOW - ago
    return {
        "id": entry or f"{side}-{test}-{at:%Y%m%dT%H%M%S}",
        "recorded_at": at.isoformat(),
        "side": side,
        "test": test,
        "score": score,
        "repeat_score": repeat,
        **more,
    }


def history(
    baseline: float | None = 3.0,
    *recent: tuple[timedelta, int, int | None],
    **more: Any,
) -> TestHistory:
    return TestHistory(
        baseline=baseline,
        recent=tuple(
            (NOW - ago, score, repeat, f"known-{number:04}")
            for number, (ago, score, repeat) in enumerate(recent)
        ),
        **more,
    )


def state(
    left: TestHistory | None = None, right: TestHistory | None = None, **more: Any
) -> KnownState:
    tests = {("left", "heel_walk"): left, ("right", "heel_walk"): right}
    known = {key: value for key, value in tests.items() if value is not None}
    return KnownState(tests=known, **more)


def fired(*logs: dict[str, object], known: KnownState, **more: Any):
    flags = judge({"weakness_logs": list(logs), **more}, state=known, now=NOW)
    return [(flag.rule, flag.tier) for flag in flags]


NONE: list[tuple[str, str]] = []
DROP = [("R05", "emergency")]
REPEAT = [("R05", "urgent")]
BOTH = [("R04", "emergency")]
