"""R04, R05 and R19 in the analysis: the push's own judgement, replayed day by day.

The rules have one definition, `tracker.domain.motor_danger`. Column arithmetic finds
the few days on which they can hold at all; on those the definition itself decides,
with what was known on that day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analytics.domain import detectors
from analytics.domain.day_grid import marked_days
from analytics.domain.evening import Evenings
from analytics.domain.evidence import Evidence, mark
from analytics.domain.rows import Ints, Rows, rows_of
from analytics.domain.signals import Bools, Floats
from analytics.domain.suspects import (
    Suspects,
    below_accepted,
    is_newly_low,
    suspects,
)
from tracker.domain import circumstances, power_tests
from tracker.domain.diary import LEGS, TESTS
from tracker.domain.motor_danger import (
    FOOT_SLAP,
    MotorFinding,
    both_legs_findings,
    leg_findings,
)
from tracker.domain.power_tests import Report
from tracker.domain.red_flag_rules import EMERGENCY, INFO, POSITIVE
from tracker.domain.red_flags import red_flag_of
from tracker.domain.self_tests import SelfTests
from tracker.domain.untested import unsafe_findings


def motor_dangers(evidence: Evidence, evenings: Evenings) -> Rows:
    """Return the days of R04, R05 and R19, one row a day for each movement.

    Beside the candidate columns: `version`, `category`, `test`, `power`, `usual`,
    `beside` and `slap`, the numbers of the explanation.
    """
    rows: list[dict[str, Any]] = []
    legs, both, joined = _worth_judging(evidence)
    said = both_legs_said(evidence)
    any_leg: Bools = np.any(legs, axis=(1, 2))
    row, column = np.nonzero(any_leg | both | joined)
    cells = zip(row.tolist(), column.tolist(), evidence.day(column), strict=True)
    for patient, place, day in cells:
        ask = both[patient, place] or (
            joined[patient, place]
            and (said[patient, place] or evenings.is_walking_hard(patient, day))
        )
        if not ask and not any_leg[patient, place]:
            continue
        tests = (evenings.of if ask else evenings.legs_of)(patient, day)
        if tests is None:
            continue
        found = [*both_legs_findings(tests)] if ask else []
        for leg, test in np.argwhere(legs[patient, :, :, place]).tolist():
            found += leg_findings(tests, LEGS[leg], TESTS[test])
            found += unsafe_findings(tests, LEGS[leg], TESTS[test])
        rows += [
            _row(patient, day, finding, tests, evenings.day_of)
            if finding.rule.tier == EMERGENCY
            else _urgent_row(patient, day, finding)
            for finding in found
            if finding.rule.clinician_tier != INFO
        ]
    return rows_of(rows)


def _worth_judging(evidence: Evidence) -> tuple[Bools, Bools, Bools]:
    """Return more than where a rule can hold: R05 and R19, R04, R04 stood in for.

    (patients, legs, tests, days) for those about one leg, (patients, days) for R04.
    """
    tests = evidence.tests
    reports = suspects(tests)
    severe = reports.severe.copy()
    severe[severe] = is_newly_low(evidence, np.flatnonzero(severe))
    if evidence.accepted:
        below = below_accepted(evidence)
        severe |= below
        reports = replace(reports, low=reports.low | below, sure=reports.sure | below)
    legs = evidence.marked_tests(tests[severe])
    legs |= evidence.marked_tests(evidence.untried)
    fell = evidence.marked_tests(tests[reports.fell])
    legs |= fell & _after_procedure(evidence)[:, None, None]
    legs[:, :, TESTS.index("heel_walk")] |= _slapping_days(evidence, tests)[:, None]
    return legs, *_both_legs_low(evidence, tests, reports)


def _slapping_days(evidence: Evidence, tests: Rows) -> Bools:
    """Return where a foot slap and a weak heel walk lie within 14 days, one of today."""
    weak = (tests["test"] == TESTS.index("heel_walk")) & (
        tests["power"] <= power_tests.FOOT_SLAP_HEEL_SCORE
    )
    walked = marked_days(evidence, tests[weak])
    slapped: Bools = evidence.panel.quantities["foot_slap"][:, -1] == 1
    days = power_tests.NEW_WITHIN.days + 1
    lately = (detectors.window_count(walked, days=days) > 0) & (
        detectors.window_count(slapped, days=days) > 0
    )
    return lately & (walked | slapped)


def _both_legs_low(
    evidence: Evidence, tests: Rows, reports: Suspects
) -> tuple[Bools, Bools]:
    """Return where both legs tested low within 7 days, confirmed; or stood in for."""
    # Two known drops may lie further back: the answer of today joins them.
    marks = evidence.marked(tests[reports.low])
    known = detectors.window_count(marks, days=power_tests.NEW_WITHIN.days + 1) > 0
    sure = evidence.marked(tests[reports.sure])
    days = power_tests.BOTH_SIDES_WITHIN.days + 1
    both_sure = (detectors.window_count(sure, days=days) > 0).all(axis=1)
    joined = _stood_in_for(evidence, np.any(marks, axis=1))
    confirmed: Bools = both_sure & np.any(sure, axis=1)
    stood_in_for: Bools = np.all(known, axis=1) & joined
    return confirmed, stood_in_for


def _stood_in_for(evidence: Evidence, tested: Bools) -> Bools:
    """Return where the patient says both legs, or may walk half as long as usual."""
    said_on = both_legs_said(evidence)
    walked = evidence.panel.quantities["walk_minutes"][:, -1]
    recent = circumstances.WALKING_RECENT.days + 1
    hard = detectors.window_count(_hard_walks(evidence, walked.shape), days=recent)
    lately = hard >= circumstances.WALKING_HARD_DAYS
    return said_on | (lately & (tested | ~np.isnan(walked)))


def _hard_walks(evidence: Evidence, shape: tuple[int, ...]) -> Floats:
    """Return (patients, days): how many logs of the day may tell of a hard walk."""
    logs = evidence.diary.day_logs
    cell = logs["patient"], evidence.panel.column(logs["day"])
    longest = _longest(logs, cell, shape)
    limit = circumstances.WALKING_SHARE * longest[cell]
    hard = logs["walk_minutes_before_stopping"] <= limit
    counts = np.zeros(shape)
    np.add.at(counts, cell, hard)
    return counts


def _longest(logs: Rows, cell: tuple[Ints, Ints], shape: tuple[int, ...]) -> Floats:
    """Return (patients, days): at least the longest walk that a day's is compared with."""
    walked = np.zeros(shape)
    np.fmax.at(walked, cell, logs["walk_minutes_before_stopping"])
    days, recent = (
        circumstances.DAYS_KEPT.days + 1,
        circumstances.WALKING_RECENT.days + 1,
    )
    aside = np.pad(walked, ((0, 0), (days, recent)))
    windows = np.lib.stride_tricks.sliding_window_view(aside, days + recent + 1, axis=1)
    longest: Floats = windows.max(axis=2)
    return longest


def both_legs_said(evidence: Evidence) -> Bools:
    """Return (patients, days), true where symptoms of both legs are new or worse."""
    checks = evidence.diary.red_flag_checks
    return marked_days(evidence, checks[np.isin(checks["both_legs"], POSITIVE)])


def _after_procedure(evidence: Evidence) -> Bools:
    after = np.zeros((len(evidence.panel.patients), evidence.panel.days), bool)
    for event in evidence.procedures:
        mark(after, evidence.panel, event, days=event.risk_days + 1)
    return after


def _row(
    patient: int,
    day: np.datetime64,
    finding: MotorFinding,
    tests: SelfTests,
    day_of: Any,
) -> dict[str, Any]:
    return {
        "patient": patient,
        "rule": finding.rule.id,
        "version": finding.rule.version,
        "category": finding.rule.category,
        "side": finding.side,
        "day": day,
        "tier": finding.rule.tier,
        **_numbers(finding, tests, day_of),
    }


def _urgent_row(
    patient: int, day: np.datetime64, finding: MotorFinding
) -> dict[str, Any]:
    """Return a finding that is no emergency, as the push tells of it.

    Less severe than any emergency, so that one in the same episode speaks.
    """
    return {
        "patient": patient,
        "rule": finding.rule.id,
        "side": finding.side,
        "item": finding.items[0],
        "day": day,
        "onset": day,
        "severity": 0.5,
        "tier": finding.rule.tier,
        "flag": red_flag_of(finding),
    }


def _numbers(finding: MotorFinding, tests: SelfTests, day_of: Any) -> dict[str, Any]:
    if finding.side == "both":
        return {"item": "", "severity": 1.0, "onset": day_of(_newest(finding, tests))}
    report = _newest(finding, tests)
    history = tests.state.of(report.side, report.test)
    usual = history.usual
    if finding.rule.id == "R19" and history.before_procedure is not None:
        usual = min(history.before_procedure, usual or history.before_procedure)
    beside = tests.other_side(report)
    steps = power_tests.SEVERE_SIDE_DIFFERENCE_STEPS
    without = beside - report.best if np.isfinite(beside) else float(steps)
    return {
        "item": report.test,
        "test": report.test,
        "severity": without if usual is None else usual - report.best,
        "onset": day_of(_first_of_run(report, tests)),
        "power": float(report.best),
        "usual": np.nan if usual is None else usual,
        "beside": beside if np.isfinite(beside) else np.nan,
        "slap": FOOT_SLAP in finding.items,
    }


def _newest(finding: MotorFinding, tests: SelfTests) -> Report:
    sides = LEGS if finding.side == "both" else (finding.side,)
    return next(
        report
        for side in sides
        for test in finding.items
        for report in reversed(tests.of(side, test))
        if report.entry == finding.entry
    )


def _first_of_run(last: Report, tests: SelfTests) -> Report:
    """Return the first of the reports in a row, up to this one, that are as low."""
    first = last
    for report in reversed(tests.of(last.side, last.test)):
        if report.at <= last.at:
            if report.best > max(last.best, power_tests.FOOT_SLAP_HEEL_SCORE):
                break
            first = report
    return first
