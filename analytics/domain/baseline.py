"""What is usual for this patient: the level that a change is measured against."""

from __future__ import annotations

import numpy as np

from analytics.domain import thresholds
from analytics.domain.detectors import window_mean
from analytics.domain.rows import Ints, Rows, begins
from analytics.domain.signals import Bools, Floats
from tracker.domain import power_tests


def test_days(tests: Rows) -> Rows:
    """Return one self-test a day: the worst sitting of the day, with its place.

    Args:
        tests: the rows of `signals.self_tests`.

    Returns:
        Columns patient, side, test, day, power (0-3) and `group`, the number of the
        (patient, side, test) series; ordered by group and day.
    """
    series = begins(tests["patient"], tests["side"], tests["test"])
    starts = np.flatnonzero(series | begins(tests["day"]))
    days = tests[["patient", "side", "test", "day"]][starts]
    power = tests["power"]
    return days.assign(
        power=np.minimum.reduceat(power, starts) if len(starts) else power,
        group=(np.cumsum(series) - 1)[starts],
    )


def usual_power(days: Rows) -> Rows:
    """Add `base`, what was usual before each test.

    The median of the best five of the first ten tests *before* this day, NaN while
    there are fewer than five: the arithmetic of `power_tests.baseline_of`, but of the
    better try of one report a day, where the red flags take the first try of each.
    """
    group = days["group"]
    place = places_in_runs(begins(group))
    count = int(group[-1]) + 1 if len(group) else 0
    first = np.full((count, power_tests.BASELINE_FIRST_SCORES), np.nan)
    early = place < power_tests.BASELINE_FIRST_SCORES
    first[group[early], place[early]] = days["power"][early]
    seen = np.minimum(place, power_tests.BASELINE_FIRST_SCORES)
    return days.assign(base=baselines(first)[group, seen])


def places_in_runs(starts: Bools) -> Ints:
    """Return how many rows of the same run stand before each."""
    rows = np.arange(len(starts))
    places: Ints = rows - np.maximum.accumulate(np.where(starts, rows, 0))
    return places


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
