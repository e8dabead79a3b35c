from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domain import baseline, detectors
from analytics.domain.rows import Rows
from tracker.domain.power_tests import baseline_of


NAN = float("nan")
AUGUST = (
    "56.4 59.9 54.3 59.6 58.2 61.0 62.0 60.5 60.5 60.3 61.6 58.2 63.5 64.9 60.4 64.0"
    " 61.1 61.8 60.4 61.8"
)
SEPTEMBER = (
    "54.3 57.0 54.3 54.4 56.4 53.0 57.5 54.7 55.4 59.8 57.0 53.8 56.3 60.1 59.2 56.8"
    " 58.1 56.3 57.0 58.2"
)
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
    ("series", "s", "variance", "slope"),
    [
        (AUGUST, 80, 946, 0.2222),
        (SEPTEMBER, 67, 944.3333, None),
        ("9 12 4 3 0 4 2 1 4 2 9 7", -7, 207, None),
        (
            "5 6 2 3 5 6 4 3 7 8 9 7 5 3 4 7 3 5 6 7 8 9",
            67,
            1225,
            0.142857,
        ),
        ("4 4 5 4 5 5 6 5 6 6 7 6 7 7", 67, 309, 0.25),
        ("5 4 6 5 5 4 6 5 5 6 4 5 5 6", 11, 277, 0),
    ],
)
def test_mann_kendall_and_sen_reach_the_published_values(
    series: str, s: float, variance: float, slope: float | None
) -> None:
    trend = detectors.trend(numbers(series))
    assert trend.s[0] == s
    assert trend.variance[0] == pytest.approx(variance, abs=1e-3)
    if slope is not None:
        assert trend.slope[0] == pytest.approx(slope, abs=1e-4)


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


@pytest.mark.parametrize(
    ("series", "z"),
    [
        ("9 12 4 3 0 4 2 1 4 2 9 7", -0.41703),
        ("5 6 2 3 5 6 4 3 7 8 9 7 5 3 4 7 3 5 6 7 8 9", 1.88571),
        ("4 4 5 4 5 5 6 5 6 6 7 6 7 7", 3.75461),
        ("5 4 6 5 5 4 6 5 5 6 4 5 5 6", 0.60084),
    ],
)
def test_the_trend_score_is_as_published(series: str, z: float) -> None:
    assert round(float(detectors.trend(numbers(series)).z[0]), 5) == z


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
