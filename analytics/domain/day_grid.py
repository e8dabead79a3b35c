"""Patients by days: answers that the panel does not hold, and marks of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.domain.evidence import Evidence
from analytics.domain.signals import Bools, Floats


def day_values(evidence: Evidence, field: str) -> Floats:
    """Return (patients, days) of a number or yes/no of the day log, NaN is silence.

    Several logs of one local day become their mean.
    """
    return _placed(evidence, evidence.diary.day_logs.rename(columns={field: "value"}))


def peg(evidence: Evidence) -> Floats:
    """Return (patients, days) of the PEG score, the mean of its three items."""
    items = ("peg_pain", "peg_enjoyment", "peg_activity")
    total: Floats = np.mean([day_values(evidence, item) for item in items], axis=0)
    return total


def marked_days(evidence: Evidence, rows: pd.DataFrame) -> Bools:
    """Return (patients, days), true where a row with patient and day stands."""
    marks = np.zeros((len(evidence.panel.patients), evidence.panel.days), bool)
    if len(rows):
        days = evidence.panel.column(rows["day"])
        marks[evidence.panel.row(rows["patient"]), days] = True
    return marks


def _placed(evidence: Evidence, rows: pd.DataFrame) -> Floats:
    grid = np.full((len(evidence.panel.patients), evidence.panel.days), np.nan)
    known = rows[["patient", "local_day", "value"]].dropna()
    if len(known):
        daily = known.groupby(["patient", "local_day"], as_index=False)["value"].mean()
        row = evidence.panel.row(daily["patient"])
        column = evidence.panel.column(daily["local_day"])
        grid[row, column] = daily["value"].to_numpy()
    return grid
