"""R06: a leg that loses power step by step. R05 is in `danger`."""

from __future__ import annotations

from typing import Final

import numpy as np

from analytics.domain import deficit, detectors, signals, thresholds
from analytics.domain.evidence import Evidence
from analytics.domain.roots import MYOTOME
from analytics.domain.rows import Ints, Rows, joined, objects
from analytics.domain.rules import Rule
from analytics.domain.signals import Floats
from tracker.domain import power_tests
from tracker.domain.diary import TESTS
from tracker.domain.red_flag_rules import BOTH_LEGS_WEAKER


#: How much worse a loss is for each further root. Less than a step lost, so that it is
#: told again and is no step. Unit: steps. Source: clinical.md section 13 (R06, "or a
#: second myotome joins"). Caveat: by the main root of each movement.
FURTHER_ROOT: Final = 0.1
_OF_ROOT: Final = np.array(
    [[MYOTOME[test] == root for test in TESTS] for root in sorted({*MYOTOME.values()})]
)


def progressive(evidence: Evidence, rule: Rule, *, often: Rows) -> Rows:
    """Return the days on which a leg loses power (R06); `often` is `repeated`.

    At the rule's own tier where the diary speaks clearly for a true loss; the plain
    "three of the last four tests are a step lower" is for the visit list (`watch`),
    since most of it is a leg that flips between two scores by itself.
    """
    clear = lost(evidence, rule, limit=rule.value("evidence"))
    both = joined([clear, often[often["weight"] > thresholds.WATCH_EVIDENCE]])
    return both[_first_of_days(evidence, both)] if len(both) else both


def both_losing(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days on which a second leg begins to lose power, too (R04).

    GIRFT criterion 3 is a severe *or progressive* deficit of both legs; step by step no
    self-test need be repeated. `rule` is R06 as the catalogue has it: neither a clinic's
    number nor an accepted baseline decides on an emergency. It speaks for as long as both drops of R04 may lie apart.
    Measured on the development seeds 1 and 2: not once in 500 patient-years without a
    deficit.
    """
    marks = evidence.marked(lost(evidence, rule, limit=rule.value("evidence")))
    before = detectors.window_count(marks, days=rule.refractory_days, lag=1)
    apart = power_tests.BOTH_SIDES_WITHIN.days + 1
    begun = detectors.window_count(marks & (before == 0), days=apart) > 0
    stands = detectors.window_count(marks, days=apart) > 0
    holds = stands.all(axis=1) & begun.any(axis=1) & marks.any(axis=1)
    row, column = np.nonzero(holds)
    return Rows(
        {
            "patient": row,
            "rule": BOTH_LEGS_WEAKER.id,
            "version": BOTH_LEGS_WEAKER.version,
            "category": BOTH_LEGS_WEAKER.category,
            "side": "both",
            "item": "",
            "day": evidence.day(column),
            "onset": evidence.day(column),
            "severity": 1.0,
            "tier": BOTH_LEGS_WEAKER.tier,
        }
    )


def _first_of_days(evidence: Evidence, rows: Rows) -> Ints:
    """Return the places of the first row of each leg and day, in the rows' order."""
    row, place, column = evidence.cells(rows)
    cell = (row * len(signals.SIDES) + place) * evidence.panel.days + column
    return np.sort(np.unique(cell, return_index=True)[1])


def lost(evidence: Evidence, rule: Rule, *, limit: float) -> Rows:
    """Return the days on which the self-tests of a leg speak for a true loss.

    It is worse with each step lost, and with each further root whose movements speak
    for a loss by themselves.
    """
    found = deficit.standing(evidence, rule.id, of="power", limit=limit)
    known = evidence.deficit
    cell = (found["row"], found["place"], slice(None), found["column"])
    strongest = known.movement[cell].argmax(axis=1)
    own = (found["row"], found["place"], strongest, found["column"])
    steps = known.test_change[own]
    losing = known.movement[cell] > limit
    losing[np.arange(len(strongest)), strongest] = True
    names = np.array(TESTS, dtype=object)
    myotomes = np.any(losing[:, None, :] & _OF_ROOT, axis=2).sum(axis=1)
    return found.assign(
        test=names[strongest],
        movements=objects([tuple(names[row]) for row in losing]),
        severity=np.maximum(np.round(steps), 1.0) + FURTHER_ROOT * (myotomes - 1),
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
