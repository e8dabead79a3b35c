"""Whether something changed: plain arithmetic on columns, one idea a function.

Arrays end in a days axis; NaN is silence and answers nothing. Every value at a day
uses that day and earlier ones only, so a replay sees what production saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

from analytics.domain.compiled import runs_of, upper_cusum
from analytics.domain.rows import Array, Rows, begins
from analytics.domain.signals import Floats


#: Fewest answers from which memory can be told from chance.
#: Unit: answers. Source: our choice [A]. Caveat: with fewer the plain variance stays.
LEAST_FOR_MEMORY: Final = 10


def window_mean(values: Floats, *, days: int, least: int, lag: int = 0) -> Floats:
    """Return the mean of the `days` days that end `lag` days before each day.

    NaN where fewer than `least` of them were answered.
    """
    answered = (~np.isnan(values)).astype(float)
    total = _window_sum(np.nan_to_num(values), days, lag)
    count = _window_sum(answered, days, lag)
    return np.where(count >= least, total / np.maximum(count, 1), np.nan)


def window_range(values: Floats, *, days: int, lag: int = 0) -> tuple[Floats, Floats]:
    """Return the lowest and the highest answer of the `days` days that end `lag` before.

    NaN where nothing was answered.
    """
    low, high = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    for back in range(lag, min(lag + days, values.shape[-1])):
        earlier = values[..., : values.shape[-1] - back]
        np.fmin(low[..., back:], earlier, out=low[..., back:])
        np.fmax(high[..., back:], earlier, out=high[..., back:])
    return low, high


def window_count(flags: np.ndarray, *, days: int, lag: int = 0) -> Floats:
    """Return on how many of the `days` days that end `lag` days before it was true."""
    return _window_sum(flags, days, lag)


def cusum(z: Floats, *, reference: float, limit: float) -> tuple[Floats, np.ndarray]:
    """Return the upper CUSUM and the day on which its present run began.

    C = max(0, C + z - reference), without restart after a signal (C > limit), but
    held at twice the limit, so that it can come down again. Silence leaves C as it
    was. The second array is -1 while C is 0. Page, Biometrika 1954; values [C1].
    """
    levels, starts = np.zeros(z.shape), np.full(z.shape, -1)
    upper_cusum(by_series(z), reference, limit, by_series(levels), by_series(starts))
    return levels, starts


@dataclass(frozen=True)
class Trend:
    """Mann-Kendall and Sen for each row: S, its variance, z, one-sided p, slope."""

    s: Floats
    variance: Floats
    z: Floats
    p_rising: Floats
    slope: Floats


def trend(values: Floats) -> Trend:
    """Return the Mann-Kendall test and Sen's slope of each row of (rows, days).

    Pairs of answered days only, no imputation; variance with the correction for
    ties and continuity in z. Kendall 1975; Sen, JASA 1968; values [W104, C2].
    """
    days = values.shape[1]
    earlier, later = np.triu_indices(days, k=1)
    difference = values[:, later] - values[:, earlier]
    s = np.nansum(np.sign(difference), axis=1)
    variance = _kendall_variance(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(variance > 0, (s - np.sign(s)) / np.sqrt(variance), 0.0)
    p_rising = np.array([0.5 * erfc(value / sqrt(2)) for value in z])
    steepness = difference / (later - earlier)
    slope = np.full(len(values), np.nan)
    known = ~np.isnan(steepness).all(axis=1)
    slope[known] = np.nanmedian(steepness[known], axis=1)
    return Trend(s, variance, z, p_rising, slope)


def serial_trend(values: Floats, *, level: float = 0.05) -> Trend:
    """Return the trend of each row with its variance corrected for memory.

    By the autocorrelation of the ranks of what Sen's slope leaves, where it is beyond
    the `level`. Hamed and Rao, J Hydrol 1998;204:182-196; values [W107]. Unanswered
    days are left out, the others taken as neighbours.
    """
    plain = trend(values)
    factor = np.array(
        [
            _memory(own[~np.isnan(own)], slope, level)
            for own, slope in zip(values, plain.slope, strict=True)
        ]
    )
    variance = plain.variance * factor
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(variance > 0, (plain.s - np.sign(plain.s)) / np.sqrt(variance), 0)
    p_rising = np.array([0.5 * erfc(value / sqrt(2)) for value in z])
    return Trend(plain.s, variance, z, p_rising, plain.slope)


def _memory(answers: Floats, slope: float, level: float) -> float:
    """Return by how much memory widens the variance of S; 1 without any."""
    n = len(answers)
    if n < LEAST_FOR_MEMORY or not np.ptp(answers):
        return 1.0
    detrended = answers - slope * np.arange(1, n + 1)
    below, upto = (
        np.searchsorted(np.sort(detrended), detrended, side=side)
        for side in ("left", "right")
    )
    ranks = (below + upto + 1) / 2
    centred = ranks - ranks.mean()
    lags = np.arange(1, n)
    beside = np.correlate(centred, centred, mode="full")[n:] / (centred @ centred)
    limit = NormalDist().inv_cdf(1 - level / 2) / sqrt(n)
    weights = (n - lags) * (n - lags - 1.0) * (n - lags - 2) * beside
    total = weights[np.abs(beside) > limit].sum()
    return float(1 + 2 * total / (n * (n - 1.0) * (n - 2)))


def trailing_windows(values: Floats, *, days: int) -> Floats:
    """Return the last `days` days of each day as a further axis, oldest first.

    Days before the first are silence.
    """
    before = np.full((*values.shape[:-1], days - 1), np.nan)
    padded = np.concatenate([before, values], axis=-1)
    return np.lib.stride_tricks.sliding_window_view(padded, days, axis=-1)


def consecutive(flags: np.ndarray, answered: np.ndarray) -> Floats:
    """Return how many answered days in a row, up to each day, were true.

    An unanswered day neither adds to a run nor ends it.
    """
    runs = np.zeros(flags.shape)
    runs_of(by_series(flags), by_series(answered), by_series(runs))
    return runs


def by_series(values: Array) -> Array:
    """Return an array that ends in a days axis as (series, days), without a copy where it can be."""
    return np.ascontiguousarray(values).reshape(-1, values.shape[-1])


@dataclass(frozen=True)
class Repeated:
    """The last few tests of each series against what is usual, aligned with rows.

    `count` of them were at least `steps` lower; `first_day` is the day of the first
    lower one; `mean` is their mean; all NaN or NaT where nothing is known.
    """

    count: Floats
    mean: Floats
    first_day: Array


def repeated_drop(days: Rows, *, steps: float, window: int) -> Repeated:
    """Return how often the last `window` tests lay `steps` below the base of today.

    Args:
        days: columns group, day, power, base, ordered by group and day.
        steps: how far below counts.
        window: how many tests, this one included.
    """
    rows = np.arange(len(days))
    start = np.maximum.accumulate(np.where(begins(days["group"]), rows, 0))
    count, total = np.zeros(len(days)), np.zeros(len(days))
    first_day = np.full(len(days), np.datetime64("NaT", "s"))
    for back in range(window):
        then = np.maximum(rows - back, start)
        power = np.where(rows - back >= start, days["power"][then], np.nan)
        low = (days["base"] - power) >= steps
        count += low
        total += power
        first_day[low] = days["day"][then][low]
    return Repeated(count, total / window, first_day)


def _window_sum(values: Array, days: int, lag: int) -> Floats:
    length = values.shape[-1]
    kind = np.int32 if values.dtype == bool else np.float64  # exact, and half as wide
    total = np.zeros((*values.shape[:-1], length + 1), kind)
    np.cumsum(values, axis=-1, out=total[..., 1:])
    window: Floats = np.zeros(values.shape, kind)
    window[..., lag:] = total[..., 1 : max(length + 1 - lag, 1)]
    window[..., lag + days :] -= total[..., 1 : max(length + 1 - lag - days, 1)]
    return window


def _kendall_variance(values: Floats) -> Floats:
    """Return Var(S) with ties: a tie group of t adds (t-1)(2t+5) for each member."""
    answered = ~np.isnan(values)
    n = answered.sum(axis=1).astype(float)
    tied: Floats = np.zeros(len(values))
    for column in range(values.shape[1]):
        t = (values == values[:, [column]]).sum(axis=1)
        tied += np.where(answered[:, column], (t - 1) * (2 * t + 5), 0)
    variance: Floats = (n * (n - 1) * (2 * n + 5) - tied) / 18.0
    return variance
