"""The yardstick of the rivals against published run lengths (clinical.md, section 9)."""

from __future__ import annotations

import pytest

from bench.detection import run_lengths


@pytest.mark.parametrize(
    ("reference", "limit", "mean", "published"),
    [
        (0.5, 3, 0.0, "117.60"),  # exact value beside Brook & Evans' 117.59
        (0.5, 3, 1.5, "3.75"),
        (0.0, 10, 0.0, "124.66"),  # Vance
        (0.0, 10, 0.25, "36.71"),
        (0.0, 10, 0.5, "20.37"),
        (0.0, 10, 1.0, "10.75"),
        (0.5, 4, 0.0, "335.4"),
        (0.5, 5, 0.0, "930.9"),
        (0.5, 8, 1.0, "16.4"),
    ],
)
def test_upper_cusum(
    reference: float, limit: float, mean: float, published: str
) -> None:
    length = run_lengths.cusum(reference=reference, limit=limit, mean=mean)
    digits = len(published.partition(".")[2])
    assert f"{length:.{digits}f}" == published


def test_upper_cusum_to_the_last_printed_digit() -> None:
    length = run_lengths.cusum(reference=0.25, limit=8, mean=2.5)
    assert length == pytest.approx(4.1500836225, abs=1e-6)
    ahead = run_lengths.cusum(reference=0.25, limit=8, mean=2.5, head=0.1)
    assert ahead == pytest.approx(4.1061588131, abs=1e-6)


MEANS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4)
#: Where a table was rounded by other means than ours: one step of its last digit off.
OFF_BY_A_DIGIT = {"1.32": "1.33", "17.1": "17.0", "18.2": "18.1", "15.9": "15.8"}


def assert_row(lengths: list[float], row: str, *, but: str = "") -> None:
    """Compare with a published row to its last digit, `but` for one cell."""
    for length, published in zip(lengths, row.split(), strict=True):
        digits = len(published.partition(".")[2])
        wanted = OFF_BY_A_DIGIT[published] if published == but else published
        assert f"{length:.{digits}f}" == wanted


@pytest.mark.parametrize(
    ("reference", "limit", "row", "but"),
    [
        (0.5, 4, "335.4 77.1 26.7 13.3 8.38 4.75 3.34 2.62 2.19 1.71", ""),
        (0.5, 5, "930.9 141.7 38.0 17.1 10.38 5.75 4.01 3.11 2.57 2.01", "17.1"),
        (0.5, 8, "18966 737 84.0 28.8 16.4 8.75 6.01 4.62 3.78 2.84", ""),
        (1.0, 2.5, "716 206 68.2 27.3 13.4 5.42 3.25 2.34 1.85 1.31", ""),
        (1.0, 3, "1963 443 118 39.5 17.4 6.40 3.75 2.68 2.12 1.52", ""),
    ],
)
def test_rows_of_the_upper_cusum(
    reference: float, limit: float, row: str, but: str
) -> None:
    found = [
        run_lengths.cusum(reference=reference, limit=limit, mean=mean) for mean in MEANS
    ]
    assert_row(found, row, but=but)


@pytest.mark.parametrize(
    ("limit", "row"),
    [
        (4, "168 74.2 26.6 13.3 8.38 4.75 3.34 2.62 2.19 1.71"),
        (5, "465 139 38.0 17.0 10.4 5.75 4.01 3.11 2.57 2.01"),
    ],
)
def test_two_sided_cusum(limit: float, row: str) -> None:
    found = [
        run_lengths.two_sided_cusum(reference=0.5, limit=limit, mean=mean)
        for mean in MEANS
    ]
    assert_row(found, row)


def ahead(mean: float) -> float:
    """Return the two-sided run length with a head start of h/2 (Lucas & Crosier)."""
    plain = [run_lengths.cusum(reference=0.5, limit=4, mean=m) for m in (mean, -mean)]
    early = [
        run_lengths.cusum(reference=0.5, limit=4, mean=m, head=2) for m in (mean, -mean)
    ]
    gain = early[0] * plain[1] + early[1] * plain[0] - plain[0] * plain[1]
    return gain / sum(plain)


def test_two_sided_cusum_with_a_head_start() -> None:
    row = "149 62.7 20.1 8.97 5.29 2.86 2.01 1.59 1.32 1.07"
    assert_row([ahead(mean) for mean in MEANS], row, but="1.32")


def test_waldmann_and_sas() -> None:
    # Waldmann's 117.4 at 0 is an approximation; Brook & Evans have 117.59.
    found = [
        run_lengths.cusum(reference=0.5, limit=3, mean=mean) for mean in (-0.5, 0.5)
    ]
    assert_row(found, "1963 17.35")
    both = run_lengths.two_sided_cusum(reference=0.25, limit=8, mean=2.5)
    assert both == pytest.approx(4.1500826715, abs=2e-6)  # SAS


@pytest.mark.parametrize(
    ("limit", "mean", "published"),
    [
        (4, 0, "338.1"),
        (4, 1, "8.34"),
        (4, 0.5, "26.69"),
        (5, 0, "938.2"),
        (5, 1, "10.34"),
        (5, 0.5, "38.02"),
    ],
)
def test_siegmund(limit: float, mean: float, published: str) -> None:
    assert_row([run_lengths.siegmund(reference=0.5, limit=limit, mean=mean)], published)


@pytest.mark.parametrize(("limit", "published"), [(4, "169.0"), (5, "469.1")])
def test_siegmund_of_both_sides(limit: float, published: str) -> None:
    assert_row([run_lengths.siegmund(reference=0.5, limit=limit) / 2], published)


@pytest.mark.parametrize(
    ("weight", "width", "row", "but"),
    [
        (0.40, 3.054, "500 224 71.2 28.4 14.3 5.87 3.52 2.54 2.02 1.44", ""),
        (0.25, 2.998, "500 170 48.3 20.1 11.1 5.46 3.61 2.74 2.26 1.73", ""),
        (0.20, 2.962, "500 150 41.8 18.2 10.5 5.50 3.74 2.88 2.38 1.86", "18.2"),
        (0.10, 2.814, "500 106 31.3 15.9 10.3 6.08 4.36 3.44 2.87 2.19", "15.9"),
        (0.05, 2.615, "500 84.0 28.8 16.4 11.4 7.11 5.22 4.17 3.50 2.69", ""),
        (0.50, 3.071, "500 255 88.8 35.9 17.5 6.53 3.63 2.50 1.93 1.34", ""),
        (0.03, 2.437, "500 76.7 29.3 17.6 12.6 8.07 5.99 4.80 4.03 3.11", ""),
    ],
)
def test_ewma(weight: float, width: float, row: str, but: str) -> None:
    found = [run_lengths.ewma(weight=weight, width=width, mean=mean) for mean in MEANS]
    assert_row(found, row, but=but)


def test_ewma_of_crowder() -> None:
    found = [run_lengths.ewma(weight=0.5, width=2, mean=mean) for mean in (0, 1)]
    assert_row(found, "26.45 4.91")


def test_ewma_to_the_last_printed_digit() -> None:
    length = run_lengths.ewma(weight=0.25, width=3, mean=1)
    assert length == pytest.approx(11.154267016, abs=1e-8)
