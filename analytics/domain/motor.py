"""R06: a movement that has lost power step by step. R05 is in `danger`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.domain import detectors, roots, thresholds
from analytics.domain.evidence import Evidence
from analytics.domain.rules import Rule
from tracker.domain import power_tests


_SERIES = ["patient", "side", "test"]


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
