"""Which scores of a self-test are low for the leg, and when that is confirmed.

One low score may be a slip; it counts once a second result agrees, in the same sitting
or in the neighbouring report. Pain never blocks it.
"""

from __future__ import annotations

from collections.abc import Callable

from tracker.domain import power_tests
from tracker.domain.power_tests import Report
from tracker.domain.self_tests import SelfTests


#: Tells of a score whether it is as low as the question asks.
Low = Callable[[int], bool]


def is_confirmed(tests: SelfTests, report: Report, low: Low) -> bool:
    """Return whether a second result, of the sitting or the neighbour, is as low."""
    if report.is_normal:
        return False
    return is_confirmed_in_sitting(tests, report, low) or (
        is_confirmed_by_neighbour(tests, report, low)
    )


def severe_for(tests: SelfTests, report: Report) -> Low:
    """Return what is severe for this test of this leg, and not long known."""
    history = tests.state.of(report.side, report.test)
    if history.baseline is None:
        return _severe_without_baseline(tests, report)
    baseline, known = history.baseline, _lowest_long_known(tests, report)
    return lambda score: score < known and is_far_below(score, baseline)


def is_far_below(score: int, level: float) -> bool:
    """Return whether no movement is left, or two steps are lost."""
    no_movement = (
        score <= power_tests.NO_MOVEMENT_SCORE
        and level >= power_tests.NO_MOVEMENT_MINIMUM_BASELINE
    )
    return no_movement or level - score >= power_tests.SEVERE_DROP_STEPS


def _severe_without_baseline(tests: SelfTests, report: Report) -> Low:
    """Return what is severe at enrolment, unless a clinician has recorded it."""
    recorded = tests.state.of(report.side, report.test).clinician_recorded
    other_side = tests.other_side(report)

    def severe(score: int) -> bool:
        no_movement = score <= power_tests.NO_MOVEMENT_SCORE
        difference = other_side - score
        uneven = difference >= power_tests.SEVERE_SIDE_DIFFERENCE_STEPS
        return not recorded and (no_movement or uneven)

    return severe


def fell_again(tests: SelfTests, report: Report, low: Callable[..., bool]) -> Low:
    """Return what is low for a leg that had recovered to what a clinician accepted.

    The base is the clinician's last word where there is one (clinical.md section 13,
    `base(x)`), but only upwards: it hides nothing that the own tests show. The leg must
    have been that much better once, so that a wrong level is no emergency by itself.
    """
    history = tests.state.of(report.side, report.test)
    level = history.accepted
    if level is None:
        return lambda _score: False
    reports = tests.of(report.side, report.test)
    known = [other.best for other in reports if other.at < report.at]
    best = min(level, max((*known, *history.since_accepted), default=0))
    return lambda score: (
        low(score, best) and power_tests.is_new_since_accepted(score, history)
    )


def is_a_step_below(score: int, level: float) -> bool:
    """Return whether at least one step is lost."""
    return level - score >= power_tests.DROP_STEPS


def _lowest_long_known(tests: SelfTests, report: Report) -> float:
    """Return the usual low of an old severe run; without one, infinity.

    Only what is lower still is a new severe drop. What came in lately does not count
    where the time before is known: the first report of a deeper drop would excuse the
    second, which is to confirm it.
    """
    history = tests.state.of(report.side, report.test)
    since = history.severe_since
    if since is None or report.at - since <= power_tests.NEW_WITHIN:
        return float("inf")
    run = power_tests.lasting_run(history)
    if run:
        return sorted(run)[: power_tests.USUAL_LOW_PLACE][-1]
    known = (
        min(other.scores)
        for other in tests.of(report.side, report.test)
        if not other.pushed
    )
    return min(known, default=float("inf"))


def is_confirmed_in_sitting(tests: SelfTests, report: Report, low: Low) -> bool:
    """Return whether two results of one sitting are low, one of them in the report."""
    own = [score for score in report.scores if low(score)]
    if len(own) != 1:
        return len(own) > 1
    return any(
        low(score)
        for other in tests.around(report, power_tests.SITTING)
        for score in other.scores
    )


def is_confirmed_by_neighbour(tests: SelfTests, report: Report, low: Low) -> bool:
    """Return whether the report before or after this one is as low throughout.

    The one after counts too, so that the order of arrival does not matter.
    """
    return low(report.best) and any(
        low(other.best) and abs(other.at - report.at) <= power_tests.NEW_WITHIN
        for other in tests.neighbours(report)
    )


def drop_of(tests: SelfTests, report: Report) -> Low:
    """Return what counts as a drop; nothing does while nothing is usual."""
    baseline = tests.state.of(report.side, report.test).baseline
    again = fell_again(tests, report, is_a_step_below)
    if baseline is None:
        return again
    return lambda score: is_a_step_below(score, baseline) or again(score)
