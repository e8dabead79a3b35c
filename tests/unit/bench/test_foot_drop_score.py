"""What the bench counts of a dropped foot, and that the other leg finds nothing."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from bench.detection import diaries
from bench.detection.cohort import NAMES, Cohort
from bench.detection.score import score, told_by_report


DAYS, DROPPED = 40, 20


def cohort(later: list[float]) -> Cohort:
    """One person whose foot drops on a day; `later` are the tests from then on."""
    tests = np.full((1, 2, 2, DAYS), 3.0)
    tests[0, 0, 0, DROPPED:] = np.nan
    tests[0, 0, 1, DROPPED:] = np.nan
    tests[0, 0, 0, DROPPED : DROPPED + len(later)] = later
    return Cohort(
        scenario=np.array([NAMES.index("foot_drop")]),
        pain=np.zeros((1, 2, DAYS)),
        numbness=np.zeros((1, 2, DAYS)),
        tests=tests,
        repeats=np.full(tests.shape, np.nan),
        logged=np.ones((1, DAYS), bool),
        onset=np.array([DROPPED]),
        reached=np.array([DROPPED]),
        movements=np.array([0]),
    )


def flagged(day: int) -> np.ndarray:
    marks = np.zeros((1, DAYS), bool)
    marks[0, day] = True
    return marks


@pytest.mark.parametrize(
    ("later", "day", "second"),
    [
        ([1, 1], DROPPED + 1, (1, 1)),
        ([1, 1], DROPPED + 2, (0, 1)),
        ([3, 1, np.nan, 1], DROPPED + 3, (1, 1)),  # the old answer shows nothing
        ([2, 2, 2], DROPPED, (0, 0)),  # one step is no drop
        ([1], DROPPED, (0, 0)),  # one report only
    ],
)
def test_the_second_report_that_shows_two_steps(later, day, second) -> None:
    assert told_by_report(flagged(day), cohort(later), 2) == second


def test_a_flag_of_the_other_leg_finds_nothing() -> None:
    own, other = diaries._legs(0)
    people = cohort([1, 1])
    for side, found in ((own, True), (other, False), ("both", True)):
        on = diaries.START + timedelta(days=DROPPED + 1)
        line = {
            "patient": "p00000",
            "category": "motor",
            "tier": "urgent",
            "side": side,
            "raised_on": on.isoformat(),
        }
        flags = diaries.flags([line], people)
        affected = diaries.flags([line], people, affected=True)
        assert flags.any()
        assert score(flags, people, affected).found[0] == found
