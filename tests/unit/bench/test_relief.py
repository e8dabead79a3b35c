"""What the bench counts of R07, against diaries that a reader can follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from bench.detection.cohort import NAMES, Cohort
from bench.detection.diaries import START, affected_leg
from bench.detection.relief import Told, told


PAIN = [6] * 20 + [3] * 8
LOWER = [3] * 24 + [2, 3, 2, 2]


def cohort(pain: list[int], scores: list[int]) -> Cohort:
    """One steady person who answers everything on every day."""
    days = len(pain)
    tests = np.full((1, 2, 2, days), 3.0)
    tests[0, 0, 0] = scores
    return Cohort(
        scenario=np.array([NAMES.index("stable")]),
        pain=np.array([[pain, pain]], float),
        numbness=np.zeros((1, 2, days)),
        tests=tests,
        repeats=np.full(tests.shape, np.nan),
        logged=np.ones((1, days), bool),
        onset=np.array([-1]),
        reached=np.array([-1]),
        movements=np.array([0]),
    )


def line(day: int, tier: str) -> dict[str, Any]:
    on = (START + timedelta(days=day)).isoformat()
    side = affected_leg(0)
    return {"patient": "p00000", "rule": "R07", "side": side, "raised_on": on} | {
        "tier": tier
    }


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], Told(legs=1, loud=0, watched=0)),
        ([line(27, "watch")], Told(legs=1, loud=0, watched=1)),
        ([line(26, "watch"), line(27, "urgent")], Told(legs=1, loud=1, watched=0)),
        ([line(27, "urgent") | {"side": "neither"}], Told(legs=1, loud=0, watched=0)),
    ],
)
def test_a_leg_is_told_loudly_to_be_watched_or_missed(
    lines: list[dict[str, Any]], expected: Told
) -> None:
    found = told(lines, cohort(PAIN, LOWER), worsening=False)
    assert found == expected
    assert found.missed == expected.legs - expected.loud - expected.watched


@pytest.mark.parametrize(
    ("pain", "scores"),
    [
        (PAIN, [3] * 25 + [2, 3, 2]),  # two of four
        ([6] * 28, LOWER),  # no relief
        ([6] * 20 + [5] * 8, LOWER),  # too little
    ],
)
def test_one_half_alone_does_not_count(pain: list[int], scores: list[int]) -> None:
    assert told([], cohort(pain, scores), worsening=False).legs == 0
