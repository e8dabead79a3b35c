"""What is usual for each patient as small JSON, so that charts need no engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from analytics.domain import baseline, signals, thresholds
from analytics.domain.accepted import Accepted, accepted_of, rebased
from analytics.domain.events import Event
from analytics.domain.records import Diary, until
from analytics.domain.rows import begins
from tracker.domain.diary import LEGS, TESTS


#: The signals whose band is drawn; the grid holds both legs and what has no leg.
BANDS: Final = ("leg_pain", "numbness", "back_pain")
#: Half the width of the band. Unit: standard deviations of the daily answers.
#: Source: our choice [A]. Caveat: for the eye only, no rule reads it.
BAND_SPREADS: Final = 1.0

Baselines = dict[str, dict[str, Any]]


def baselines_of(
    diary: Diary, events: Sequence[Event] = (), *, as_of: date
) -> Baselines:
    """Return by patient what was usual before `as_of`: bands of signals, self-tests.

    `events` may hold baselines that clinicians accepted.
    """
    past, patients = signals.numbered(until(diary, as_of))
    own = accepted_of((event for event in events if event.on <= as_of), patients)
    self_tests = signals.self_tests(past)
    recent = _recent(past, as_of)
    answered = signals.answers(recent, self_tests[:0])
    # One day more: every level knows only the days before its own.
    end = as_of + timedelta(days=1)
    grid = signals.panel(recent, answered, patients, end=end)
    usual: Baselines = {patient: {} for patient in patients}
    if grid is not None:
        for quantity in BANDS:
            _accept(grid, quantity, own)
            _add_bands(usual, grid, quantity)
    tests = rebased(baseline.usual_power(baseline.test_days(self_tests)), own)
    last = tests[np.append(begins(tests["group"])[1:], True)] if len(tests) else tests
    for row in last[~np.isnan(last["base"])].records():
        name = f"{TESTS[row['test']]}|{LEGS[row['side']]}"
        usual[patients[row["patient"]]][name] = row["base"]
    return usual


def _recent(diary: Diary, as_of: date) -> Diary:
    """Return the days that the bands of the day after `as_of` look at."""
    first = np.datetime64(as_of - timedelta(days=thresholds.ROLLING_DAYS))
    return Diary(
        **{
            name: rows[rows["local_day"] >= first]
            for name, rows in diary.frames().items()
        }
    )


def _accept(grid: signals.Panel, quantity: str, own: Iterable[Accepted]) -> None:
    """Take what was accepted of a quantity for what it had been until that day."""
    for each in own:
        if each.signal == quantity:
            column = max((each.on - grid.start).days, 0)
            values = grid.quantities[quantity][each.patient, each.leg]
            values[:column] = each.value


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
