"""The answers behind a finding, found again by patient, side and day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import numpy as np

from analytics.domain import thresholds
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Ints, Rows
from analytics.domain.signals import QUANTITIES, Bools, Floats, Panel, collection_of
from tracker.domain import power_tests
from tracker.domain.diary import LEGS, REGIONS, TESTS


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

#: The collection that each quantity is answered in.
_COLLECTIONS: Final = tuple(map(collection_of, QUANTITIES))


class _Sorted:
    """Rows in order of patient and day, found again without scanning them."""

    def __init__(self, rows: Rows, grid: Panel) -> None:
        keys = rows["patient"] * grid.days + grid.column(rows["day"])
        order = np.argsort(keys, kind="stable")
        self._start, self._days = grid.start, grid.days
        cells = np.arange(len(grid.patients) * grid.days + 1)
        self._ends = keys[order].searchsorted(cells)
        self.rows = rows[order]
        self.columns = grid.column(self.rows["day"])

    def of(self, row: dict[Any, Any], *, days: int) -> slice:
        """Return the rows of a patient, of the days up to and including the row's."""
        place = row["patient"] * self._days
        last = (row["day"].date() - self._start).days
        first = place + max(last - days + 1, 0)
        return slice(int(self._ends[first]), int(self._ends[place + last + 1]))


class Lookup:
    """The answers behind a finding, by patient, side and the days before it."""

    def __init__(self, evidence: Evidence) -> None:
        grid = evidence.panel
        self._answered = _Sorted(evidence.answered, grid)
        self._numb = _Sorted(evidence.numb, grid)
        self._tests = _Sorted(evidence.test_days, grid)
        self._patients = grid.patients
        first = np.datetime64(grid.start, "D")
        self._iso = [str(day) for day in first + np.arange(grid.days)]
        self._chosen: dict[tuple[str, ...], Bools] = {}
        self._exams = evidence.exams

    def answers(
        self, row: dict[Any, Any], quantities: tuple[str, ...], *, days: int, most: int
    ) -> list[dict[str, Any]]:
        """Return the last answers of the row's side and days, as evidence lists them."""
        found = self._found(row, quantities, days)
        answered = self._answered.rows
        columns = (
            self._answered.columns,
            *(answered[name] for name in ("quantity", "side", "id", "value")),
        )
        values = zip(*(each[found].tolist() for each in columns), strict=True)
        return [
            {
                "collection": _COLLECTIONS[quantity],
                "id": entry,
                "day": self._iso[day],
                "quantity": QUANTITIES[quantity],
                "value": value,
            }
            for day, quantity, _side, entry, value in sorted(values)[-most:]
        ]

    def values(self, row: dict[Any, Any], quantity: str, *, days: int) -> Floats:
        """Return the answered numbers of the row's side, of the last days."""
        found: Floats = self._answered.rows["value"][
            self._found(row, (quantity,), days)
        ]
        return found

    def _found(
        self, row: dict[Any, Any], quantities: tuple[str, ...], days: int
    ) -> Ints:
        """Return the places of the answers of the row's side, of the last days."""
        place = self._answered.of(row, days=days)
        answered = self._answered.rows
        chosen = self._known(quantities)[answered["quantity"][place]]
        if row["side"] not in ("", "both"):
            side = answered["side"][place]
            chosen &= (side == LEGS.index(row["side"])) | (side == len(LEGS))
        found: Ints = np.flatnonzero(chosen) + place.start
        return found

    def areas(self, row: dict[Any, Any]) -> set[str]:
        """Return the numb areas of the row's side, of the last days."""
        taps, own_days = self._numb.rows, self._numb.of(row, days=EVIDENCE_DAYS)
        side = taps["side"][own_days] == LEGS.index(row["side"])
        own = taps["region"][own_days][side]
        return {REGIONS[region] for region in own.tolist()}

    def failed(self, row: dict[Any, Any]) -> set[str]:
        """Return the movements of the row's side that were low in the last days."""
        tests, days = self._tests.rows, self._tests.of(row, days=thresholds.RECENT_DAYS)
        base = tests["base"][days]
        usual = np.where(np.isnan(base), NORMAL_POWER, base)
        low = tests["power"][days] <= usual - power_tests.DROP_STEPS
        own = tests["test"][days][
            low & (tests["side"][days] == LEGS.index(row["side"]))
        ]
        return {TESTS[test] for test in own.tolist()}

    def examined(self, row: dict[Any, Any]) -> tuple[set[str], set[str]]:
        """Return the reflexes, and the roots, that exams of the side found reduced."""
        today = row["day"].date()
        patient = self._patients[row["patient"]]
        seen = [
            exam
            for exam in self._exams
            if exam.patient == patient
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
            begins = [name.startswith(quantities) for name in QUANTITIES]
            self._chosen[quantities] = np.array(begins, bool)
        return self._chosen[quantities]
