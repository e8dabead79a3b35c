"""R04, R05 and R19: self-tests that fell far below the patient's own.

The one definition of these rules: the push judges by it, and the analysis replays it.

Pain never blocks a finding here. A single low score is asked for again; it counts
once a second result agrees, in the same sitting or in the neighbouring report.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tracker.domain import diary, power_tests
from tracker.domain import red_flag_rules as rules
from tracker.domain.low_scores import (
    Low,
    drop_of,
    fell_again,
    is_a_step_below,
    is_confirmed,
    is_confirmed_by_neighbour,
    is_confirmed_in_sitting,
    is_far_below,
    severe_for,
)
from tracker.domain.power_tests import Report
from tracker.domain.red_flag_rules import Rule
from tracker.domain.self_tests import SelfTests


#: Marks among the items of a finding.
UNCONFIRMED: Final = "unconfirmed"
FOOT_SLAP: Final = "foot_slap"
OTHER_LEG: Final = "other_leg"


@dataclass(frozen=True, kw_only=True)
class MotorFinding:
    """A motor rule that fired: on which report, which side, for which tests."""

    rule: Rule
    entry: str | None
    items: tuple[str, ...]
    side: str


def has_motor_drop(tests: SelfTests) -> bool:
    """Return whether a drop in power is known, or confirmed in the reports at hand.

    An unconfirmed step does not count: over two weeks nearly everybody has one.
    """
    return tests.state.recent_motor_drop or any(
        _is_confirmed_drop(tests, report)
        for side, test in tests.reports
        for report in tests.new_of(side, test)
    )


def old_drops(tests: SelfTests) -> list[datetime]:
    """Return when, before the time that counts as new, drops were confirmed; in order.

    They are not new any more, but were so for an answer of that time that comes late.
    """
    return sorted(
        report.at
        for side, test in tests.reports
        for report in tests.of(side, test)
        if tests.now - report.at > power_tests.NEW_WITHIN
        and _is_confirmed_drop(tests, report)
    )


def was_new_at(drops: Sequence[datetime], at: datetime) -> bool:
    """Return whether one of the drops, which are in order, was new a moment ago.

    A whole day after it counts, too: an evening knows what came later on its day.
    """
    place = bisect_left(drops, at - power_tests.NEW_WITHIN)
    return place < len(drops) and drops[place] <= at + timedelta(days=1)


def motor_findings(tests: SelfTests) -> Iterator[MotorFinding]:
    """Yield R04 at most once, R05 and R19 at most once for each test of each leg."""
    yield from both_legs_findings(tests)
    for side in diary.LEGS:
        for test in diary.TESTS:
            yield from leg_findings(tests, side, test)


def leg_findings(tests: SelfTests, side: str, test: str) -> Iterator[MotorFinding]:
    """Yield R05 and R19 for one test of one leg."""
    yield from _leg_dropped(tests, side, test)
    yield from _dropped_after_procedure(tests, side, test)


# Severe drop of one test of one leg (R05).


def _leg_dropped(tests: SelfTests, side: str, test: str) -> Iterator[MotorFinding]:
    reports = tests.new_of(side, test)
    for report in reversed(reports):
        slap = report is reports[-1] and _is_foot_drop_by_slap(tests, report)
        if slap or (report.pushed and _is_new_severe(tests, report)):
            items = (test, FOOT_SLAP) if slap else (test,)
            yield _finding(rules.LEG_DROPPED, report, items)
            return
    # Only the newest report is worth repeating "now": a later one settled the others.
    if reports and reports[-1].pushed and _is_severe_at_all(tests, reports[-1]):
        yield _finding(rules.REPEAT_TEST, reports[-1], (test, UNCONFIRMED))
    elif reports and reports[-1].pushed and _is_weak_alone(tests, reports[-1]):
        yield _finding(rules.OTHER_LEG_UNTESTED, reports[-1], (test, OTHER_LEG))


def _finding(rule: Rule, report: Report, items: tuple[str, ...]) -> MotorFinding:
    return MotorFinding(rule=rule, entry=report.entry, items=items, side=report.side)


def _is_weak_alone(tests: SelfTests, report: Report) -> bool:
    """Return whether a leg without a baseline is severely weak, the other not tested.

    With the other leg tested it is the difference that counts: many who begin have two
    legs that are equally weak. To tell of each of them would be .1 to .2 false alarms
    a patient-year more on the development seeds.
    """

    def weak(score: int) -> bool:
        return power_tests.NORMAL_SCORE - score >= power_tests.SEVERE_DROP_STEPS

    return (
        tests.other_side(report) < 0
        and _is_weak_at_enrolment(tests, report)
        and is_confirmed(tests, report, weak)
    )


def _is_severe_at_all(tests: SelfTests, report: Report) -> bool:
    severe = severe_for(tests, report)
    again = fell_again(tests, report, is_far_below)
    return any(severe(score) or again(score) for score in report.scores)


def _is_new_severe(tests: SelfTests, report: Report) -> bool:
    """Return whether a severe drop is confirmed, and new.

    Asking for a repeat costs a minute and stays the more sensitive of the two.
    """
    severe = severe_for(tests, report)
    again = fell_again(tests, report, is_far_below)
    history = tests.state.of(report.side, report.test)

    def new(score: int) -> bool:
        return severe(score) and power_tests.is_new_low(score, history)

    return is_confirmed(tests, report, again) or (
        is_confirmed(tests, report, new)
        and (_is_sudden(tests, report) or _is_shown_by_several(tests, report, new))
    )


def _is_sudden(tests: SelfTests, report: Report) -> bool:
    """Return whether the leg lost all movement, or two steps within the last weeks.

    While too little is known of the time before, it is, which is the safe side.
    """
    usual = power_tests.usual_before(tests.state.of(report.side, report.test))
    worst = min(report.scores)
    return (
        worst <= power_tests.NO_MOVEMENT_SCORE
        or usual is None
        or usual - worst >= power_tests.SEVERE_DROP_STEPS
    )


def _is_shown_by_several(tests: SelfTests, report: Report, low: Low) -> bool:
    """Return whether enough recent reports are as low: the last step was but one.

    One step is common noise (clinical.md section 4.5), repeated or not.
    """
    near = [report, *tests.around(report, power_tests.NEW_WITHIN)]
    return sum(low(other.best) for other in near) >= power_tests.STEPWISE_REPORTS


def _is_foot_drop_by_slap(tests: SelfTests, report: Report) -> bool:
    """Return whether a new foot slap confirms a weak heel walk, in either order."""
    state = tests.state
    slap = state.foot_slap_new or (
        tests.foot_slap_pushed and not state.foot_slap_long_known
    )
    baseline = state.of(report.side, report.test).baseline
    fell = baseline is not None and baseline >= power_tests.FOOT_SLAP_MINIMUM_BASELINE
    again = fell_again(tests, report, is_a_step_below)(report.best)
    return (
        report.test == "heel_walk"
        and slap
        and (report.pushed or tests.foot_slap_pushed)
        and report.best <= power_tests.FOOT_SLAP_HEEL_SCORE
        and (fell or again)
    )


# New drop after a procedure (R19).


def _dropped_after_procedure(
    tests: SelfTests, side: str, test: str
) -> Iterator[MotorFinding]:
    """Yield the newest pushed report that is lower than before the procedure.

    A severe one need not be confirmed; one step needs a second low result.
    """
    for report in reversed(tests.new_of(side, test)):
        if report.pushed and _is_new_after_procedure(tests, report):
            yield _finding(rules.WEAKER_AFTER_PROCEDURE, report, (test,))
            return


def _is_new_after_procedure(tests: SelfTests, report: Report) -> bool:
    if report.is_normal or not tests.state.is_after_procedure(report.at):
        return False
    history = tests.state.of(report.side, report.test)
    known = [
        level
        for level in (history.before_procedure, history.baseline)
        if level is not None
    ]
    if not known:
        return False

    def low(score: int) -> bool:
        return min(known) - score >= power_tests.DROP_STEPS

    severe = min(known) - report.best >= power_tests.SEVERE_DROP_STEPS
    return (
        severe
        or is_confirmed_in_sitting(tests, report, low)
        or is_confirmed_by_neighbour(tests, report, low)
    )


# Drop of both legs (R04).


def both_legs_findings(tests: SelfTests) -> Iterator[MotorFinding]:
    """Yield R04 at most once."""
    left, right = (
        [
            report
            for test in diary.TESTS
            for report in tests.new_of(side, test)
            if _counts_for_both_legs(tests, report)
        ]
        for side in diary.LEGS
    )
    joined = tests.both_legs_pushed or (tests.walking_hard and tests.walking_pushed)
    pair = _newest_pair(left, right, either=joined)
    if pair:
        newest = max(pair, key=lambda report: (report.pushed, report.at))
        involved = {report.test for report in pair}
        items = tuple(test for test in diary.TESTS if test in involved)
        yield MotorFinding(
            rule=rules.BOTH_LEGS_WEAKER, entry=newest.entry, items=items, side="both"
        )


def _newest_pair(
    left: list[Report], right: list[Report], *, either: bool
) -> tuple[Report, Report] | None:
    """Return a weak report of each leg, close in time; one is pushed unless `either`."""
    newest_first = sorted(left, key=lambda report: report.at, reverse=True)
    for one in newest_first:
        for other in right:
            if abs(one.at - other.at) <= power_tests.BOTH_SIDES_WITHIN and (
                either or one.pushed or other.pushed
            ):
                return one, other
    return None


def _counts_for_both_legs(tests: SelfTests, report: Report) -> bool:
    """Return whether the report shows a drop that may count for R04.

    Without a repeat, the patient's own word that both legs are affected confirms it,
    and so does walking that has become hard.
    """
    dropped = not report.is_normal and drop_of(tests, report)(report.best)
    if dropped and (tests.both_legs or tests.walking_hard):
        return True
    weak = tests.both_legs and _is_weak_at_enrolment(tests, report)
    return weak or _is_confirmed_drop(tests, report)


def _is_weak_at_enrolment(tests: SelfTests, report: Report) -> bool:
    """Return whether a leg without a baseline is severely weak, unknown to the clinic."""
    history = tests.state.of(report.side, report.test)
    weak = power_tests.NORMAL_SCORE - report.best >= power_tests.SEVERE_DROP_STEPS
    return weak and history.baseline is None and not history.clinician_recorded


def _is_confirmed_drop(tests: SelfTests, report: Report) -> bool:
    """Return whether a drop of at least one step is confirmed.

    One step must be repeated in the same sitting: answers are sticky, and a low one
    on two days in a row is common. A severe drop has its own confirmation.
    """
    if report.is_normal:
        return False
    return is_confirmed_in_sitting(
        tests, report, drop_of(tests, report)
    ) or is_confirmed(tests, report, severe_for(tests, report))
