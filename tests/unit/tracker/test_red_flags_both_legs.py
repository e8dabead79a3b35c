"""R04: self-tests below the patient's own on both legs; and what others make of a drop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.self_tests import BOTH, DAY, NONE, NOW, SECOND, fired, history, log, state
from tracker.domain import diary
from tracker.domain.red_flags import KnownState, judge


@pytest.mark.parametrize(
    ("baseline", "score", "expected"), [(3.0, 3, NONE), (3.0, 2, BOTH), (2.0, 1, BOTH)]
)
def test_a_confirmed_step_on_both_legs_is_an_emergency(
    baseline: float, score: int, expected: list[tuple[str, str]]
) -> None:
    known = state(history(baseline), history(baseline))
    logs = [log(score, score), log(score, score, side="right")]
    assert fired(*logs, known=known) == expected


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(7 * DAY - SECOND, BOTH), (7 * DAY, BOTH), (7 * DAY + SECOND, NONE)],
)
def test_both_legs_must_drop_within_seven_days(
    apart: timedelta, expected: list[tuple[str, str]]
) -> None:
    known = state(history(), history(3.0, (apart, 2, 2)))
    assert fired(log(2, 2), known=known) == expected


def test_both_legs_must_be_confirmed() -> None:
    known = state(history(), history())
    assert fired(log(2, 2), log(2, side="right"), known=known) == NONE


def test_one_leg_is_not_both() -> None:
    known = state(history(), history())
    assert fired(log(2, 2), log(3, 3, side="right"), known=known) == NONE


def test_different_tests_may_show_the_two_legs() -> None:
    known = KnownState(
        tests={("left", "heel_walk"): history(), ("right", "chair_rise"): history()}
    )
    logs = [log(2, 2), log(2, 2, side="right", test="chair_rise")]
    [flag] = judge({"weakness_logs": logs}, state=known, now=NOW)
    assert (flag.rule, flag.side) == ("R04", "both")
    assert flag.items == ("heel_walk", "chair_rise")


def test_what_was_known_on_both_legs_is_not_raised_again_by_another_record() -> None:
    known = state(history(3.0, (DAY, 2, 2)), history(3.0, (DAY, 2, 2)))
    assert fired(log(3, 3, test="knee_lift"), known=known) == NONE


def test_a_late_record_that_completes_both_legs_is_the_one_that_is_named() -> None:
    known = state(history(), history(3.0, (DAY, 2, 2)))
    late = log(2, 2, ago=2 * DAY)
    [flag] = judge({"weakness_logs": [late]}, state=known, now=NOW)
    assert (flag.rule, flag.entry) == ("R04", late["id"])


def test_a_severe_drop_of_both_legs_raises_both_rules() -> None:
    known = state(history(), history())
    assert fired(log(0, 0), log(1, 1, side="right"), known=known) == [
        ("R04", "emergency"),
        ("R05", "emergency"),
        ("R05", "emergency"),
    ]


def test_the_answer_both_legs_confirms_drops_that_were_not_repeated() -> None:
    known = state(history(3.0, (DAY, 2, None)), history(3.0, (2 * DAY, 2, None)))
    checks = [{"id": "check-0001", "both_legs": "new"}]
    flags = judge({"red_flag_checks": checks}, state=known, now=NOW)
    assert [(flag.rule, flag.tier) for flag in flags] == [
        ("R04", "emergency"),
        ("R03", "urgent"),
    ]


# The fact that other rules ask for


@pytest.mark.parametrize(
    ("score", "repeat", "tier"), [(2, None, "urgent"), (2, 2, "emergency")]
)
def test_a_confirmed_drop_of_this_push_makes_fever_an_emergency(
    score: int, repeat: int | None, tier: str
) -> None:
    checks = [{**dict.fromkeys(diary.RED_FLAG_ITEMS, "no"), "fever_or_rigors": "new"}]
    expected = [("R18", tier)]
    known = state(history())
    assert fired(log(score, repeat), known=known, red_flag_checks=checks) == expected


@pytest.mark.parametrize(
    ("drop", "fever", "tier"),
    [
        (16, 15, "emergency"),
        (29, 15, "emergency"),
        (30, 15, "urgent"),
        (15, 17, "urgent"),
        (15, 15.5, "emergency"),
    ],
)
def test_fever_that_comes_late_is_judged_beside_the_drop_of_its_own_time(
    drop: int, fever: float, tier: str
) -> None:
    asked = dict.fromkeys(diary.RED_FLAG_ITEMS, "no") | {"fever_or_rigors": "new"}
    at = (NOW - fever * DAY).isoformat()
    late: dict[str, Any] = {
        "weakness_logs": [log(2, 2, ago=drop * DAY)],
        "red_flag_checks": [{**asked, "id": "check-0001", "recorded_at": at}],
    }
    flags = judge(late, state=state(history()), now=NOW)
    assert [(flag.rule, flag.tier) for flag in flags] == [("R18", tier)]


@pytest.mark.parametrize(
    ("said", "left", "right", "recorded", "fires"),
    [
        ("new", 1, 1, False, True),
        ("worse", 1, 0, False, True),
        ("new", 1, 2, False, False),  # one leg alone is severely weak
        ("unchanged", 1, 1, False, False),
        ("new", 1, 1, True, False),  # a clinician knows it
    ],
)
def test_two_weak_legs_at_enrolment_are_an_emergency_when_they_are_newly_affected(
    said: str, left: int, right: int, *, recorded: bool, fires: bool
) -> None:
    known = state(
        history(None, clinician_recorded=recorded),
        history(None, clinician_recorded=recorded),
    )
    check = {"id": "check-0001", "recorded_at": NOW.isoformat(), "both_legs": said}
    records: dict[str, list[dict[str, Any]]] = {
        "weakness_logs": [log(left, None), log(right, None, side="right")],
        "red_flag_checks": [check],
    }
    found = {(flag.rule, flag.tier) for flag in judge(records, state=known, now=NOW)}
    assert (("R04", "emergency") in found) == fires
