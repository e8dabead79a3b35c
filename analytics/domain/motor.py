"""R06: a leg that loses power step by step. R05 is in `danger`."""

from __future__ import annotations

import numpy as np

from analytics.domain import deficit, detectors, signals, thresholds
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Ints, Rows, joined
from analytics.domain.rules import Rule
from analytics.domain.signals import Floats
from tracker.domain import power_tests
from tracker.domain.diary import TESTS


def progressive(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days on which a leg loses power (R06).

    At the rule's own tier where the diary speaks clearly for a true loss; the plain
    "three of the last four tests are a step lower" is for the visit list (`watch`),
    since most of it is a leg that flips between two scores by itself.
    """
    clear = lost(evidence, rule, limit=rule.value("evidence"))
    often = repeated(evidence, rule)
    both = joined([clear, often[often["weight"] > thresholds.WATCH_EVIDENCE]])
    return both[_first_of_days(evidence, both)] if len(both) else both


def _first_of_days(evidence: Evidence, rows: Rows) -> Ints:
    """Return the places of the first row of each leg and day, in the rows' order."""
    row, place, column = evidence.cells(rows)
    cell = (row * len(signals.SIDES) + place) * evidence.panel.days + column
    return np.sort(np.unique(cell, return_index=True)[1])


def lost(evidence: Evidence, rule: Rule, *, limit: float) -> Rows:
    """Return the days on which the self-tests of a leg speak for a true loss."""
    found = deficit.standing(evidence, rule.id, of="power", limit=limit)
    known = evidence.deficit
    cell = (found["row"], found["place"], slice(None), found["column"])
    strongest = known.movement[cell].argmax(axis=1)
    own = (found["row"], found["place"], strongest, found["column"])
    steps = known.test_change[own]
    return found.assign(
        test=np.array(TESTS, dtype=object)[strongest],
        severity=np.maximum(np.round(steps), 1.0),
        lost=steps,
        usual=np.clip(known.test_usual[own], 0, power_tests.NORMAL_SCORE),
        power=_last_heard(evidence.movements())[own],
        tier=rule.tier,
    )


def repeated(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days on which three of the last four tests were a step lower.

    However often the leg does that by itself: `weight` says how much it tells (log10).
    """
    days = evidence.test_days
    drops = detectors.repeated_drop(
        days, steps=rule.value("drop_steps"), window=thresholds.REPEAT_WINDOW
    )
    low = (days["base"] - days["power"]) >= rule.value("drop_steps")
    holds = low & (drops.count >= rule.value("repeat_count"))
    often = days[holds]
    found = often[["patient", "day", "power"]].assign(
        side=np.array(signals.SIDES, dtype=object)[often["side"]],
        test=np.array(TESTS, dtype=object)[often["test"]],
        rule=rule.id,
        item="",
        severity=0.5,
        usual=often["base"],
        onset=drops.first_day[holds],
        tier="watch",
    )
    return found.assign(weight=evidence.deficit.whole[evidence.cells(found)])


def _last_heard(values: Floats) -> Floats:
    """Return the last answer at or before each day, NaN before the first."""
    days = np.arange(values.shape[-1])
    last = np.maximum.accumulate(np.where(np.isnan(values), 0, days), axis=-1)
    return np.take_along_axis(values, last, axis=-1)
