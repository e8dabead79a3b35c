"""The candidates of the bench are the shipped model with exactly one idea moved."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from analytics.domain import deficit
from analytics.domain.course_model import NUMBNESS, SELF_TEST
from bench.detection import rivals
from bench.detection.candidates import CANDIDATES, evidence, models
from bench.detection.cohort import simulate
from bench.detection.settings import TYPICAL


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_candidate_differs_in_what_it_names(name: str) -> None:
    for shipped, own in zip(
        (NUMBNESS, SELF_TEST), models(CANDIDATES[name]), strict=True
    ):
        before, after = asdict(shipped), asdict(own)
        differing = {each for each in before if before[each] != after[each]}
        assert differing == set(CANDIDATES[name])


def test_the_candidate_as_shipped_is_the_engine() -> None:
    cohort = simulate(TYPICAL, seed=3, people=6)
    tests = np.fmax(cohort.tests, cohort.repeats)
    whole = deficit.weigh(cohort.numbness, tests, cohort.pain).whole.max(axis=1)
    own = evidence(cohort, CANDIDATES["as shipped"])
    assert np.array_equal(own, np.where(cohort.logged, whole, -np.inf))


def test_the_ordinal_cusum_stays_low_and_rises_with_a_shift() -> None:
    steady = np.array([[3.0, 2.0] * 60])
    weaker = steady.copy()
    weaker[:, 80:] -= 1
    calm, moved = (rivals.ordinal_cusum_of(-values) for values in (steady, weaker))
    assert calm[0, 30:].max() < 3
    assert moved[0, 79] < 3
    assert moved[0, 119] > 8


def test_the_ordinal_cusum_waits_for_silence() -> None:
    values = np.array([[3.0, 2.0] * 30])
    values[:, 40:50] = np.nan
    found = rivals.ordinal_cusum_of(-values)
    assert np.isnan(found[0, 40:50]).all()
    assert np.isfinite(found[0, 50:]).all()
