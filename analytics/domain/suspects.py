"""Which self-tests R04, R05 or R19 can be about: more than those that they are about.

Arithmetic on all reports at once, so that the definition of the rules has to judge few
evenings. It may leave a report out only where the definition, `motor_danger`, cannot
find anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from analytics.domain.baseline import baselines
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Array, Ints, Rows, begins
from analytics.domain.signals import Bools, Floats
from tracker.domain import power_tests


_SEVERE: Final = power_tests.SEVERE_DROP_STEPS
_NEW_WITHIN: Final = int(power_tests.NEW_WITHIN.total_seconds() * 1e6)


@dataclass(frozen=True)
class Suspects:
    """Arrays along the rows of the self-tests.

    severe: may be a confirmed severe drop on its own day. fell: below an earlier
    score. low: may be a drop of a step, on its day or later. sure: may be a confirmed
    drop, on its day or later.
    """

    severe: Bools
    fell: Bools
    low: Bools
    sure: Bools


@dataclass(frozen=True)
class _Reports:
    """The reports as arrays, in order of series and time.

    worst, best: of one or two scores. twice: there are two. before, after: the best of
    the neighbours in the series, NaN when too far to confirm. sitting: a neighbour is
    of the same hour. highest: of the scores before, NaN without. base: what was usual
    before the day; last_base: in the end, which is never less. new: there is no base
    yet. tangled: the clock of the series went back, so nothing is known of it here.
    """

    worst: Floats
    best: Floats
    twice: Bools
    before: Floats
    after: Floats
    sitting: Bools
    highest: Floats
    base: Floats
    last_base: Floats
    new: Bools
    tangled: Bools


def suspects(tests: Rows) -> Suspects:
    """Return the suspects among the self-tests of `signals.self_tests`."""
    if not len(tests):
        nothing = np.zeros(0, bool)
        return Suspects(nothing, nothing, nothing, nothing)
    reports = _reports(tests)
    step = power_tests.DROP_STEPS
    below = (reports.last_base - reports.worst >= step) | (
        reports.new & (power_tests.NORMAL_SCORE - reports.worst >= _SEVERE)
    )
    repeated = reports.twice & (reports.last_base - reports.best >= step)
    later = _is_confirmed(reports, reports.last_base) | reports.tangled
    return Suspects(
        severe=_is_confirmed(reports, reports.base) | reports.tangled,
        fell=(reports.highest - reports.worst >= step) | reports.tangled,
        low=below | later,
        sure=(below & (repeated | reports.sitting)) | later,
    )


def below_accepted(evidence: Evidence) -> Bools:
    """Return which self-tests are below a level that a clinician accepted.

    Also of the days before it that a rule looks back on.
    """
    tests = evidence.tests
    worst = np.fmin(tests["score"], tests["repeat_score"])
    below: Bools = np.zeros(len(tests), bool)
    for each in evidence.accepted:
        if each.test is not None:
            since = each.on - power_tests.NEW_WITHIN - timedelta(days=1)
            below |= (
                (tests["patient"] == each.patient)
                & (tests["side"] == each.leg)
                & (tests["test"] == each.test)
                & (tests["day"] >= np.datetime64(since))
                & (each.value - worst >= power_tests.DROP_STEPS)
            )
    return below


def _is_confirmed(reports: _Reports, base: Floats) -> Bools:
    """Return where a severe score is not alone."""
    worst, best, before, after = (
        _is_severe(score, base, reports.new)
        for score in (reports.worst, reports.best, reports.before, reports.after)
    )
    return (best & (before | after | reports.twice)) | (worst & reports.sitting)


def _is_severe(score: Floats, base: Floats, new: Bools) -> Bools:
    """Return where a score may be severe; while there is no base, for its side."""
    uneven = power_tests.NORMAL_SCORE - power_tests.SEVERE_SIDE_DIFFERENCE_STEPS
    severe: Bools = (
        (score <= power_tests.NO_MOVEMENT_SCORE)
        | (base - score >= power_tests.SEVERE_DROP_STEPS)
        | (new & (score <= uneven))
    )
    return severe


def _reports(tests: Rows) -> _Reports:
    at = tests["recorded_at"].astype(np.int64)
    best = tests["power"]
    number, first = _series(tests)
    gap = np.diff(at, append=at[-1]).astype(float)
    gap[np.append(first[1:] != first[:-1], [True])] = np.inf
    behind = np.append(np.inf, gap[:-1])
    near, hour = (
        each.total_seconds() * 1e6
        for each in (power_tests.NEW_WITHIN, power_tests.SITTING)
    )
    begun = _begun(tests, first)
    known = _known(tests["score"], number, first)
    most = power_tests.BASELINE_FIRST_SCORES
    total = np.bincount(first, minlength=len(first))[first]
    return _Reports(
        worst=np.fmin(tests["score"], tests["repeat_score"]),
        best=best,
        twice=~np.isnan(tests["repeat_score"]),
        before=np.where(np.abs(behind) <= near, np.append(np.nan, best[:-1]), np.nan),
        after=np.where(np.abs(gap) <= near, np.append(best[1:], np.nan), np.nan),
        sitting=(np.abs(gap) <= hour) | (np.abs(behind) <= hour),
        highest=_highest(tests["score"], number, first),
        base=known[number, np.minimum(begun - first, most)],
        last_base=known[number, np.minimum(total, most)],
        new=begun - first < power_tests.BASELINE_BEST_SCORES,
        tangled=np.bincount(first, gap < 0, minlength=len(first))[first] > 0,
    )


def _series(tests: Rows) -> tuple[Ints, Ints]:
    """Return the number of each row's series, and the row where it begins."""
    starts = begins(tests["patient"], tests["side"], tests["test"])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(tests)), 0))
    return np.cumsum(starts) - 1, first


def _begun(tests: Rows, first: Ints) -> Ints:
    """Return the row where each row's day begins in its series."""
    rows = np.arange(len(tests))
    starts = begins(tests["day"]) | (first == rows)
    begun: Ints = np.maximum.accumulate(np.where(starts, rows, 0))
    return begun


def _known(score: Floats, number: Ints, first: Ints) -> Floats:
    """Return (series, count): the baseline after so many tests."""
    place = np.arange(len(score)) - first
    early = place < power_tests.BASELINE_FIRST_SCORES
    scores = np.full((number[-1] + 1, power_tests.BASELINE_FIRST_SCORES), np.nan)
    scores[number[early], place[early]] = score[early]
    return baselines(scores)


def _highest(score: Array, number: Ints, first: Ints) -> Floats:
    """Return the highest score before each test of its series, NaN before the first."""
    # One running maximum for all series: each stands above the one before.
    span = power_tests.NORMAL_SCORE + 1
    highest = np.maximum.accumulate(score + number * span) - number * span
    before = np.append(np.nan, highest[:-1])
    return np.where(first == np.arange(len(score)), np.nan, before)


def is_newly_low(evidence: Evidence, rows: Ints) -> Bools:
    """Return which self-tests may be lower than the leg was weeks before their day.

    As `power_tests.is_new_low`: lower than the second lowest of the last tests before
    the last 14 days, counted from the evening of the day, or far lower than all of the
    very last. `rows` are places among the self-tests, rising.
    """
    tests = evidence.tests
    number, first = _series(tests)
    known = _begun(tests, first) - first
    at, score = tests["recorded_at"].astype(np.int64), tests["score"]
    worst = np.fmin(score, tests["repeat_score"])
    column = evidence.panel.column(tests["day"])
    since = evidence.last_moment[tests["patient"], column] - _NEW_WITHIN
    newly = np.ones(len(rows), bool)
    if not len(rows):
        return newly
    series, starts = np.unique(number[rows], return_index=True)
    for one, own in zip(
        series, np.split(np.arange(len(rows)), starts[1:]), strict=True
    ):
        here = slice(*np.searchsorted(number, (one, one + 1)))
        mine = rows[own]
        if (np.diff(at[here]) < 0).any():  # the clock went back: nothing is known
            continue
        old = np.searchsorted(at[here], since[mine], side="right")
        counts = np.minimum(old, known[mine])
        fall = _lowest_lately(score[here], counts) - worst[mine]
        newly[own] = (worst[mine] < _usual_low(score[here], counts)) | (
            fall >= power_tests.SEVERE_DROP_STEPS
        )
    return newly


def _lowest_lately(score: Floats, counts: Ints) -> Floats:
    """Return the lowest of the very last scores among so many first ones."""
    before = np.full(power_tests.RECOVERED_SCORES, -np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([before, score]), power_tests.RECOVERED_SCORES
    )
    lowest: Floats = windows[counts].min(axis=1)
    return lowest


def _usual_low(score: Floats, counts: Ints) -> Floats:
    """Return the second lowest of the last scores among so many first ones."""
    before = np.full(power_tests.OLDER_SCORES, np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([before, score]), power_tests.OLDER_SCORES
    )
    place = power_tests.USUAL_LOW_PLACE - 1
    lowest: Floats = np.partition(windows[counts], place, axis=1)[:, place]
    return lowest
