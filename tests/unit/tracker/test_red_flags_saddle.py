"""R03 for a numb saddle on the body map that no safety questions go with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracker.domain import diary
from tracker.domain.red_flags import KnownState, judge


NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASKED = [("R03", "urgent", "info")]


def numb(*regions: object, ago: timedelta = HOUR, **fields: object) -> dict[str, Any]:
    return {
        "id": "numbness-0001",
        "recorded_at": (NOW - ago).isoformat(),
        "side": "midline",
        "intensity": 4,
        "regions": list(regions),
        **fields,
    }


def check(ago: timedelta) -> dict[str, Any]:
    answers = dict.fromkeys(diary.RED_FLAG_ITEMS, "no")
    return {"id": "check-0001", "recorded_at": (NOW - ago).isoformat(), **answers}


def told(
    *logs: dict[str, Any],
    checks: tuple[dict[str, Any], ...] = (),
    state: KnownState | None = None,
) -> list[tuple[str, str, str]]:
    records = {"numbness_logs": list(logs), "red_flag_checks": list(checks)}
    found = judge(records, state=state or KnownState(), now=NOW)
    return [(flag.rule, flag.tier, flag.clinician_tier) for flag in found]


@pytest.mark.parametrize("region", diary.REGIONS)
def test_every_area_of_the_saddle_asks_and_no_other(region: str) -> None:
    expected = ASKED if region in diary.SADDLE_REGIONS else []
    assert told(numb("heel", region)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"intensity": None}, ASKED),
        ({"intensity": "what"}, ASKED),
        ({"intensity": False}, ASKED),
        ({"intensity": 0}, []),
        ({"withdrawn_at": "2026-03-10T08:30:00Z"}, []),
        ({"regions": "perineum"}, []),
        ({"regions": {"perineum": 1}}, []),
        ({"regions": [None, 3, ["perineum"], " Perineum "]}, ASKED),
        ({"recorded_at": "banana"}, ASKED),
        ({"id": 7}, ASKED),
    ],
)
def test_whatever_is_sent(fields: dict[str, object], expected: list[Any]) -> None:
    assert told(numb("perineum") | fields) == expected


@pytest.mark.parametrize(
    ("check_ago", "expected"),
    [(timedelta(), []), (25 * HOUR, []), (26 * HOUR, ASKED)],
)
def test_a_check_of_the_day_before_or_since_goes_with_it(
    check_ago: timedelta, expected: list[Any]
) -> None:
    log = numb("genitals", ago=HOUR + timedelta(minutes=30))
    assert told(log, checks=(check(check_ago),)) == expected
    assert told(log, state=KnownState(checked_at=NOW - check_ago)) == expected


@pytest.mark.parametrize(("days", "expected"), [(13, ASKED), (15, [])])
def test_what_is_two_weeks_old_is_not_asked_about(
    days: int, expected: list[Any]
) -> None:
    assert told(numb("perianal", ago=timedelta(days=days))) == expected


def test_of_several_reports_the_newest_asks() -> None:
    older = numb("perineum", ago=3 * HOUR, id="numbness-0000")
    [flag] = judge(
        {"numbness_logs": [numb("genitals"), older]}, state=KnownState(), now=NOW
    )
    assert (flag.collection, flag.entry) == ("numbness_logs", "numbness-0001")
    assert flag.items == ("genitals",)
