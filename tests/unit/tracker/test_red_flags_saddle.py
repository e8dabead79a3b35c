"""R03 for a numb saddle on the body map that no safety questions go with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracker.domain import diary, saddle
from tracker.domain.red_flags import KnownState, judge


NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASKED = [("R03", "urgent", "info")]
LEFT_OPEN = [("R03", "urgent", "urgent")]


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
    [(timedelta(), []), (3.5 * HOUR, []), (3.6 * HOUR, ASKED), (24 * HOUR, ASKED)],
)
def test_a_check_of_the_same_sitting_or_since_goes_with_it(
    check_ago: timedelta, expected: list[Any]
) -> None:
    log = numb("genitals", ago=HOUR + timedelta(minutes=30))
    assert told(log, checks=(check(check_ago),)) == expected
    assert told(log, state=KnownState(checked_at=NOW - check_ago)) == expected


@pytest.mark.parametrize("item", saddle.QUESTIONS)
@pytest.mark.parametrize("said", ["prefer_not_to_say", None, "what"])
@pytest.mark.parametrize("known", [True, False])
def test_questions_that_are_left_open_are_for_the_clinic_today(
    item: str, said: object, *, known: bool
) -> None:
    log, asked = numb("perineum"), check(HOUR) | {item: said}
    if known:  # it came in another push
        assert told(log, state=KnownState(checks=(asked,))) == LEFT_OPEN
    else:
        assert told(log, checks=(asked,)) == LEFT_OPEN


def test_an_answer_settles_what_was_left_open() -> None:
    refused = check(2 * HOUR) | {saddle.QUESTIONS[0]: None}
    log = numb("perineum", ago=2 * HOUR)
    answered = check(HOUR) | {"id": "check-0002"}
    assert told(log, checks=(refused, answered)) == []
    assert told(log, checks=(refused,), state=KnownState(checked_at=NOW)) == []


def test_a_check_left_open_long_before_is_no_refusal() -> None:
    refused = check(24 * HOUR) | {saddle.QUESTIONS[0]: None}
    assert told(numb("perineum"), checks=(refused,)) == ASKED


def test_the_other_questions_may_stay_open() -> None:
    asked = check(HOUR) | {"erection_ejaculation_change": "prefer_not_to_say"}
    assert told(numb("perineum"), checks=(asked,)) == []


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
