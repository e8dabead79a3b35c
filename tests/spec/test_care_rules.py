"""The rules about function, care and trust as small diaries: one column a day.

    5      an answer: pain 0-10, minutes of walking, trips and falls as counts
    .      silence

Day 0 is the first column; the expected numbers are the days on which a flag is raised.
"""

from __future__ import annotations

import numpy as np
import pytest

from analytics.domain.events import Event
from analytics.domain.review import reliable_change
from analytics.domain.rules import CATALOGUE, changed
from tests.tables import PATIENT, Drawing, day


# R09: falls, trips and a knee that gives way.


@pytest.mark.parametrize(
    ("field", "counts", "raised"),
    [
        ("falls", "0 0 0 0", []),
        ("falls", "0 0 0 1", [3]),
        ("knee_gave_way", "0 1 0 0", []),
        ("knee_gave_way", "0 1 0 1", [3]),
        ("knee_gave_way", "0 1 . . . . . . 1", []),  # more than 7 days apart
        ("trips", "1 0 1 0", []),
        ("trips", "1 0 1 1", [3]),
        ("trips", "3 . . . . . . 3 . . . . . . 3 . . . . . . 3 . . . . . . 3", [0]),
    ],
)
def test_r09_more_than_the_own_rate(field: str, counts: str, raised: list[int]) -> None:
    assert Drawing().day_logs(counts, field).days_of("R09") == raised


def test_r09_speaks_again_when_trips_become_falls() -> None:
    drawing = Drawing().day_logs("0 3 1 1 1", "trips").day_logs("0 0 0 0 1", "falls")
    assert drawing.days_of("R09") == [1, 4]
    assert {found.category for found in drawing.raised("R09")} == {"function"}


# R12: severe pain that is not under control.


@pytest.mark.parametrize(
    ("pain", "sleep", "raised"),
    [
        ("8 8 8 8 8", "3 3 3 3 3", [4]),
        ("8 8 8 8 7", "3 3 3 3 3", []),
        ("8 7 8 8 7 8 8", "3 3 3 3 3 3 3", [6]),  # 5 of 7 days
        ("8 8 8 8 8", "4 4 4 4 4", []),  # sleep does not fail
        ("8 8 8 8 8", ". . . . .", []),  # silence is not bad sleep
    ],
)
def test_r12_severe_pain_with_failing_sleep(
    pain: str, sleep: str, raised: list[int]
) -> None:
    drawing = Drawing().pain(pain).day_logs(sleep, "sleep_quality")
    assert drawing.days_of("R12") == raised


@pytest.mark.parametrize(("interference", "raised"), [("7", []), ("8", [4])])
def test_r12_severe_pain_with_failing_activity(
    interference: str, raised: list[int]
) -> None:
    drawing = Drawing().pain("9 9 9 9 9")
    drawing.day_logs(f"{interference} " * 5, "peg_activity")
    assert drawing.days_of("R12") == raised


@pytest.mark.parametrize(
    ("after", "raised"),
    [("6", [28]), ("4", [])],  # hardly better, and better by a third
)
def test_r12_a_new_opioid_without_relief(after: str, raised: list[int]) -> None:
    drawing = Drawing().pain("6 " * 21 + f"{after} " * 8)
    drawing.medicines("Oxycodone", days=[21])
    assert drawing.days_of("R12") == raised


def test_r12_speaks_once_and_r11_keeps_silent_beside_it() -> None:
    drawing = Drawing().pain("5 6 5 " * 7 + "9 10 9 " * 7)
    assert drawing.days_of("R11") != []
    drawing.day_logs(". " * 21 + "1 " * 21, "sleep_quality")
    assert len(drawing.days_of("R12")) == 1
    crisis = drawing.days_of("R12")[0]
    assert all(raised < crisis for raised in drawing.days_of("R11"))


def test_r12_waits_for_three_days_after_an_injection() -> None:
    injection = Event(
        patient=PATIENT, kind="treatment", name="epidural_steroid_injection", on=day(4)
    )
    drawing = Drawing().pain("9 " * 9).day_logs("1 " * 9, "sleep_quality")
    assert drawing.days_of("R12") == [4]
    assert drawing.days_of("R12", events=[injection]) == [8]


# R13: pain that does not get better.


@pytest.mark.parametrize(
    ("first", "last", "raised"),
    [
        ("6", "6", [42, 84]),
        ("6", "4", []),  # better by a third
        ("5", "4", [42, 84]),  # only by a fifth
        ("4", "3", []),  # hurts little
    ],
)
def test_r13_after_six_and_twelve_weeks(
    first: str, last: str, raised: list[int]
) -> None:
    drawing = Drawing().pain(f"{first} " * 7 + ". " * 28 + f"{last} " * 60)
    found = [number for number in drawing.days_of("R13") if number >= 42]
    assert found == raised


def test_r13_keeps_silent_beside_an_alarm() -> None:
    drawing = Drawing().pain("6 " * 60).tests("3 " * 40 + "1/1 " + "3 " * 19)
    assert drawing.days_of("R05") == [40]
    assert drawing.days_of("R13") == [54]


# R16: walks become shorter.


@pytest.mark.parametrize(
    ("minutes", "raised"),
    [
        ("20", True),  # half of the usual
        ("21", False),
        ("9", True),
    ],
)
def test_r16_half_of_the_usual_for_two_weeks(minutes: str, raised: bool) -> None:
    drawing = Drawing().day_logs(
        "40 " * 21 + f"{minutes} " * 21, "walk_minutes_before_stopping"
    )
    assert drawing.days_of("R16") == []  # sitting was not asked about
    drawing.day_logs(". " * 30 + "y " * 12, "relief_on_sitting")
    found = drawing.raised("R16")
    assert bool(found) is raised
    assert {item.tier for item in found} <= {"soon"}


def test_r16_one_short_week_is_not_enough() -> None:
    walks = "40 " * 28 + "10 " * 7 + "40 " * 14
    drawing = Drawing().day_logs(walks, "walk_minutes_before_stopping")
    drawing.day_logs("y " * 49, "relief_on_sitting")
    assert drawing.days_of("R16") == []


def test_r16_is_urgent_beside_symptoms_of_both_legs() -> None:
    drawing = Drawing().day_logs(
        "40 " * 21 + "15 " * 21, "walk_minutes_before_stopping"
    )
    drawing.day_logs("y " * 42, "relief_on_sitting").checks(30, both_legs="new")
    assert "urgent" in {item.tier for item in drawing.raised("R16")}


# R21: a reliable improvement.


def peg(before: int, after: int) -> Drawing:
    drawing = Drawing().tests("3 " * 42)
    for item in ("peg_pain", "peg_enjoyment", "peg_activity"):
        drawing.day_logs(f"{before} " * 14 + f"{after} " * 28, item)
    return drawing


@pytest.mark.parametrize(
    ("before", "after", "raised"), [(7, 3, True), (7, 4, False), (3, 7, False)]
)
def test_r21_more_than_chance(before: int, after: int, raised: bool) -> None:
    assert bool(peg(before, after).days_of("R21")) is raised


def test_r21_is_blocked_by_a_deficit() -> None:
    drawing = peg(7, 2).tests("3 " * 20 + "1/1 " * 3 + "3 " * 19, "heel_walk")
    assert drawing.days_of("R05") == [20]
    assert drawing.days_of("R21") == []


def test_the_reliable_change_index_is_the_published_one() -> None:
    """SD 10, reliability .80, 32.5 to 47.5: 2.37 (Jacobson and Truax 1991)."""
    error = 10 * (1 - 0.80) ** 0.5
    assert round(error, 3) == 4.472
    assert round(2**0.5 * error, 3) == 6.325
    index = reliable_change(np.array([32.5]), np.array([47.5]), error=error)
    assert round(-float(index[0]), 2) == 2.37


# R22: answers that look like slips.


@pytest.mark.parametrize(
    ("pain", "raised"),
    [
        ("5 " * 13, []),
        ("5 " * 14, [13]),
        ("5 " * 7 + ". . " + "5 " * 7, [15]),  # silence does not count
        ("0 " * 20, []),  # no pain is no slip
        ("5 " * 13 + "6 " + "5 " * 6, []),
    ],
)
def test_r22_the_same_number_for_a_fortnight(pain: str, raised: list[int]) -> None:
    assert Drawing().pain(pain).days_of("R22") == raised


@pytest.mark.parametrize(("changes", "raised"), [(3, []), (4, [4])])
def test_r22_the_side_that_keeps_changing(changes: int, raised: list[int]) -> None:
    drawing = Drawing()
    for number in range(changes + 1):
        side = ("left", "right")[number % 2]
        drawing.pain(". " * number + str(4 + number % 2), side=side)
    assert drawing.days_of("R22") == raised


def test_r22_dampens_pain_and_nothing_else() -> None:
    right = "4 5 4 5 4 5 4 5 4 5 . 4 . 4 . 4 . 4 4 5 4 9 9 9"
    drawing = Drawing().pain(right).pain(". " * 10 + "4 . 4 . 4 . 4", side="left")
    drawing.tests("3 " * 21 + "1/1")
    assert drawing.days_of("R22") != []
    assert drawing.days_of("R10", "R11") == []
    assert drawing.days_of("R05") == [21]
    off = changed(CATALOGUE, {"R22": {"enabled": False}})
    assert drawing.days_of("R11", rules=off) != []


def test_r22_flat_answers_are_believed_when_they_change() -> None:
    drawing = Drawing().pain("4 " * 21 + "9 9 9")
    assert drawing.days_of("R22") == [13]
    assert drawing.days_of("R11") != []
