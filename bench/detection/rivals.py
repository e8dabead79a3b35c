"""The usual methods of the table in detection.md, on the same answers.

Each returns (people, days): a statistic whose threshold is tuned on the very cohort,
which flatters the rival. Numbness and the self-tests of the affected leg are judged
apart, and the larger of the two counts; NaN is silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from analytics.domain import detectors
from bench.detection.cohort import Cohort, Floats


#: What makes a point of numbness comparable with a step of a self-test.
NUMBNESS_POINTS_A_STEP: Final = 2.0 / 0.75
LEARN_ANSWERS: Final = 21
TREND_DAYS: Final = 21
#: The ordinal CUSUM: grades of a step, answers of the population beside the own, and
#: the shift it looks for, log odds of a worse answer.
ORDINAL_GRADES: Final = 3.0
ORDINAL_PRIOR: Final = 8.0
ORDINAL_SHIFT: Final = 1.5


def _worst(cohort: Cohort, statistic: Callable[[Floats], Floats]) -> Floats:
    """Return the largest statistic of a person's series, in steps, more is worse."""
    tests = np.fmax(cohort.tests, cohort.repeats)
    series = [cohort.numbness[:, leg] / NUMBNESS_POINTS_A_STEP for leg in range(2)]
    series += [-tests[:, leg, movement] for leg in range(2) for movement in range(2)]
    found = np.stack([statistic(values) for values in series])
    worst: Floats = np.fmax.reduce(np.nan_to_num(found, nan=-np.inf))
    return np.where(cohort.logged, worst, -np.inf)


def worse_than_the_first_week(cohort: Cohort) -> Floats:
    """Today against the mean of the first seven days (ePRO practice)."""
    return _worst(cohort, lambda values: values - _early_mean(values, 7))


def worse_than_last_time(cohort: Cohort) -> Floats:
    """Today against the answer before (ePRO practice)."""
    return _worst(cohort, lambda values: values - _before(values))


def week_against_three_weeks(cohort: Cohort) -> Floats:
    """Mean of seven days against the mean of the first 21."""
    return _worst(
        cohort,
        lambda values: (
            detectors.window_mean(values, days=7, least=3) - _early_mean(values, 21)
        ),
    )


def mann_kendall(cohort: Cohort) -> Floats:
    """Mann-Kendall z of the last 21 days."""
    return _worst(cohort, _kendall_z)


def cusum(cohort: Cohort) -> Floats:
    """Upper CUSUM, k = 1 personal SD above the personal baseline."""
    return _worst(
        cohort,
        lambda values: detectors.cusum(_standardised(values), reference=1.0, limit=50)[
            0
        ],
    )


def mann_kendall_hamed_rao(cohort: Cohort) -> Floats:
    """Mann-Kendall z of the last 21 days, its variance corrected for memory."""
    return _worst(
        cohort, lambda values: _kendall_z(values, trend=detectors.serial_trend)
    )


def ordinal_cusum(cohort: Cohort) -> Floats:
    """CUSUM of the log-likelihood ratio of a shift of the ordered answers."""
    return _worst(
        cohort, lambda values: ordinal_cusum_of(np.round(values * ORDINAL_GRADES))
    )


def ordinal_cusum_of(values: Floats) -> Floats:
    """Return the CUSUM of (series, days), whole grades of which more is worse.

    The own first `LEARN_ANSWERS` answers, beside `ORDINAL_PRIOR` of the population,
    give the odds of each grade; a shift moves all cumulative odds alike (McCullagh,
    J R Stat Soc B 1980;42:109-142). Page's CUSUM of the log ratio. NaN in silence.
    """
    heard = ~np.isnan(values)
    grades, place = np.unique(values[heard]), np.cumsum(heard, axis=-1)
    early = heard & (place <= LEARN_ANSWERS)
    share = np.array([np.mean(values[heard] == grade) for grade in grades])  # flatters
    level, levels = np.zeros(values.shape[:-1]), np.full(values.shape, np.nan)
    counts = np.zeros((*values.shape[:-1], len(grades)))
    for day in range(values.shape[-1]):
        today = values[..., day, None] == grades
        usual = counts + ORDINAL_PRIOR * share
        at_least = np.cumsum(usual[..., ::-1], axis=-1)[..., ::-1]
        at_least /= at_least[..., :1]
        worse = np.exp(ORDINAL_SHIFT) * at_least
        worse /= 1 - at_least + worse
        before, after = (
            (cumulative - np.append(cumulative[..., 1:], 0 * level[..., None], axis=-1))
            for cumulative in (at_least, worse)
        )
        said = heard[..., day]
        odds = [np.where(said, (each * today).sum(-1), 1) for each in (before, after)]
        ratio = np.log(odds[1] / odds[0])
        learnt = place[..., day] > LEARN_ANSWERS
        level = np.where(learnt, np.maximum(level + ratio, 0), 0.0)
        levels[..., day] = np.where(said, level, np.nan)
        counts += today & early[..., day, None]
    return levels


def ewma(cohort: Cohort) -> Floats:
    """EWMA, lambda 0.2, of the standardised answers."""
    return _worst(cohort, lambda values: _ewma(_standardised(values), 0.2))


def shrunken_ewma(cohort: Cohort) -> Floats:
    """EWMA whose baseline and spread are shrunk to the population."""
    return _worst(cohort, lambda values: _ewma(_standardised(values, prior=10), 0.2))


def likelihood_ratio(cohort: Cohort) -> Floats:
    """Window-limited Gaussian GLR of a shift in the last 28 days (Lai 1995)."""
    return _worst(cohort, lambda values: _glr(_standardised(values, prior=10)))


RIVALS: Final[Mapping[str, Callable[[Cohort], Floats]]] = {
    "worse than the first week": worse_than_the_first_week,
    "worse than last time": worse_than_last_time,
    "7-day mean against 21 days": week_against_three_weeks,
    "Mann-Kendall, 21 days": mann_kendall,
    "Mann-Kendall, 21 days, Hamed-Rao": mann_kendall_hamed_rao,
    "ordinal CUSUM, personal odds": ordinal_cusum,
    "CUSUM, personal baseline": cusum,
    "EWMA, personal baseline": ewma,
    "EWMA, shrunken baseline": shrunken_ewma,
    "Gaussian GLR, 28 days": likelihood_ratio,
}


def _early_mean(values: Floats, answers: int) -> Floats:
    """Return the mean of the first answers, as far as known; NaN until all are."""
    heard = ~np.isnan(values)
    place = np.cumsum(heard, axis=-1)
    early = heard & (place <= answers)
    total = np.cumsum(np.where(early, values, 0.0), axis=-1)
    return np.where(place > answers, total / answers, np.nan)


def _before(values: Floats) -> Floats:
    last = np.full(values.shape, np.nan)
    for day in range(1, values.shape[-1]):
        today = values[..., day - 1]
        last[..., day] = np.where(np.isnan(today), last[..., day - 1], today)
    return last


def _standardised(values: Floats, *, prior: int = 0) -> Floats:
    """Return z against the first answers; `prior` answers speak for the population."""
    heard = ~np.isnan(values)
    place = np.cumsum(heard, axis=-1)
    early = heard & (place <= LEARN_ANSWERS)
    count = np.cumsum(early, axis=-1)
    total = np.cumsum(np.where(early, values, 0.0), axis=-1)
    square = np.cumsum(np.where(early, values**2, 0.0), axis=-1)
    centre = np.nanmean(values)
    mean = (total + centre * min(prior, 2)) / np.maximum(count + min(prior, 2), 1)
    within = np.maximum(square - 2 * mean * total + count * mean**2, 0.0)
    floor = 0.3
    spread = np.sqrt((within + prior * floor**2) / np.maximum(count + prior, 1))
    ready = place > (LEARN_ANSWERS if not prior else 5)
    return np.where(ready, (values - mean) / np.maximum(spread, floor / 2), np.nan)


def _ewma(z: Floats, weight: float) -> Floats:
    level, levels = np.zeros(z.shape[:-1]), np.zeros(z.shape)
    for day in range(z.shape[-1]):
        today = z[..., day]
        level = np.where(
            np.isnan(today), level, level + weight * (np.nan_to_num(today) - level)
        )
        levels[..., day] = level
    return levels


def _glr(z: Floats, days: int = 28) -> Floats:
    heard = ~np.isnan(z)
    total = np.zeros(z.shape)
    count, best = np.zeros(z.shape), np.zeros(z.shape)
    for back in range(days):
        shifted = np.zeros(z.shape)
        there = np.zeros(z.shape)
        shifted[..., back:] = np.nan_to_num(z)[..., : z.shape[-1] - back]
        there[..., back:] = heard[..., : z.shape[-1] - back]
        total += shifted
        count += there
        best = np.maximum(best, np.maximum(total, 0) ** 2 / np.maximum(count, 1) / 2)
    return best


def _kendall_z(
    values: Floats, trend: Callable[[Floats], detectors.Trend] = detectors.trend
) -> Floats:
    z = np.full(values.shape, np.nan)
    for day in range(TREND_DAYS - 1, values.shape[-1]):
        window = values[..., day - TREND_DAYS + 1 : day + 1]
        enough = (~np.isnan(window)).sum(-1) >= 10
        if enough.any():
            z[enough, day] = trend(window[enough]).z
    return z
