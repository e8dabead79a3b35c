from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domain import baseline, detectors
from analytics.domain.rows import Rows
from tracker.domain.power_tests import baseline_of


NAN = float("nan")
#: Page 1955, the worked example of the R package trend.
PAGE = (
    "-1.05 .96 1.22 .58 -.98 -.03 -1.54 -.71 -.35 .66 .44 .91 -.02 -1.42 1.26 -1.02"
    " -.81 1.66 1.05 .97 2.14 1.22 -.24 1.60 .72 -.12 .44 .03 .66 .56 1.37 1.66 .10"
    " .80 1.29 .49 -.07 1.18 3.29 1.84"
)
#: Hollander and Wolfe, cloud seeding.
CLOUDS = "1.26 1.27 1.12 1.16 1.03"


def numbers(text: str) -> np.ndarray:
    return np.array([[NAN if cell == "." else float(cell) for cell in text.split()]])


@pytest.mark.parametrize(
    ("series", "s", "slope", "digits"),
    [(PAGE, 232, 0.038571, 6), (CLOUDS, -6, -0.05625, 5)],
)
def test_sen_reaches_the_digits_of_the_books(
    series: str, s: float, slope: float, digits: int
) -> None:
    trend = detectors.trend(numbers(series))
    assert trend.s[0] == s
    assert round(float(trend.slope[0]), digits) == slope


def test_silent_days_are_left_out_of_the_trend_test() -> None:
    with_gaps = detectors.trend(numbers("1 . 2 . . 3"))
    assert with_gaps.s[0] == 3
    assert with_gaps.slope[0] == pytest.approx(0.4)  # the gaps keep their length


@pytest.mark.parametrize(
    ("least", "expected"), [(1, [1, 1, 2, 3]), (2, [NAN, NAN, 2, NAN])]
)
def test_window_mean_needs_enough_answers(least: int, expected: list[float]) -> None:
    mean = detectors.window_mean(numbers("1 . 3 ."), days=3, least=least)
    assert mean[0].tolist() == pytest.approx(expected, nan_ok=True)


def test_window_mean_knows_zero_from_silence() -> None:
    mean = detectors.window_mean(numbers("0 . 4"), days=3, least=1)
    assert mean[0].tolist() == [0, 0, 2]


@pytest.mark.parametrize("lag", [0, 1, 3, 5, 6, 9])
@pytest.mark.parametrize("days", [1, 2, 5, 6, 40])
def test_a_window_holds_exactly_its_days(days: int, lag: int) -> None:
    flags = np.array([True, False, True, True, False, True])
    expected = [
        flags[max(day + 1 - lag - days, 0) : max(day + 1 - lag, 0)].sum()
        for day in range(len(flags))
    ]
    count = detectors.window_count(flags[None], days=days, lag=lag)
    assert count[0].tolist() == expected


def test_cusum_holds_through_silence_and_knows_where_it_began() -> None:
    level, began = detectors.cusum(numbers("0 3 . 3"), reference=1.0, limit=5.0)
    assert level[0].tolist() == [0, 2, 2, 4]
    assert began[0].tolist() == [-1, 1, 1, 1]


def test_cusum_run_length_without_change_is_as_published() -> None:
    z = np.random.default_rng(7).normal(size=(2000, 1500))
    level, _ = detectors.cusum(z, reference=0.5, limit=3.0)
    crossed = level > 3.0
    first = np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, np.nan)
    assert np.nanmean(first) == pytest.approx(117.6, rel=0.08)  # Brook & Evans


def test_consecutive_runs_pass_over_silence() -> None:
    values = numbers("8 . 8 3 8")
    runs = detectors.consecutive(values >= 8, ~np.isnan(values))
    assert runs[0].tolist() == [1, 0, 2, 0, 1]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=25))
def test_the_baseline_is_the_one_the_red_flags_use(scores: list[int]) -> None:
    days = Rows(
        {
            "group": np.zeros(len(scores), int),
            "power": np.array(scores, float),
        }
    )
    known = baseline.usual_power(days)["base"].tolist()
    expected = [baseline_of(scores[:place]) for place in range(len(scores))]
    assert known == pytest.approx(
        [NAN if base is None else base for base in expected], nan_ok=True
    )
