"""R05 where no score speaks: a foot that slaps, a test not safe, one leg tested alone.

3      a self-test score 0-3; u is a test that was left out as not safe
y n    the foot slaps, or does not; a dot is silence
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.self_tests import DAY, HOUR, NONE, NOW, REPEAT, SECOND, history, log, state
from tests.tables import START, Drawing, day
from tracker.domain.circumstances import KnownDay
from tracker.domain.red_flags import KnownState, RedFlag, judge


def slap(ago: timedelta = timedelta(0), **fields: Any) -> dict[str, Any]:
    return {
        "id": f"slap-{ago // HOUR:04}",
        "recorded_at": (NOW - ago).isoformat(),
        "day": NOW.date().isoformat(),
        "foot_slap": True,
        **fields,
    }


def unsafe(ago: timedelta = timedelta(0), **fields: Any) -> dict[str, Any]:
    return log(None, ago=ago, not_done_reason="unsafe", **fields)


def judged(known: KnownState | None = None, **records: Any) -> list[RedFlag]:
    return judge(records, state=known or KnownState(), now=NOW)


def told(known: KnownState | None = None, **records: Any) -> list[tuple[str, str]]:
    return [(flag.rule, flag.tier) for flag in judged(known, **records)]


# A foot that newly slaps


def test_a_new_foot_slap_without_a_heel_walk_asks_for_one() -> None:
    (flag,) = judged(day_logs=[slap()])
    assert (flag.rule, flag.tier, flag.clinician_tier) == ("R05", "urgent", "info")
    assert (flag.collection, flag.entry) == ("day_logs", "slap-0000")
    assert flag.side is None


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(48 * HOUR - SECOND, NONE), (48 * HOUR, NONE), (48 * HOUR + SECOND, REPEAT)],
)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_heel_walk_of_two_days_settles_it(ago, expected, side) -> None:
    walked = {"left": None, "right": None, side: history(3.0, (ago, 3, None))}
    assert told(state(**walked), day_logs=[slap()]) == expected


def test_a_heel_walk_after_the_slap_settles_it() -> None:
    assert told(day_logs=[slap(3 * DAY)], weakness_logs=[log(3)]) == NONE


def test_another_movement_or_one_left_out_settles_nothing() -> None:
    tests = [log(3, test="knee_lift"), log(None, not_done_reason="forgot")]
    assert told(day_logs=[slap()], weakness_logs=tests) == REPEAT


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(14 * DAY - SECOND, NONE), (14 * DAY, NONE), (14 * DAY + SECOND, REPEAT)],
)
def test_it_asks_once_in_two_weeks(ago: timedelta, expected) -> None:
    earlier = KnownDay(at=NOW - ago, entry="slap-earlier", slap=True)
    assert told(KnownState(days=(earlier,)), day_logs=[slap()]) == expected


def test_sent_twice_it_asks_again() -> None:
    same = KnownDay(at=NOW, entry="slap-0000", slap=True)
    assert told(KnownState(days=(same,)), day_logs=[slap()]) == REPEAT


def test_a_foot_that_has_long_slapped_is_no_news() -> None:
    known = KnownState(foot_slap_long_known=True)
    assert told(known, day_logs=[slap()]) == NONE


@pytest.mark.parametrize(
    "fields",
    [
        {"foot_slap": False},
        {"foot_slap": None},
        {"withdrawn_at": "2026-03-20T08:00:00Z"},
        {"recorded_at": (NOW - 14 * DAY - SECOND).isoformat()},
    ],
)
def test_no_slap_asks_for_nothing(fields: dict[str, Any]) -> None:
    assert told(day_logs=[slap(**fields)]) == NONE


def test_a_weak_heel_walk_beside_it_is_the_emergency_that_it_was() -> None:
    found = told(state(history(3.0)), day_logs=[slap()], weakness_logs=[log(1)])
    assert found == [("R05", "emergency")]


# A test that is not safe any more


def left_out(*ago: timedelta, usual: float | None = 3.0, **more: Any) -> KnownState:
    known = tuple((NOW - each, f"unsafe-known-{n}") for n, each in enumerate(ago))
    return state(history(usual, unsafe=known, **more))


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(12 * HOUR - SECOND, NONE), (12 * HOUR, REPEAT), (12 * HOUR + SECOND, REPEAT)],
)
def test_twice_unsafe_is_an_answer(apart: timedelta, expected) -> None:
    assert told(left_out(apart), weakness_logs=[unsafe()]) == expected


def test_the_clinic_hears_of_it_as_urgent() -> None:
    (flag,) = judged(left_out(DAY), weakness_logs=[unsafe()])
    assert (flag.clinician_tier, flag.side) == ("urgent", "left")
    assert flag.items == ("heel_walk", "unsafe")


@pytest.mark.parametrize(
    ("usual", "expected"), [(1.0, NONE), (2.0, REPEAT), (3.0, REPEAT)]
)
def test_what_the_leg_could_hardly_do_is_no_news(usual: float, expected) -> None:
    assert told(left_out(DAY, usual=usual), weakness_logs=[unsafe()]) == expected


def test_without_a_baseline_nothing_is_lost() -> None:
    assert told(left_out(DAY, usual=None), weakness_logs=[unsafe()]) == NONE


@pytest.mark.parametrize("reason", ["pain", "injury", "forgot", "other", None, 7])
def test_other_reasons_are_none(reason: object) -> None:
    record = log(None, not_done_reason=reason)
    assert told(left_out(DAY), weakness_logs=[record]) == NONE


@pytest.mark.parametrize("ago", [HOUR, DAY])
def test_a_test_that_was_done_since_settles_it(ago: timedelta) -> None:
    known = state(history(3.0, (ago, 3, None), unsafe=((NOW - DAY, "unsafe-known"),)))
    assert told(known, weakness_logs=[unsafe()]) == NONE


def test_only_the_second_of_a_run_tells() -> None:
    assert told(left_out(2 * DAY, DAY), weakness_logs=[unsafe()]) == NONE


def test_the_order_of_arrival_does_not_matter() -> None:
    late = [unsafe(3 * DAY)]
    (flag,) = judged(left_out(DAY), weakness_logs=late)
    assert flag.entry == "unsafe-known-0"
    together = [unsafe(3 * DAY), unsafe()]
    assert told(left_out(), weakness_logs=together) == REPEAT


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(14 * DAY - SECOND, REPEAT), (14 * DAY, NONE), (14 * DAY + SECOND, NONE)],
)
def test_two_weeks_are_new(ago: timedelta, expected) -> None:
    assert told(left_out(ago), weakness_logs=[unsafe()]) == expected


@pytest.mark.parametrize(
    ("scores", "raised"),
    [
        ("3 3 3 3 3 3 u", []),
        ("3 3 3 3 3 3 u u", [7]),
        ("3 3 3 3 3 3 u . . u", [9]),
        ("3 3 3 3 3 3 u 3 u", []),
        ("3 3 3 3 3 3 u u u u u u u", [7]),
        ("1 1 1 1 1 1 u u u", []),
        ("3 3 3 u u", []),
    ],
)
def test_a_replay_says_the_same(scores: str, raised: list[int]) -> None:
    found = Drawing().tests(scores).raised("R05")
    assert [(each.raised_on - START).days for each in found] == raised
    assert all(each.tier == "urgent" for each in found)
    for each in found:
        assert each.explanation == "No longer safe to do on the right: big-toe lift."


def test_an_emergency_speaks_beside_it() -> None:
    drawing = Drawing().tests("3 3 3 3 3 3 u u 0/0")
    found = [(each.tier, each.raised_on) for each in drawing.raised("R05")]
    assert found == [("urgent", day(7)), ("emergency", day(8))]


# One leg tested alone at enrolment


@pytest.mark.parametrize(("score", "expected"), [(1, REPEAT), (2, NONE), (3, NONE)])
def test_a_weak_leg_without_the_other_asks_for_it(score: int, expected) -> None:
    assert told(weakness_logs=[log(score, score)]) == expected


def test_it_is_confirmed_and_says_that_the_other_leg_is_missing() -> None:
    assert told(weakness_logs=[log(1)]) == NONE
    (flag,) = judged(weakness_logs=[log(1), log(1, ago=DAY)])
    assert (flag.clinician_tier, flag.items) == ("info", ("heel_walk", "other_leg"))


def test_with_the_other_leg_the_difference_counts() -> None:
    weak = [log(1, 1), log(1, 1, side="right")]
    assert told(weakness_logs=weak) == NONE
    uneven = [log(1, 1), log(3, side="right")]
    assert told(weakness_logs=uneven) == [("R05", "emergency")]


def test_a_weakness_that_a_clinician_has_recorded_is_known() -> None:
    known = state(history(None, clinician_recorded=True))
    assert told(known, weakness_logs=[log(1, 1)]) == NONE
