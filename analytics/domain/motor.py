"""R05 and R06: a movement that has lost power, suddenly or step by step."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.domain import detectors, roots, thresholds
from analytics.domain.evidence import Evidence
from analytics.domain.rules import Rule
from analytics.domain.signals import Bools
from tracker.domain import power_tests


#: Movements whose fall to nothing is severe from any baseline.
TO_NOTHING = frozenset({"heel_walk", "big_toe_lift", "heel_raise", "chair_rise"})
_SERIES = ["patient", "side", "test"]


def severe(evidence: Evidence, rule: Rule) -> pd.DataFrame:
    """Return the days of a new severe loss (R05), one row a movement."""
    tests = _with_base(evidence)
    drop = tests["base"] - tests["power"]
    fell = drop >= rule.value("drop_steps")
    nothing = (
        tests["power"].eq(0) & tests["base"].ge(1) & tests["test"].isin(TO_NOTHING)
    )
    unknown = tests["base"].isna()
    beside = tests["other"] - tests["power"]
    at_start = unknown & (
        beside.ge(power_tests.SEVERE_SIDE_DIFFERENCE_STEPS) | tests["power"].eq(0)
    )
    at_start &= ~_known_to_clinic(evidence, tests)
    severe_now = fell | nothing | at_start
    slap = _foot_slap(evidence, tests)
    holds = (
        severe_now & (tests["confirmed"] | _second_report(tests, severe_now))
    ) | slap
    found = tests.assign(
        rule=rule.id,
        item=tests["test"],
        severity=drop.where(
            ~unknown, beside.fillna(power_tests.SEVERE_SIDE_DIFFERENCE_STEPS)
        ),
        onset=_onset(tests, severe_now | slap),
        usual=tests["base"],
        beside=tests["other"],
        slap=slap,
        tier=rule.tier,
    )
    return _worst_of_day(found[holds])


def progressive(evidence: Evidence, rule: Rule) -> pd.DataFrame:
    """Return the days on which a movement is repeatedly lower than usual (R06)."""
    days = evidence.test_days
    steps = rule.value("drop_steps")
    window = thresholds.REPEAT_WINDOW
    repeated = detectors.repeated_drop(days, steps=steps, window=window)
    low = (days["base"] - days["power"]) >= steps
    often = repeated.count >= rule.value("repeat_count")
    apart, steady = _apart(days, repeated.mean, rule)
    rested = _rested_pair(evidence, days, low)
    severe_drop = (days["base"] - days["power"]) >= power_tests.SEVERE_DROP_STEPS
    holds = low & ((often & (apart | severe_drop)) | (rested & steady))
    found = days.assign(
        rule=rule.id,
        item=days["test"].map(roots.MYOTOME),
        severity=(days["base"] - days["power"]),
        onset=repeated.first_day,
        usual=days["base"],
        count=repeated.count,
        tier=rule.tier,
    )
    return _worst_of_day(found[holds])


def both_legs(evidence: Evidence) -> pd.DataFrame:
    """Return the days of a confirmed drop on both legs within seven days (R04)."""
    tests = _with_base(evidence)
    low = (tests["base"] - tests["power"]) >= power_tests.DROP_STEPS
    sure = tests[low & (tests["confirmed"] | _second_report(tests, low))]
    within = power_tests.BOTH_SIDES_WITHIN.days
    lately = detectors.window_count(evidence.marked(sure), days=within) > 0
    both = lately.all(axis=1) & evidence.marked(sure).any(axis=1)
    row, column = np.nonzero(both)
    return pd.DataFrame(
        {
            "patient": np.array(evidence.panel.patients, dtype=object)[row],
            "rule": "R04",
            "side": "both",
            "item": "",
            "day": evidence.day(column),
            "onset": evidence.day(column),
            "severity": 1.0,
            "tier": "emergency",
        }
    )


def _apart(
    days: pd.DataFrame, recent: pd.Series[float], rule: Rule
) -> tuple[pd.Series[bool], pd.Series[bool]]:
    """Return where the last tests lie far below the usual, and where it was steady.

    A leg that often tests low by itself, or drifts over months, has to fall further.
    """
    window = thresholds.REFERENCE_TESTS
    usual = detectors.lagged_mean(
        days,
        lag=thresholds.REFERENCE_LAG_TESTS,
        window=window,
        least=power_tests.BASELINE_BEST_SCORES,
    )
    early = detectors.lagged_mean(
        days, lag=thresholds.REPEAT_WINDOW, window=window, least=1
    )
    usual = usual.fillna(early)
    steady = days["base"] - usual <= thresholds.STEADY_STEPS
    needed = pd.Series(rule.value("unsteady_shortfall_steps"), index=days.index)
    needed = needed.mask(steady, rule.value("mean_shortfall_steps"))
    return (usual - recent >= needed) | recent.isna(), steady


def _with_base(evidence: Evidence) -> pd.DataFrame:
    known = evidence.test_days[[*_SERIES, "day", "base", "other"]]
    return evidence.tests.merge(known, on=[*_SERIES, "day"], how="left")


def _second_report(tests: pd.DataFrame, low: pd.Series[bool]) -> pd.Series[bool]:
    """Return where the sitting before, not long ago, was severely low as well."""
    series = tests.assign(low=low.astype(float)).groupby(_SERIES)
    gap = tests["day"] - series["day"].shift(1)
    return series["low"].shift(1).eq(1.0) & (
        gap <= pd.Timedelta(days=thresholds.SECOND_REPORT_DAYS)
    )


def _onset(tests: pd.DataFrame, low: pd.Series[bool]) -> pd.Series[pd.Timestamp]:
    """Return the day on which the present run of low sittings began."""
    grouped = tests[_SERIES].assign(low=low)
    before = grouped.groupby(_SERIES)["low"].shift(1).eq(True)  # noqa: FBT003
    first = tests["day"].where(low & ~before)
    return first.groupby([tests[name] for name in _SERIES]).ffill()


def _known_to_clinic(evidence: Evidence, tests: pd.DataFrame) -> pd.Series[bool]:
    """Return where a clinician had already recorded severe weakness of that leg."""
    seen = pd.Series(data=False, index=tests.index)
    for exam in evidence.exams:
        if exam.name == "power" and exam.grade is not None and exam.grade <= 3:
            seen |= (
                tests["patient"].eq(exam.patient)
                & tests["side"].eq(str(exam.side))
                & tests["day"].ge(pd.Timestamp(exam.on))
            )
    return seen


def _foot_slap(evidence: Evidence, tests: pd.DataFrame) -> pd.Series[bool]:
    """Return where the foot newly slaps and the heel walk is weak."""
    slaps = evidence.panel.quantities["foot_slap"][:, -1] == 1
    recent = detectors.window_count(slaps, days=2)
    before = detectors.window_count(slaps, days=thresholds.HIGH_RISK_DAYS, lag=2)
    new = (recent > 0) & (before == 0)
    here: Bools = new[
        evidence.panel.row(tests["patient"]), evidence.panel.column(tests["day"])
    ]
    return (
        tests["test"].eq("heel_walk")
        & tests["power"].le(power_tests.FOOT_SLAP_HEEL_SCORE)
        & tests["base"].ge(power_tests.FOOT_SLAP_MINIMUM_BASELINE)
        & here
    )


def _rested_pair(
    evidence: Evidence, days: pd.DataFrame, low: pd.Series[bool]
) -> pd.Series[bool]:
    """Return where two confirmed low days follow, one of them with little pain.

    The catalogue asks for two tests 12 h apart; single tests would raise too many
    false alarms (.26 a patient-month [C4]), so both must be confirmed in the sitting.
    """
    confirmed = evidence.tests.groupby([*_SERIES, "day"])["confirmed"].any()
    sure = low & confirmed.reindex(
        pd.MultiIndex.from_frame(days[[*_SERIES, "day"]])
    ).set_axis(days.index).fillna(value=False).astype(bool)
    calm = sure.copy()
    calm[sure] = _below_median_pain(evidence, days[sure])
    grouped = days.assign(sure=sure.astype(float), calm=calm.astype(float))
    series = grouped.groupby("group")
    gap = days["day"] - series["day"].shift(1)
    near = gap <= pd.Timedelta(days=thresholds.SECOND_REPORT_DAYS)
    pair = sure & series["sure"].shift(1).eq(1.0) & near
    return pair & (calm | series["calm"].shift(1).eq(1.0))


def _below_median_pain(evidence: Evidence, rows: pd.DataFrame) -> np.ndarray:
    windows = detectors.trailing_windows(
        evidence.legs("leg_pain"), days=thresholds.ROLLING_DAYS
    )[evidence.cells(rows)]
    calm = np.zeros(len(rows), bool)
    known = ~np.isnan(windows).all(axis=1)
    calm[known] = windows[known, -1] < np.nanmedian(windows[known], axis=1)
    return calm


def _worst_of_day(found: pd.DataFrame) -> pd.DataFrame:
    ordered = found.sort_values("severity", ascending=False, kind="stable")
    keys = ["patient", "side", "item", "day"]
    return ordered.drop_duplicates(keys).sort_values(keys, ignore_index=True)
