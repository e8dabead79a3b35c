"""What is usual for this patient: the level that a change is measured against."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.domain import thresholds
from analytics.domain.detectors import window_mean
from analytics.domain.signals import Floats
from tracker.domain import power_tests


def test_days(tests: pd.DataFrame) -> pd.DataFrame:
    """Return one self-test a day: the worst sitting of the day, with its place.

    Args:
        tests: the frame of `signals.self_tests`.

    Returns:
        Columns patient, side, test, day, power (0-3) and `group`, the number of the
        (patient, side, test) series; ordered by group and day.
    """
    keys = ["patient", "side", "test"]
    days = tests.groupby([*keys, "day"], as_index=False).agg(power=("power", "min"))
    groups = days.groupby(keys).ngroup()
    return days.assign(group=groups)


def usual_power(days: pd.DataFrame) -> pd.DataFrame:
    """Add `base`, what was usual before each test.

    The median of the best five of the first ten tests *before* this day, NaN while
    there are fewer than five; the same as `power_tests.baseline_of`.
    """
    place = days.groupby("group").cumcount().to_numpy()
    group = days["group"].to_numpy()
    count = int(group[-1]) + 1 if len(group) else 0
    first = np.full((count, power_tests.BASELINE_FIRST_SCORES), np.nan)
    early = place < power_tests.BASELINE_FIRST_SCORES
    first[group[early], place[early]] = days["power"].to_numpy()[early]
    seen = np.minimum(place, power_tests.BASELINE_FIRST_SCORES)
    return days.assign(base=baselines(first)[group, seen])


def other_leg(days: pd.DataFrame) -> pd.Series[float]:
    """Return the other leg's latest score of the same movement, NaN when too old.

    Aligned with `days`; looks at the same day and `OTHER_SIDE_DAYS` before it.
    """
    left = days.reset_index(names="place").sort_values("day")
    right = left[["patient", "side", "test", "day", "power"]].assign(
        side=left["side"]
        .map({"left": "right", "right": "left"})
        .astype(left["side"].dtype)
    )
    merged = pd.merge_asof(
        left,
        right,
        on="day",
        by=["patient", "side", "test"],
        suffixes=("", "_other"),
        tolerance=pd.Timedelta(days=thresholds.OTHER_SIDE_DAYS),
    )
    return merged.set_index("place")["power_other"].reindex(days.index)


def rolling_level(values: Floats) -> tuple[Floats, Floats]:
    """Return mean and spread of the days before the recent ones, NaN when too few.

    The window has `ROLLING_DAYS` days and ends `ROLLING_LAG_DAYS` before each day.
    """
    span = thresholds.ROLLING_DAYS - thresholds.ROLLING_LAG_DAYS
    least = thresholds.PRIOR_MIN_DAYS
    lag = thresholds.ROLLING_LAG_DAYS
    mean = window_mean(values, days=span, least=least, lag=lag)
    square = window_mean(values**2, days=span, least=least, lag=lag)
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def baselines(first: Floats) -> Floats:
    """Return the baseline of (series, first scores) after so many: (series, count)."""
    counts = power_tests.BASELINE_FIRST_SCORES + 1
    medians = np.full((len(first), counts), np.nan)
    for count in range(power_tests.BASELINE_BEST_SCORES, counts):
        best = np.sort(first[:, :count], axis=1)[:, -power_tests.BASELINE_BEST_SCORES :]
        medians[:, count] = np.median(best, axis=1)
    return medians
