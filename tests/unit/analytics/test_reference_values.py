"""The published numbers of the statistics, to the digit that is printed.

Source: clinical.md section 9 and the books and packages that it names.
"""

from __future__ import annotations

from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest

from analytics.domain import detectors, response, review


AUGUST = (
    "56.4 59.9 54.3 59.6 58.2 61.0 62.0 60.5 60.5 60.3 61.6 58.2 63.5 64.9 60.4 64.0"
    " 61.1 61.8 60.4 61.8"
)
SEPTEMBER = (
    "54.3 57.0 54.3 54.4 56.4 53.0 57.5 54.7 55.4 59.8 57.0 53.8 56.3 60.1 59.2 56.8"
    " 58.1 56.3 57.0 58.2"
)
FROST = "9 12 4 3 0 4 2 1 4 2 9 7"
SACHS = "5 6 2 3 5 6 4 3 7 8 9 7 5 3 4 7 3 5 6 7 8 9"
RISING = "4 4 5 4 5 5 6 5 6 6 7 6 7 7"
FLAT = "5 4 6 5 5 4 6 5 5 6 4 5 5 6"
#: Yearly flow at Aswan, 1871-1970.
NILE = (
    "1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180"
    " 799 958 1140 1100 1210 1150 1250 1260 1220 1030 1100 774 840 874 694 940 833"
    " 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 768 845"
    " 864 862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649"
    " 846 812 742 801 1040 860 874 848 890 744 749 838 1050 918 986 797 923 975 815"
    " 1020 906 901 1170 912 746 919 718 714 740"
)


def row(text: str) -> np.ndarray:
    return np.array([[float(cell) for cell in text.split()]])


def printed(value: float, published: str) -> str:
    """Return a number with as many decimals as the published one."""
    places = Decimal(published).as_tuple().exponent
    return f"{value:.{-int(places)}f}" if int(places) < 0 else f"{value:.0f}"


@pytest.mark.parametrize(
    ("series", "s", "variance", "z", "slope"),
    [
        (AUGUST, "80", "946.0000", None, "0.2222"),
        (SEPTEMBER, "67", "944.3333", None, None),
        (FROST, "-7", "207.0000", "-0.41703", None),
        (SACHS, "67", "1225.0000", "1.88571", "0.142857"),
        (RISING, "67", "309.0000", "3.75461", "0.25"),
        (FLAT, "11", "277.0000", "0.60084", "0"),
        (NILE, "-1387", "112728.3333", "-4.12807", "-2.6"),
    ],
)
def test_mann_kendall_and_sen(
    series: str, s: str, variance: str, z: str | None, slope: str | None
) -> None:
    trend = detectors.trend(row(series))
    assert printed(float(trend.s[0]), s) == s
    assert printed(float(trend.variance[0]), variance) == variance
    if z is not None:
        assert printed(float(trend.z[0]), z) == z
    if slope is not None:
        assert printed(float(trend.slope[0]), slope) == slope


@pytest.mark.parametrize(
    ("series", "two_sided"),
    [
        (AUGUST, "0.0102"),
        (SEPTEMBER, "0.0317"),
        (SACHS, "0.0593"),
        (FLAT, "0.548"),
    ],
)
def test_mann_kendall_probabilities(series: str, two_sided: str) -> None:
    rising = float(detectors.trend(row(series)).p_rising[0])
    assert printed(2 * min(rising, 1 - rising), two_sided) == two_sided


@pytest.mark.parametrize(
    ("series", "without_continuity"), [(AUGUST, "0.009"), (SEPTEMBER, "0.029")]
)
def test_what_the_vignette_prints_is_without_continuity(
    series: str, without_continuity: str
) -> None:
    trend = detectors.trend(row(series))
    z = abs(float(trend.s[0])) / float(trend.variance[0]) ** 0.5
    assert printed(2 * NormalDist().cdf(-z), without_continuity) == without_continuity


def exact_tail(days: int, s: int) -> float:
    """Return P(S >= s) over all orders of as many different values."""
    ways = np.ones(1)
    for place in range(2, days + 1):
        ways = np.convolve(ways, np.ones(place))
    pairs = days * (days - 1) // 2
    at_least = [n for n in range(len(ways)) if pairs - 2 * n >= s]
    return float(ways[at_least].sum() / ways.sum())


@pytest.mark.parametrize(
    ("days", "s", "published"),
    [(5, 8, "0.0417"), (7, 13, "0.0345"), (10, 21, "0.0363"), (14, 33, "0.0397")],
)
def test_the_normal_score_is_near_the_exact_table(
    days: int, s: int, published: str
) -> None:
    exact = exact_tail(days, s)
    assert printed(exact, published) == published
    # An order with just that S: rising, but for swaps of neighbours.
    order = list(range(days))
    for _ in range((days * (days - 1) // 2 - s) // 2):
        place = next(n for n in range(days - 1) if order[n] < order[n + 1])
        order[place], order[place + 1] = order[place + 1], order[place]
    trend = detectors.trend(np.array([order], float))
    assert trend.s[0] == s
    assert float(trend.p_rising[0]) == pytest.approx(exact, abs=0.0016)


@pytest.mark.parametrize(
    ("days", "near", "five", "one"),
    [(14, 0.4, 0.106, 0.037), (14, 0.6, 0.161, 0.073), (28, 0.4, 0.124, 0.051)],
)
def test_near_days_make_the_trend_test_too_eager(
    days: int, near: float, five: float, one: float
) -> None:
    rng = np.random.default_rng(914)
    noise = rng.normal(size=(6000, days))
    noise[:, 1:] *= np.sqrt(1 - near**2)
    for today in range(1, days):
        noise[:, today] += near * noise[:, today - 1]
    p = detectors.trend(noise).p_rising
    assert np.mean(p < 0.05) == pytest.approx(five, abs=0.015)
    assert np.mean(p < 0.01) == pytest.approx(one, abs=0.01)


def test_the_reliable_change_of_jacobson_and_truax() -> None:
    error = 10 * (1 - 0.80) ** 0.5
    index = review.reliable_change(np.array(47.5), np.array(32.5), error=error)
    assert printed(error, "4.472") == "4.472"
    assert printed(error * 2**0.5, "6.325") == "6.325"
    assert printed(float(index), "2.37") == "2.37"


def test_the_error_of_a_pain_rating_is_that_of_its_detectable_change() -> None:
    detectable = response.PAIN_ERROR_POINTS * 2**0.5 * response.RELIABLE_INDEX
    assert printed(detectable, "1.77") == "1.77"
