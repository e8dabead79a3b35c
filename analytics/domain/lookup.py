"""The answers behind a finding, found again by patient, side and day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.domain import thresholds
from analytics.domain.evidence import Evidence
from analytics.domain.signals import NO_LEG, Bools, Panel
from tracker.domain import power_tests


#: Days of answers shown as evidence.
EVIDENCE_DAYS: Final = 14
#: The score of a healthy leg, assumed where the own baseline is not known yet.
#: Unit: self-test score. Source: clinical.md 2.2 [W27]. Caveat: roots only.
NORMAL_POWER: Final = 3.0
#: The grades of a healthy leg: what is lower points to a root.
#: Unit: MRC grade, reflex grade, grade of feeling. Source: clinical.md 1.1, 2.1.
#: Caveat: roots only.
NORMAL_GRADES: Final = {"power": 5, "reflex": 2, "sensation": 2}
#: Exams that are older do not tell of the roots any more.
#: Unit: days. Source: our choice [A]. Caveat: none.
EXAM_DAYS: Final = 90

_Words = list[str]


class _Rows:
    """Rows in order of patient and day, found again without scanning a frame."""

    def __init__(
        self, frame: pd.DataFrame, grid: Panel, names: tuple[str, ...]
    ) -> None:
        row, day = grid.row(frame["patient"]), grid.column(frame["day"])
        order = np.lexsort((day, row))
        self._place = {patient: place for place, patient in enumerate(grid.patients)}
        self._first, self._days = pd.Timestamp(grid.start), grid.days
        self._keys = (row * grid.days + day)[order]
        self.columns = {name: frame[name].to_numpy()[order] for name in names}

    def of(self, row: dict[Any, Any], *, days: int) -> slice:
        """Return the rows of a patient, of the days up to and including the row's."""
        place = self._place[str(row["patient"])] * self._days
        last = (row["day"] - self._first).days
        ends = (place + max(last - days + 1, 0), place + last + 1)
        start, stop = np.searchsorted(self._keys, ends)
        return slice(int(start), int(stop))

    def only(self, rows: slice, name: str, side: str) -> list[Any]:
        """Return the values of a column in those of the rows that are of a side."""
        own = self.columns["side"][rows] == side
        return list(self.columns[name][rows][own])


class Lookup:
    """The answers behind a finding, by patient, side and the days before it."""

    def __init__(self, evidence: Evidence) -> None:
        grid = evidence.panel
        names = ("day", "side", "quantity", "value", "collection", "id")
        self._answered = _Rows(evidence.answered, grid, names)
        self._numb = _Rows(evidence.numb, grid, ("side", "region"))
        tests = ("side", "test", "power", "base")
        self._tests = _Rows(evidence.test_days, grid, tests)
        columns = self._answered.columns
        # Words are compared once each, not once for each answer.
        self._quantity, self._quantities = _numbered(columns["quantity"])
        self._side, self._sides = _numbered(columns["side"])
        self._chosen: dict[tuple[str, ...], Bools] = {}
        self._exams = evidence.exams

    def answers(
        self, row: dict[Any, Any], quantities: tuple[str, ...], *, days: int
    ) -> list[dict[str, Any]]:
        """Return the answers of the row's side, of the last days; `day` is a text."""
        place = self._answered.of(row, days=days)
        chosen = self._known(quantities)[self._quantity[place]]
        if row["side"] not in ("", "both"):
            side = np.isin(self._sides, (row["side"], NO_LEG))
            chosen = chosen & side[self._side[place]]
        found = np.flatnonzero(chosen) + place.start
        columns = {
            name: column[found] for name, column in self._answered.columns.items()
        }
        columns["day"] = np.datetime_as_string(
            columns["day"].astype("datetime64[s]"), unit="D"
        )
        values = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, value, strict=True)) for value in values]

    def areas(self, row: dict[Any, Any]) -> set[str]:
        """Return the numb areas of the row's side, of the last days."""
        rows = self._numb.of(row, days=EVIDENCE_DAYS)
        return set(map(str, self._numb.only(rows, "region", row["side"])))

    def failed(self, row: dict[Any, Any]) -> set[str]:
        """Return the movements of the row's side that were low in the last days."""
        rows = self._tests.of(row, days=thresholds.RECENT_DAYS)
        tests, powers, bases = (
            self._tests.only(rows, name, row["side"])
            for name in ("test", "power", "base")
        )
        return {
            str(test)
            for test, power, base in zip(tests, powers, bases, strict=True)
            if _is_low(power, base)
        }

    def examined(self, row: dict[Any, Any]) -> tuple[set[str], set[str]]:
        """Return the reflexes, and the roots, that exams of the side found reduced."""
        today = pd.Timestamp(row["day"]).date()
        seen = [
            exam
            for exam in self._exams
            if exam.patient == str(row["patient"])
            and exam.side == row["side"]
            and exam.grade is not None
            and exam.grade < NORMAL_GRADES.get(exam.name, 0)
            and timedelta(0) <= today - exam.on <= timedelta(EXAM_DAYS)
        ]
        reflexes = {str(exam.location) for exam in seen if exam.name == "reflex"}
        return reflexes, {str(exam.location) for exam in seen} - reflexes

    def _known(self, quantities: tuple[str, ...]) -> Bools:
        """Return which quantities have a name that begins so."""
        if quantities not in self._chosen:
            begins = [name.startswith(quantities) for name in self._quantities]
            self._chosen[quantities] = np.array(begins, bool)
        return self._chosen[quantities]


def _numbered(words: np.ndarray) -> tuple[np.ndarray, _Words]:
    numbers, names = pd.factorize(words)
    return numbers, [str(name) for name in names]


def _is_low(power: float, base: float) -> bool:
    usual = NORMAL_POWER if np.isnan(base) else base
    return bool(power <= usual - power_tests.DROP_STEPS)
