from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from analytics.domain import response
from tests.tables import cells, day


def drawn(drawing: str, *, first: int = 0) -> dict:
    return {day(first + number): float(cell) for number, cell in cells(drawing)}


def changed(before: str, after: str, quantity: str = "leg_pain") -> response.Change:
    return response.change(quantity, "left", drawn(before), drawn(after, first=22))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("7 6 7 8 7 7 6 7 8 7 6 7 7 7", "3 2 3 3 4 3 2 3 3 2 3 4 3 3", "better"),
        ("3 2 3 3 4 3 2 3 3 2 3 4 3 3", "7 6 7 8 7 7 6 7 8 7 6 7 7 7", "worse"),
        ("5 4 6 5 5 4 6 5 5 6 4 5 5 6", "5 5 4 6 5 4 5 5 6 5 4 5 4 5", "unclear"),
        ("7 . 7 . 7 . 7 . 7 . 7 . . .", "3 3 3 3 3 3 3 3 3 3", "too_few_answers"),
        ("7 . 7 . 7 . 7 . 7 . 7 . 7 .", "3 3 3 3 3 3 3", "better"),  # seven suffice
        ("5 5 5 5 5 5 5 5 5 5 5 5 5 5", "5 5 5 5 5 5 5 5 5 5 5 5 5 5", "unclear"),
        # One bad day of a flare does not hide the improvement, nor make one.
        ("7 6 7 8 7 7 6 7 8 7 6 7 7 7", "3 2 3 3 4 9 2 3 3 2 3 4 3 3", "better"),
    ],
)
def test_the_verdict_of_a_small_diary(before: str, after: str, verdict: str) -> None:
    assert changed(before, after).verdict == verdict


def test_a_fall_beyond_the_measurement_error_is_reliable() -> None:
    steady = "6 6 6 6 6 6 6 6 6 6"
    below, above = changed(steady, "4 4 4 5 4 5 4 4 4 4"), changed(steady, steady)
    assert below.reliable_index == pytest.approx(2 / (0.639 * 2**0.5), abs=0.01)
    assert below.is_reliable
    assert above.is_reliable is False
    assert changed(steady, steady, "numbness").is_reliable is None


def simulated(rng: np.random.Generator, *, near: float, fall: float) -> response.Change:
    """Return what is found in a diary whose two levels differ by `fall`."""
    noise = np.empty(36)
    noise[0] = rng.normal()
    for today in range(1, 36):
        fresh = rng.normal() * np.sqrt(1 - near**2)
        noise[today] = near * noise[today - 1] + fresh
    level = np.where(np.arange(36) < 14, 6.0, 6.0 - fall)
    answers = np.clip(np.round(level + 1.2 * noise), 0, 10)
    heard = rng.random(36) > 0.15
    days = {day(n): float(answers[n]) for n in range(36) if heard[n]}
    first, last = day(14), day(22)
    return response.change(
        "leg_pain",
        "left",
        {on: value for on, value in days.items() if on < first},
        {on: value for on, value in days.items() if on >= last},
    )


@pytest.mark.parametrize(("near", "least"), [(0.2, 0.94), (0.4, 0.93), (0.6, 0.88)])
@pytest.mark.parametrize("fall", [0.0, 2.5])
def test_the_interval_holds_the_truth(near: float, least: float, fall: float) -> None:
    rng = np.random.default_rng(20260301)
    found = [simulated(rng, near=near, fall=fall) for _ in range(600)]
    known = [
        (each.low, each.high)
        for each in found
        if each.low is not None and each.high is not None
    ]
    assert len(known) > 550
    held = np.mean([low <= -fall <= high for low, high in known])
    assert least <= held <= 0.995
    widths = [high - low for low, high in known]
    assert np.median(widths) < 4  # narrow enough to say something


@pytest.mark.parametrize(
    ("freedom", "published"), [(3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042)]
)
def test_student_reaches_the_printed_table(freedom: int, published: float) -> None:
    assert response.student_quantile(0.975, freedom) == pytest.approx(
        published, abs=0.004
    )


PAIN = "7 7 6 7 7 8 7 6 7 7 7 7 6 7 . " + "7 " * 7 + "3 " * 14


def test_the_windows_leave_out_the_first_week_and_the_future() -> None:
    courses = {("leg_pain", "left"): drawn(PAIN)}
    begun = day(14)
    assert response.phases(begun, courses, {}, today=begun + timedelta(7)) == []

    (early,) = response.phases(begun, courses, {}, today=begun + timedelta(16))
    assert (early.weeks, early.first, early.is_over) == (2, day(22), False)
    assert early.changes[0].after_days == 9

    two, six = response.phases(begun, courses, {}, today=begun + timedelta(60))
    assert two.is_over
    assert two.changes[0].verdict == "better"
    assert two.changes[0].after == 3
    assert six.changes[0].verdict == "too_few_answers"


@pytest.mark.parametrize(("after", "lower"), [("3 3 2 3", False), ("2 2 3 2", True)])
def test_less_pain_with_less_power_is_named(after: str, lower: bool) -> None:
    courses = {("leg_pain", "left"): drawn(PAIN)}
    tests = {("heel_walk", "left"): drawn("3 3 3 3") | drawn(after, first=24)}
    (two,) = response.phases(day(14), courses, tests, today=day(40))
    assert two.changes[0].verdict == "better"
    assert two.power_is_lower is lower
