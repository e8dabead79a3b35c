"""Every number of the red flags, as three diaries: below it, at it, above it.

    3      a self-test score 0-3, minutes walked; 1/2 is a test and its repeat
    .      silence

Nobody chooses these numbers. One without its three diaries fails the suite; `speaks`
says of each whether the rule raises an emergency (R03: an urgent flag).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from analytics.domain.events import Event
from tests.tables import PATIENT, Drawing, day
from tracker.domain import circumstances, power_tests, red_flag_rules
from tracker.domain.diary import RED_FLAG_ITEMS


LEARNED = "3 3 3 3 3 "
UNCLEAR = "prefer_not_to_say"
Drawn = tuple[Drawing, list[Event]]
Maker = Callable[[Any], Drawn | Drawing]


@dataclass(frozen=True)
class Threes:
    """A rule, how a cell becomes a diary, the three cells, and who speaks."""

    rule: str
    drawn: Maker
    cells: tuple[Any, Any, Any]
    speaks: tuple[bool, bool, bool] = (False, True, True)


def leg(scores: str) -> Drawing:
    return Drawing().tests(scores)


def learned(cell: str) -> Drawing:
    return leg(LEARNED + cell)


def heel_walk_with_slap(scores: str) -> Drawing:
    slap = ". " * (len(scores.split()) - 1) + "y"
    return Drawing().tests(scores, test="heel_walk").day_logs(slap, "foot_slap")


def slapped_before(days: int) -> Drawing:
    earlier = LEARNED + "3 " * 14 + "1"
    slaps = "y " * days + ". " * (19 - days) + "y"
    return Drawing().tests(earlier, test="heel_walk").day_logs(slaps, "foot_slap")


def recorded(grade: int) -> Event:
    return Event(
        patient=PATIENT,
        kind="exam",
        name="power",
        on=day(0),
        side="right",
        location="L5",
        grade=grade,
    )


def long_weak(scores: str) -> Drawn:
    """A leg whose weakness a clinician has recorded, so that it raises nothing itself."""
    return leg(scores), [recorded(2)]


def beside_three(right: str) -> Drawing:
    return leg(right).tests("3", side="left")


def both_legs(right: str) -> Drawing:
    return learned(right).tests(LEARNED + "2/2", side="left")


def left_then_right(days: int) -> Drawing:
    drawing = Drawing().tests(LEARNED + "2/2", side="left")
    return drawing.tests(LEARNED + ". " * days + "2/2")


def again_after(minutes: int) -> Drawing:
    drawing = both_legs("2,2")
    first, second = drawing.rows["weakness_logs"][5:7]
    assert (first["score"], second["score"]) == (2, 2)
    second["recorded_at"] = first["recorded_at"] + timedelta(minutes=minutes)
    return drawing


def third_of_three_at(place: int) -> Drawing:
    """The leg is good on three tests only, the last of them at this place."""
    return leg("1 " * (place - 3) + "3 3 3 1/1")


def as_low_before(times: int) -> Drawing:
    before = "3 3 3 3 3 3 " + "1 3 " * times
    return leg(before + "3 " * 15 + "1/1")


def threes_since_the_lows(count: int) -> Drawing:
    # A two among the last, so that the leg has not recovered (RECOVERED_SCORES).
    return leg("3 3 3 3 3 3 1 3 1 " + "3 " * (count - 1) + "2 " + "3 " * 13 + "1/1")


def recovered_since(count: int) -> Drawing:
    return leg("3 3 3 3 3 3 1 3 1 " + "3 " * count + "3 " * 13 + "1/1")


def older_scores(count: int) -> Drawing:
    return leg("2 " * count + "3 " * 13 + "1/1")


def reports_of_a_stepwise_drop(count: int) -> Drawing:
    return leg("2 " * 6 + "3 " * 12 + "1 " * count)


def operated(name: str) -> Maker:
    def drawn(ago: int) -> Drawn:
        event = Event(patient=PATIENT, kind="treatment", name=name, on=day(40 - ago))
        return leg("3 " * 40 + "1"), [event]

    return drawn


def unclear_bladder(*days: int) -> Drawing:
    answers = dict.fromkeys(RED_FLAG_ITEMS, "no")
    answers[red_flag_rules.BLADDER[0]] = UNCLEAR
    return Drawing().medicines("Oxycodone", days=days).checks(60, **answers)


def unclear_items(count: int) -> Drawing:
    answers = dict.fromkeys(RED_FLAG_ITEMS, "no")
    answers |= dict.fromkeys(red_flag_rules.OTHER_CAUDA_EQUINA[:count], UNCLEAR)
    return learned("1/1").checks(5, **answers)


def walking(minutes: str) -> Drawing:
    """Both legs are a step lower on the last day, never repeated; minutes walked."""
    last = len(minutes.split()) - 1
    scores = LEARNED + ". " * (last - 5) + "2"
    drawing = Drawing().tests(scores, side="left").tests(scores)
    return drawing.day_logs(minutes, "walk_minutes_before_stopping")


def hard_walks(minutes: int) -> Drawing:
    return walking("40 " * 5 + ". " * 7 + f"{minutes} {minutes}")


def hard_days(count: int) -> Drawing:
    return walking("40 " * 5 + ". " * 8 + "40 " * (3 - count) + "15 " * count)


def earlier_walks(count: int) -> Drawing:
    return walking("40 " * count + ". " * 10 + "15 15")


def first_hard_walk(ago: int) -> Drawing:
    return walking("40 " * 8 + "15 " + ". " * (ago - 1) + "15")


CASES: dict[str, Threes] = {
    "BASELINE_BEST_SCORES": Threes(
        "R05", leg, ("3 3 3 3 1/1", "3 3 3 3 3 1/1", "3 3 3 3 3 3 1/1")
    ),
    "BASELINE_FIRST_SCORES": Threes("R05", third_of_three_at, (11, 10, 9)),
    "SEVERE_DROP_STEPS": Threes("R05", learned, ("2/2", "1/1", "0/0")),
    "NO_MOVEMENT_SCORE": Threes(
        "R05", long_weak, ("1 1 1 1 1 1/1", "1 1 1 1 1 0/0", "1 1 1 1 1 1 0/0")
    ),
    "NO_MOVEMENT_MINIMUM_BASELINE": Threes(
        "R05", long_weak, ("0 0 0 0 0 0/0", "1 1 1 1 1 0/0", "2 2 2 2 2 0/0")
    ),
    "SEVERE_SIDE_DIFFERENCE_STEPS": Threes("R05", beside_three, ("2/2", "1/1", "0/0")),
    "DROP_STEPS": Threes("R04", both_legs, ("3/3", "2/2", "1/1")),
    "FOOT_SLAP_HEEL_SCORE": Threes(
        "R05", heel_walk_with_slap, ("2 2 2 2 2 2", "2 2 2 2 2 1", "2 2 2 2 2 0")
    ),
    "FOOT_SLAP_KNOWN_DAYS": Threes(
        "R05", slapped_before, (1, 2, 3), (True, False, False)
    ),
    "FOOT_SLAP_MINIMUM_BASELINE": Threes(
        "R05", heel_walk_with_slap, ("1 1 1 1 1 1", "2 2 2 2 2 1", "3 3 3 3 3 1")
    ),
    "OLDER_SCORES": Threes("R05", threes_since_the_lows, (17, 18, 19)),
    "USUAL_LOW_PLACE": Threes("R05", as_low_before, (2, 1, 0)),
    "RECOVERED_SCORES": Threes("R05", recovered_since, (4, 5, 6)),
    "USUAL_MINIMUM_SCORES": Threes(
        "R05", older_scores, (6, 5, 4), (False, False, True)
    ),
    "STEPWISE_REPORTS": Threes("R05", reports_of_a_stepwise_drop, (2, 3, 4)),
    "RECORDED_SEVERE_MRC_GRADE": Threes(
        "R05",
        lambda grade: (leg("0/0"), [recorded(grade)]),
        (2, 3, 4),
        (False, False, True),
    ),
    "NORMAL_SCORE": Threes(
        "R05", beside_three, ("3/3", "2/2", "1/1"), (False, False, True)
    ),
    "SITTING": Threes("R04", again_after, (59, 60, 61), (True, True, False)),
    "NEW_WITHIN": Threes(
        "R05",
        lambda days: learned("1 " + ". " * (days - 1) + "1"),
        (13, 14, 15),
        (True, False, False),  # a minute more than 14 days
    ),
    "BOTH_SIDES_WITHIN": Threes(
        "R04", left_then_right, (6, 7, 8), (True, False, False)
    ),
    "AFTER_OPERATION": Threes("R19", operated("discectomy"), (31, 30, 29)),
    "AFTER_INJECTION": Threes("R19", operated("epidural_steroid_injection"), (8, 7, 6)),
    "OPIOID_NEW": Threes(
        "R03", lambda ago: unclear_bladder(60 - ago), (13, 14, 15), (True, False, False)
    ),
    "DAYS_KEPT": Threes("R03", lambda ago: unclear_bladder(60 - ago, 59), (41, 42, 43)),
    "WALKING_SHARE": Threes("R04", hard_walks, (21, 20, 19)),
    "WALKING_RECENT": Threes("R04", first_hard_walk, (6, 7, 8), (True, False, False)),
    "WALKING_HARD_DAYS": Threes("R04", hard_days, (1, 2, 3)),
    "WALKING_LEAST_DAYS": Threes("R04", earlier_walks, (4, 5, 6)),
    "UNCLEAR_ITEMS": Threes("R03", unclear_items, (1, 2, 3)),
}


def numbers() -> set[str]:
    return {
        name
        for module in (power_tests, circumstances, red_flag_rules)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int | float | timedelta)
    }


def test_every_number_has_its_three_diaries() -> None:
    assert set(CASES) == numbers()


@pytest.mark.parametrize("name", CASES)
def test_the_rule_speaks_from_its_number_on(name: str) -> None:
    case = CASES[name]
    spoken = []
    for cell in case.cells:
        made = case.drawn(cell)
        drawing, events = made if isinstance(made, tuple) else (made, [])
        tier = "urgent" if case.rule == "R03" else "emergency"
        found = drawing.raised(case.rule, events=events)
        spoken.append(any(each.tier == tier for each in found))
    assert tuple(spoken) == case.speaks
