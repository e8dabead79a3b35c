"""Every number that a clinic may choose, as three diaries: below it, at it, above it.

    3      an answer: a self-test score 0-3, pain 0-10, minutes, counts
    1/2    a self-test and its repeat in the same sitting
    .      silence

A number without its three diaries fails the suite. `speaks` says of each of the three
whether the rule speaks. Where a number weighs a whole diary (`evidence`, `cusum_limit`,
`reliable_change`), "at" is the first of these diaries that weighs enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from analytics.domain.rules import CATALOGUE
from tests.tables import Drawing, day


LEARNED = "3 3 3 3 3 "
Maker = Callable[[str], Drawing]


@dataclass(frozen=True, kw_only=True)
class Threes:
    """How a cell of the table becomes a diary, the three cells, and who speaks."""

    drawn: Maker
    below: str
    at: str
    above: str
    speaks: tuple[bool, bool, bool] = (False, True, True)
    tier: str | None = None
    today: tuple[date, date, date] | None = None


def young_leg(cell: str) -> Drawing:
    return Drawing().tests(LEARNED + cell)


def long_known_leg(cell: str) -> Drawing:
    return Drawing().tests("3 " * 20 + cell)


def relief(cell: str) -> Drawing:
    before, _, after = cell.partition(" | ")
    drawing = Drawing().pain(f"{before} " * 14 + after)
    return drawing.tests("3 " * 17 + "2 2 2 2")


def weaker_while_better(cell: str) -> Drawing:
    return Drawing().pain("6 " * 14 + "3 " * 7).tests("3 " * 17 + cell)


def count(field: str) -> Maker:
    return lambda cell: Drawing().day_logs(cell, field)


def taps(cell: str) -> Drawing:
    return Drawing().numbness("4 " * 15).numbness(cell, regions=("heel",))


def own_level(cell: str) -> Drawing:
    return Drawing().numbness("2 " * 20 + cell)


def steady_then(usual: int) -> Maker:
    return lambda cell: Drawing().pain(f"{usual} " * 21 + cell)


def crisis(pain: str, sleep: str = "1") -> Drawing:
    return Drawing().pain(pain).day_logs(f"{sleep} " * 7, "sleep_quality")


def sleepless(cell: str) -> Drawing:
    return crisis("9 9 9 9 9 9 9", cell)


def inactive(cell: str) -> Drawing:
    return Drawing().pain("9 " * 7).day_logs(f"{cell} " * 7, "peg_activity")


def six_weeks(cell: str) -> Drawing:
    first, last = cell.split()
    return Drawing().pain(f"{first} " * 7 + ". " * 21 + f"{last} " * 20)


def warned(cell: str) -> Drawing:
    return Drawing().tests(LEARNED + "1/1" + " ." * len(cell.split()))


def logged(cell: str) -> Drawing:
    return Drawing().pain("5 " * 10)


def walks(usual: int) -> Maker:
    def drawn(cell: str) -> Drawing:
        minutes = f"{usual} " * 21 + cell
        drawing = Drawing().day_logs(minutes, "walk_minutes_before_stopping")
        return drawing.day_logs(". " * 21 + "y " * 21, "relief_on_sitting")

    return drawn


def peg(cell: str) -> Drawing:
    before, after = cell.split()
    drawing = Drawing().tests("3 " * 42)
    for item in ("peg_pain", "peg_enjoyment", "peg_activity"):
        drawing.day_logs(f"{before} " * 14 + f"{after} " * 28, item)
    return drawing


def sides(cell: str) -> Drawing:
    drawing = Drawing()
    for number, side in enumerate(cell.split()):
        name = {"L": "left", "R": "right"}[side]
        drawing.pain(". " * number + str(4 + number % 2), side=name)
    return drawing


def worst_below_average(cell: str) -> Drawing:
    drawing = Drawing().pain(cell.replace("x", "6"))
    for row, mark in zip(drawing.rows["pain_logs"], cell.split(), strict=True):
        row["worst"] = 5 if mark == "x" else 9
    return drawing


def after(*numbers: int) -> tuple[date, date, date]:
    first, second, third = numbers
    return day(first), day(second), day(third)


CASES: dict[tuple[str, str], Threes] = {
    ("R06", "drop_steps"): Threes(
        drawn=young_leg, below="3 3 3", at="2 2 2", above="1 1 1"
    ),
    ("R06", "repeat_count"): Threes(
        drawn=young_leg, below="2 3 2", at="2 3 2 2", above="2 2 2 2"
    ),
    ("R06", "evidence"): Threes(
        drawn=long_known_leg, below="2 2 2", at="2 1", above="1 1", tier="urgent"
    ),
    ("R07", "evidence"): Threes(
        drawn=weaker_while_better,
        below="3 2 2 2",
        at="2 2 2 2",
        above="2 2 2 1",
        tier="urgent",
    ),
    ("R07", "pain_points"): Threes(
        drawn=relief,
        below="10 | 8 8 8 8 8 8 9",
        at="10 | 8 8 8 8 8 8 8",
        above="10 | 8 8 8 8 8 8 7",
    ),
    ("R07", "pain_share"): Threes(
        drawn=relief,
        below="5 | 4 4 4 3 3 3 4",
        at="5 | 3 3 3 3 4 4 4",
        above="5 | 3 3 3 3 3 4 4",
    ),
    ("R08", "spread_days"): Threes(
        drawn=taps,
        below=". . . . . . . . . 4 4",
        at=". . . . . . . . . 4 4 4",
        above=". . . . . . . . 4 4 4 4",
    ),
    ("R08", "evidence"): Threes(
        drawn=own_level, below="6 6 6", at="6 6 7", above="7 7 7"
    ),
    ("R09", "falls"): Threes(drawn=count("falls"), below="0 0", at="0 1", above="0 2"),
    ("R09", "knee_gave_way"): Threes(
        drawn=count("knee_gave_way"), below="0 1", at="1 1", above="1 2"
    ),
    ("R09", "trips"): Threes(
        drawn=count("trips"), below="1 0 1", at="1 1 1", above="2 1 1"
    ),
    ("R10", "rise_points"): Threes(drawn=steady_then(5), below="6", at="7", above="8"),
    ("R11", "rise_points"): Threes(
        drawn=steady_then(4),
        below="5 5 5 5 6 6 6",
        at="6 6 6 6 6 6 6",
        above="6 6 6 7 6 6 6",
    ),
    ("R11", "rise_share"): Threes(
        drawn=steady_then(7),
        below="7 7 7 7 7 9 9",
        at="9 9 9 9 9 9 10",
        above="9 9 10 10 9 10 10",
    ),
    ("R11", "cusum_limit"): Threes(
        drawn=steady_then(5), below="7 7 7 7 7", at="7 7 7 7 7 7", above="8 7 7 7 7 7"
    ),
    ("R12", "severe_points"): Threes(
        drawn=crisis, below="7 7 7 7 7 7 7", at="8 8 8 8 8 8 8", above="9 9 9 9 9 9 9"
    ),
    ("R12", "severe_days"): Threes(
        drawn=crisis, below="8 8 8 8 7 7 7", at="8 8 8 8 8 7 7", above="8 8 8 8 8 8 7"
    ),
    ("R12", "sleep_points"): Threes(drawn=sleepless, below="4", at="3", above="2"),
    ("R12", "activity_points"): Threes(drawn=inactive, below="7", at="8", above="9"),
    ("R13", "still_hurts_points"): Threes(
        drawn=six_weeks, below="4 3", at="4 4", above="5 5"
    ),
    ("R13", "better_share"): Threes(
        drawn=six_weeks,
        below="9 6",
        at="10 7",
        above="9 7",
        speaks=(False, False, True),
    ),
    ("R14", "missed_days"): Threes(
        drawn=warned, below=". .", at=". . .", above=". . . .", today=after(8, 9, 10)
    ),
    ("R15", "missed_days"): Threes(
        drawn=logged, below="", at="", above="", today=after(14, 15, 16)
    ),
    ("R16", "share"): Threes(
        drawn=walks(40), below="21 " * 21, at="20 " * 21, above="19 " * 21
    ),
    ("R16", "minutes"): Threes(
        drawn=walks(15),
        below="11 " * 21,
        at="10 " * 21,
        above="9 " * 21,
        speaks=(False, False, True),
    ),
    ("R16", "weeks"): Threes(
        drawn=walks(40),
        below="10 " * 7 + "40 " * 14,
        at="10 " * 14 + "40 " * 7,
        above="10 " * 21,
    ),
    ("R21", "reliable_change"): Threes(drawn=peg, below="7 4", at="8 4", above="7 2"),
    ("R22", "flat_days"): Threes(
        drawn=lambda cell: Drawing().pain(cell),
        below="5 " * 13,
        at="5 " * 14,
        above="5 " * 15,
    ),
    ("R22", "side_changes"): Threes(
        drawn=sides, below="R L R L", at="R L R L R", above="R L R L R L"
    ),
    ("R22", "impossible_days"): Threes(
        drawn=worst_below_average, below="x 5 x 4 5", at="x 5 x 4 x", above="x 5 x x x"
    ),
}
NUMBERS = [(rule.id, name) for rule in CATALOGUE.values() for name in rule.parameters]


def test_every_number_has_its_three_diaries() -> None:
    assert sorted(CASES) == sorted(NUMBERS)


@pytest.mark.parametrize("number", CASES, ids="-".join)
def test_the_rule_speaks_from_its_number_on(number: tuple[str, str]) -> None:
    case = CASES[number]
    spoken = []
    for place, cell in enumerate((case.below, case.at, case.above)):
        options: dict[str, Any] = {"end": case.today[place]} if case.today else {}
        found = case.drawn(cell).raised(number[0], **options)
        spoken.append(any(case.tier in (None, each.tier) for each in found))
    assert tuple(spoken) == case.speaks
