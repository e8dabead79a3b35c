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

#: Monthly rainfall at Bogra, 1981-2010, in mm, without the months that are missing.
RAINFALL = (
    "32 20 25 189 240 193 379 278 301 0 0 82"
    " 0 4 121 234 360 262 120 30 11 1"
    " 7 3 31 31 355 102 248 274 308 5 26"
    " 11 16 6 48 388 539 431 272 404 186 0 2"
    " 0 4 1 54 272 459 235 164 365 135 2"
    " 4 0 128 210 163 446 225 462 467 19 13"
    " 0 3 17 132 178 338 525 623 145 31 19 3"
    " 0 29 25 87 259 756 486 180 292 43 92 1"
    " 0 16 2 0 130 253 594 111 273 30 0 4"
    " 0 27 24 41 292 378 499 265 320 227 4 0"
    " 4 14 8 48 416 240 404 207 733 105 0 112"
    " 0 14 0 30 140 202 289 159 424 106 3 0"
    " 65 3 14 58 268 466 432 266 240 95 1 0"
    " 10 26 4 114 94 289 173 208 263 156 5 0"
    " 16 16 14 0 111 475 534 432 471 117 70 1"
    " 3 28 7 401 184 283 338 171 335 176 0 0"
    " 10 11 9 140 102 208 298 245 220 29 2 27"
    " 10 13 26 84 143 367 749 563 283 353 10 0"
    " 0 0 0 9 246 265 343 429 168 133 17 0"
    " 18 35 76 158 272 250 190 289 466 84 0 0"
    " 0 0 0 22 217 299 185 115 344 203 8"
    " 0 5 284 123 254 476 496 326 27 20 0"
    " 4 53 72 113 214 364 219 220 156 264 0 13"
    " 0 0 45 90 137 638 529 261 206 251 0 0"
    " 5 9 58 72 138 130 471 328 356 523 0 1"
    " 0 0 12 143 193 184 192 138 174 69 1 0"
    " 0 18 25 28 92 732 320 256 302 131 15 0"
    " 27 0 22 20 213 393 474 374 109 159 0 0"
    " 0 3 3 49 205 128 194 570 169 89 0 0"
    " 0 0 0 26 185 286 92 225 244 190 3 20"
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
        (RAINFALL, "-1959", "4889800.333", "-0.885456", "-0.0064516"),
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


def test_hamed_rao() -> None:
    trend = detectors.serial_trend(row(RAINFALL))
    assert printed(float(trend.variance[0]), "257403.3868") == "257403.3868"
    assert printed(float(trend.z[0]), "-3.859274") == "-3.859274"


def test_hamed_rao_forgives_a_trend_that_memory_explains() -> None:
    """Daily answers that remember yesterday (.6) rise by chance more often than .01."""
    rng, days, people = np.random.default_rng(11), 60, 400
    answers = np.zeros((people, days))
    for day in range(1, days):
        answers[:, day] = 0.6 * answers[:, day - 1] + rng.normal(size=people)
    plain, corrected = detectors.trend(answers), detectors.serial_trend(answers)
    assert np.mean(plain.p_rising < 0.01) > 0.05
    assert np.mean(corrected.p_rising < 0.01) < np.mean(plain.p_rising < 0.01) / 1.5


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
