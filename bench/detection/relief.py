"""R07 beside the words of the catalogue, counted from the answers without the engine.

"7-day mean of leg pain down by 2 points (or 30 %) against the 14 days before, and three of
four tests a step lower": how often that stood, and what was told of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analytics.domain import thresholds
from bench.detection.cohort import WORSENING, Bools, Cohort, Floats
from bench.detection.diaries import LOUD, START, affected_leg
from tracker.domain import power_tests


#: One story: what was told so long before still tells it.
SPELL_DAYS = 2 * thresholds.RELIEF_DAYS


@dataclass(frozen=True)
class Told:
    """Legs whose pain fell while tests did: how many, told loudly, only to be watched."""

    legs: int
    loud: int
    watched: int

    @property
    def missed(self) -> int:
        """Return of how many nothing was told."""
        return self.legs - self.loud - self.watched


def told(
    lines: Iterable[Mapping[str, Any]], cohort: Cohort, *, worsening: bool
) -> Told:
    """Return what R07 told of the first such day of each leg."""
    days: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for line in lines:
        if line["rule"] == "R07":
            key = int(line["patient"][1:]), line["side"]
            day = (date.fromisoformat(line["raised_on"]) - START).days
            days.setdefault(key, []).append((day, line["tier"]))
    found = [
        {
            tier
            for day, tier in days.get((person, side), ())
            if first - SPELL_DAYS <= day <= first
        }
        for person, side, first in _first_days(cohort)
        if WORSENING[cohort.scenario[person]] == worsening
    ]
    loud = sum(bool(tiers & LOUD) for tiers in found)
    return Told(len(found), loud, sum(map(bool, found)) - loud)


def _first_days(cohort: Cohort) -> Iterator[tuple[int, str, int]]:
    """Yield (person, side, day): when both halves first stood within `RELIEF_DAYS`.

    Of the affected leg: the diary has no pain of the other.
    """
    for person in range(cohort.people):
        best = np.fmax(cohort.tests[person, 0], cohort.repeats[person, 0])
        relieved = _lately(_relieved(cohort.pain[person, 0]))
        both = relieved & _lately(_weaker(best)) & cohort.logged[person]
        if both.any():
            yield person, affected_leg(person), int(np.argmax(both))


def _relieved(pain: Floats) -> Bools:
    fell: Bools = np.zeros(len(pain), bool)
    recent, prior = thresholds.RECENT_DAYS, thresholds.PRIOR_DAYS
    for day in range(len(pain)):
        here = _answers(pain[max(0, day - recent + 1) : day + 1])
        there = _answers(
            pain[max(0, day - recent - prior + 1) : max(0, day - recent + 1)]
        )
        if (
            len(here) < thresholds.RECENT_MIN_DAYS
            or len(there) < thresholds.PRIOR_MIN_DAYS
        ):
            continue
        before, fall = there.mean(), there.mean() - here.mean()
        share = thresholds.PAIN_CHANGE_SHARE * before
        fell[day] = fall >= thresholds.PAIN_CHANGE_POINTS or (
            before >= thresholds.PAIN_SHARE_FLOOR_POINTS and fall >= share
        )
    return fell


def _weaker(tests: Floats) -> Bools:
    """Return (days,): where a movement's last test, and three of four, were lower."""
    lower: Bools = np.zeros(tests.shape[-1], bool)
    for scores in tests:
        days = np.flatnonzero(~np.isnan(scores))
        known = [int(score) for score in scores[days]]
        for place, day in enumerate(days):
            base = power_tests.baseline_of(known[:place])
            if base is None:
                continue
            last = known[max(0, place - thresholds.REPEAT_WINDOW + 1) : place + 1]
            low = [base - score >= power_tests.DROP_STEPS for score in last]
            lower[day] |= low[-1] and sum(low) >= thresholds.REPEAT_COUNT
    return lower


def _lately(marks: Bools) -> Bools:
    since = np.where(marks, np.arange(len(marks)), -thresholds.RELIEF_DAYS)
    near: Bools = np.arange(len(marks)) - np.maximum.accumulate(since) < (
        thresholds.RELIEF_DAYS
    )
    return near


def _answers(values: Floats) -> Floats:
    known: Floats = values[~np.isnan(values)]
    return known
