"""What is usual for each patient as small JSON, so that charts need no pandas."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from analytics.domain import baseline, signals
from analytics.domain.records import Diary, until
from tracker.domain.diary import LEGS


#: The signals whose band is drawn; the grid holds both legs and what has no leg.
BANDS: Final = ("leg_pain", "numbness", "back_pain")
#: Half the width of the band. Unit: standard deviations of the daily answers.
#: Source: our choice [A]. Caveat: for the eye only, no rule reads it.
BAND_SPREADS: Final = 1.0

Baselines = dict[str, dict[str, Any]]


def baselines_of(diary: Diary, *, as_of: date) -> Baselines:
    """Return by patient what was usual before `as_of`: bands of signals, self-tests."""
    past = until(diary, as_of)
    answered = signals.answers(past)
    # One day more: every level knows only the days before its own.
    grid = signals.panel(past, answered, end=as_of + timedelta(days=1))
    if grid is None:
        return {}
    usual: Baselines = {patient: {} for patient in grid.patients}
    for quantity in BANDS:
        _add_bands(usual, grid, quantity)
    tests = baseline.usual_power(baseline.test_days(signals.self_tests(past)))
    last = tests.dropna(subset=["base"]).drop_duplicates(
        ["patient", "side", "test"], keep="last"
    )
    for patient, side, test, base in zip(
        last["patient"], last["side"], last["test"], last["base"], strict=True
    ):
        usual[patient][f"{test}|{side}"] = float(base)
    return usual


def _add_bands(usual: Baselines, grid: signals.Panel, quantity: str) -> None:
    mean, spread = baseline.rolling_level(grid.quantities[quantity])
    sides = (*LEGS, signals.NO_LEG)
    for row, place in zip(*np.nonzero(~np.isnan(mean[..., -1])), strict=True):
        center = float(mean[row, place, -1])
        width = BAND_SPREADS * float(spread[row, place, -1])
        usual[grid.patients[row]][f"{quantity}|{sides[place]}"] = {
            "center": round(center, 2),
            "low": round(max(center - width, 0.0), 2),
            "high": round(min(center + width, 10.0), 2),
        }
