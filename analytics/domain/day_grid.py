"""Patients by days: answers that the panel does not hold, and marks of rows."""

from __future__ import annotations

import numpy as np

from analytics.domain.evidence import Evidence
from analytics.domain.rows import Rows
from analytics.domain.signals import Bools, Floats, reduced


def day_values(evidence: Evidence, field: str) -> Floats:
    """Return (patients, days) of a number or yes/no of the day log, NaN is silence.

    Several logs of one local day become their mean.
    """
    logs = evidence.diary.day_logs
    logs = logs[~np.isnan(logs[field])]
    shape = (len(evidence.panel.patients), evidence.panel.days)
    cell = logs["patient"] * evidence.panel.days + evidence.panel.column(logs["day"])
    return reduced(cell, logs[field], shape, "mean")


def peg(evidence: Evidence) -> Floats:
    """Return (patients, days) of the PEG score, the mean of its three items."""
    items = ("peg_pain", "peg_enjoyment", "peg_activity")
    total: Floats = np.mean([day_values(evidence, item) for item in items], axis=0)
    return total


def marked_days(evidence: Evidence, rows: Rows) -> Bools:
    """Return (patients, days), true where a row with patient and day stands."""
    marks = np.zeros((len(evidence.panel.patients), evidence.panel.days), bool)
    if len(rows):
        marks[rows["patient"], evidence.panel.column(rows["day"])] = True
    return marks
