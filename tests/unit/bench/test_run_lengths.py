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


@pytest.mark.parametrize(
    ("limit", "row"),
    [
        (4, "168 74.2 26.6 13.3 8.38 4.75 3.34 2.62 2.19 1.71"),
        (5, "465 139 38.0 17.0 10.4 5.75 4.01 3.11 2.57 2.01"),
    ],
)
def test_two_sided_cusum(limit: float, row: str) -> None:
    means = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4)
    for mean, published in zip(means, row.split(), strict=True):
        length = run_lengths.two_sided_cusum(reference=0.5, limit=limit, mean=mean)
        assert length == pytest.approx(float(published), rel=6e-3)


@pytest.mark.parametrize(
    ("limit", "mean", "published"),
    [(4, 0, 338.1), (4, 1, 8.34), (4, 0.5, 26.69), (5, 0, 938.2), (5, 1, 10.34)],
)
def test_siegmund(limit: float, mean: float, published: float) -> None:
    length = run_lengths.siegmund(reference=0.5, limit=limit, mean=mean)
    assert length == pytest.approx(published, abs=0.05)


@pytest.mark.parametrize(
    ("weight", "width", "row"),
    [
        (0.40, 3.054, "500 224 71.2 28.4 14.3 5.87 3.52 2.54 2.02 1.44"),
        (0.20, 2.962, "500 150 41.8 18.2 10.5 5.50 3.74 2.88 2.38 1.86"),
        (0.10, 2.814, "500 106 31.3 15.9 10.3 6.08 4.36 3.44 2.87 2.19"),
        (0.05, 2.615, "500 84.0 28.8 16.4 11.4 7.11 5.22 4.17 3.50 2.69"),
    ],
)
def test_ewma(weight: float, width: float, row: str) -> None:
    means = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4)
    for mean, published in zip(means, row.split(), strict=True):
        length = run_lengths.ewma(weight=weight, width=width, mean=mean)
        assert length == pytest.approx(float(published), rel=6e-3)


def test_ewma_to_the_last_printed_digit() -> None:
    length = run_lengths.ewma(weight=0.25, width=3, mean=1)
    assert length == pytest.approx(11.154267016, abs=1e-8)
