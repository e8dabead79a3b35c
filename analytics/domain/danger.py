"""R04, R05 and R19 in the analysis: the push's own judgement, replayed day by day.

The rules have one definition, `tracker.domain.motor_danger`. Column arithmetic finds
the few days on which they can hold at all; on those the definition itself decides,
with what was known on that day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.domain import detectors
from analytics.domain.day_grid import marked_days
from analytics.domain.evening import Evenings
from analytics.domain.evidence import Evidence, mark
from analytics.domain.signals import Bools
from tracker.domain import circumstances, power_tests
from tracker.domain.motor_danger import (
    FOOT_SLAP,
    MotorFinding,
    SelfTests,
    motor_findings,
)
from tracker.domain.power_tests import Report
from tracker.domain.red_flag_rules import EMERGENCY, POSITIVE


_SERIES: Final = ["patient", "side", "test"]


def motor_dangers(evidence: Evidence, evenings: Evenings) -> pd.DataFrame:
    """Return the days of R04, R05 and R19, one row a day for each movement.

    Beside the candidate columns: `version`, `category`, `test`, `power`, `usual`,
    `beside` and `slap`, the numbers of the explanation.
    """
    rows: list[dict[str, Any]] = []
    row, column = np.nonzero(_worth_judging(evidence))
    for patient, day in zip(row, evidence.day(column), strict=True):
        name = evidence.panel.patients[patient]
        tests = evenings.of(name, day)
        if tests is not None:
            rows += _rows(name, day, tests, evenings)
    return pd.DataFrame(rows)


def _worth_judging(evidence: Evidence) -> Bools:
    """Return (patients, days): more than those on which one of the rules can hold."""
    tests = evidence.tests
    lowest = tests[["score", "repeat_score"]].min(axis=1)
    series = tests.groupby(_SERIES, sort=False)
    # Never below the baseline, which is a median of earlier scores.
    best = series["score"].cummax().groupby([tests[name] for name in _SERIES]).shift(1)
    new = series.cumcount() < power_tests.BASELINE_BEST_SCORES
    fall = best - lowest
    severe = (
        fall.ge(power_tests.SEVERE_DROP_STEPS)
        | lowest.eq(power_tests.NO_MOVEMENT_SCORE)
    ) & best.gt(lowest)
    uneven = new & lowest.le(
        power_tests.NORMAL_SCORE - power_tests.SEVERE_SIDE_DIFFERENCE_STEPS
    )
    low = fall.ge(power_tests.DROP_STEPS)
    return (
        marked_days(evidence, tests[severe | uneven])
        | _slapping_days(evidence, tests)
        | _both_legs_low(evidence, tests, low=low, severe=severe)
        | (marked_days(evidence, tests[low | severe]) & _after_procedure(evidence))
    )


def _slapping_days(evidence: Evidence, tests: pd.DataFrame) -> Bools:
    """Return where a foot slap and a weak heel walk lie within 14 days, one of today."""
    weak = tests["test"].eq("heel_walk") & tests["power"].le(
        power_tests.FOOT_SLAP_HEEL_SCORE
    )
    walked = marked_days(evidence, tests[weak])
    slapped: Bools = evidence.panel.quantities["foot_slap"][:, -1] == 1
    days = power_tests.NEW_WITHIN.days + 1
    lately = (detectors.window_count(walked, days=days) > 0) & (
        detectors.window_count(slapped, days=days) > 0
    )
    return lately & (walked | slapped)


def _both_legs_low(
    evidence: Evidence,
    tests: pd.DataFrame,
    *,
    low: pd.Series[bool],
    severe: pd.Series[bool],
) -> Bools:
    """Return where both legs tested low within 7 days, confirmed or stood in for."""
    again = tests["repeat_score"].notna() | tests.duplicated(
        [*_SERIES, "day"], keep=False
    )
    days = power_tests.BOTH_SIDES_WITHIN.days + 1
    marks = evidence.marked(tests[low])
    sure = evidence.marked(tests[(low & again) | severe])
    both = (detectors.window_count(marks, days=days) > 0).all(axis=1)
    both_sure = (detectors.window_count(sure, days=days) > 0).all(axis=1)
    today: Bools = np.any(marks, axis=1)
    return (both_sure & today) | (both & _stood_in_for(evidence, today))


def _stood_in_for(evidence: Evidence, tested: Bools) -> Bools:
    """Return where the patient says both legs, or may walk half as long as usual."""
    checks = evidence.diary.red_flag_checks
    said = checks[checks["both_legs"].isin(POSITIVE)]
    said_on = marked_days(evidence, said.rename(columns={"local_day": "day"}))
    walked = evidence.panel.quantities["walk_minutes"][:, -1]
    longest = np.fmax.accumulate(walked, axis=1)
    hard = walked <= circumstances.WALKING_SHARE * longest
    recent = circumstances.WALKING_RECENT.days + 1
    lately = detectors.window_count(hard, days=recent) > 0
    return said_on | (lately & (tested | ~np.isnan(walked)))


def _after_procedure(evidence: Evidence) -> Bools:
    after = np.zeros((len(evidence.panel.patients), evidence.panel.days), bool)
    for event in evidence.procedures:
        mark(after, evidence.panel, event, days=event.risk_days + 1)
    return after


def _rows(
    patient: str, day: np.datetime64, tests: SelfTests, evenings: Evenings
) -> Iterator[dict[str, Any]]:
    for finding in motor_findings(tests):
        if finding.rule.tier == EMERGENCY:
            yield {
                "patient": patient,
                "rule": finding.rule.id,
                "version": finding.rule.version,
                "category": finding.rule.category,
                "side": finding.side,
                "day": day,
                "tier": finding.rule.tier,
                **_numbers(finding, tests, evenings.day_of),
            }


def _numbers(finding: MotorFinding, tests: SelfTests, day_of: Any) -> dict[str, Any]:
    if finding.side == "both":
        return {"item": "", "severity": 1.0, "onset": day_of(_newest(finding, tests))}
    report = _newest(finding, tests)
    history = tests.state.of(report.side, report.test)
    usual = history.baseline
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
    return next(
        report
        for reports in tests.reports.values()
        for report in reversed(reports)
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
