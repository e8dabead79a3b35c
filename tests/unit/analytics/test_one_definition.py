"""R04, R05 and R19 mean the same in the push and in the analysis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.domain import danger
from analytics.domain.evening import Evenings
from analytics.domain.events import Event
from analytics.domain.evidence import gather
from analytics.domain.records import diary_of
from tracker.domain.circumstances import Procedure
from tracker.domain.power_tests import (
    FOOT_SLAP_KNOWN_DAYS,
    NEW_WITHIN,
    KnownState,
    TestHistory,
    baseline_of,
    severe_limit,
)
from tracker.domain.red_flags import judge


DAYS = 24
FIRST = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
#: Days of scores for each leg: mostly strong, sometimes low, sometimes repeated.
SCORES = st.lists(
    st.sampled_from([None, (3,), (3,), (3,), (2,), (1,), (0,), (2, 2), (1, 1), (0, 3)]),
    min_size=DAYS,
    max_size=DAYS,
)
SLAPS = st.lists(st.sampled_from([None] * 8 + [True]), min_size=DAYS, max_size=DAYS)


@dataclass
class Diary:
    """What the patient pushes, evening by evening."""

    left: list[Any]
    right: list[Any]
    slaps: list[Any]
    procedure: int | None

    def evening(self, day: int) -> dict[str, list[dict[str, Any]]]:
        at = FIRST + timedelta(days=day)
        minutes = count()
        logs = [
            {
                "id": f"{side}-heel-{day:03}",
                "recorded_at": at + timedelta(minutes=next(minutes)),
                "side": side,
                "test": "heel_walk",
                "score": scores[0],
                "repeat_score": scores[1] if len(scores) > 1 else None,
            }
            for side, scores in (("left", self.left[day]), ("right", self.right[day]))
            if scores is not None
        ]
        log = {"id": f"day-log-{day:03}", "recorded_at": at, "foot_slap": True}
        return {
            "weakness_logs": logs,
            "day_logs": [log] if self.slaps[day] else [],
            "red_flag_checks": [],
        }


def known_before(diary: Diary, day: int, now: datetime) -> KnownState:
    """Return what a server knows before the push of a day, in the plainest way."""
    tests: dict[tuple[str, str], TestHistory] = {}
    for side in ("left", "right"):
        logs = [
            log
            for earlier in range(day)
            for log in diary.evening(earlier)["weakness_logs"]
            if log["side"] == side
        ]
        recent = [log for log in logs if now - log["recorded_at"] < NEW_WITHIN]
        baseline = baseline_of([log["score"] for log in logs])
        before = [
            log["score"]
            for log in logs
            if diary.procedure is not None
            and log["recorded_at"] < FIRST + timedelta(days=diary.procedure, hours=-19)
        ]
        fields = ("recorded_at", "score", "repeat_score", "id")
        tests[side, "heel_walk"] = TestHistory(
            baseline=baseline,
            recent=tuple(tuple(log[name] for name in fields) for log in recent),
            severe_since=severe_since(logs, recent, baseline),
            older=tuple(log["score"] for log in logs[: len(logs) - len(recent)]),
            before_procedure=before[-1] if before else None,
        )
    slaps = [FIRST + timedelta(days=on) for on in range(day) if diary.slaps[on]]
    before = [at for at in slaps if NEW_WITHIN <= now - at < timedelta(days=42)]
    long_known = len(before) >= FOOT_SLAP_KNOWN_DAYS
    lately = any(now - at < NEW_WITHIN for at in slaps)
    return KnownState(
        tests=tests,
        foot_slap_new=lately and not long_known,
        foot_slap_long_known=long_known,
        procedures=windows(diary),
    )


def severe_since(logs: list, recent: list, baseline: float | None) -> datetime | None:
    limit = severe_limit(baseline)
    if limit is None or not recent:
        return None
    run = []
    for log in reversed(logs):
        if log["score"] > limit:
            break
        run.append(log["recorded_at"])
    return run[-1] if run else None


def windows(diary: Diary) -> tuple[Procedure, ...]:
    if diary.procedure is None:
        return ()
    midnight = FIRST + timedelta(days=diary.procedure, hours=-19)
    return (Procedure(begins=midnight, ends=midnight + timedelta(days=8)),)


def by_pushes(diary: Diary) -> set[tuple[str, str | None, date]]:
    found = set()
    for day in range(DAYS):
        push = diary.evening(day)
        stamps = [log["recorded_at"] for logs in push.values() for log in logs]
        if not stamps:
            continue
        now = max(stamps)
        for flag in judge(push, state=known_before(diary, day, now), now=now):
            if flag.tier == "emergency":
                found.add((flag.rule, flag.side, now.date()))
    return found


def by_analysis(diary: Diary) -> set[tuple[str, str | None, date]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for day in range(DAYS):
        for name, logs in diary.evening(day).items():
            rows.setdefault(name, []).extend(log | {"patient": "p"} for log in logs)
    events = []
    if diary.procedure is not None:
        on = (FIRST + timedelta(days=diary.procedure)).date()
        kind = "epidural_steroid_injection"
        events = [Event(patient="p", kind="treatment", name=kind, on=on)]
    last = (FIRST + timedelta(days=DAYS)).date()
    evidence = gather(diary_of(rows), events, end=last)
    if evidence is None:
        return set()
    found = danger.motor_dangers(evidence, Evenings(evidence))
    return {(row["rule"], row["side"], row["day"].date()) for row in found.records()}


@settings(deadline=None, max_examples=60)
@given(
    left=SCORES,
    right=SCORES,
    slaps=SLAPS,
    procedure=st.none() | st.integers(0, DAYS - 1),
)
def test_the_analysis_says_what_the_pushes_said(
    left: list, right: list, slaps: list, procedure: int | None
) -> None:
    diary = Diary(left, right, slaps, procedure)
    assert by_analysis(diary) == by_pushes(diary)
