"""Everything the rules look at, prepared once for a block of patients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np

from analytics.domain import baseline, deficit, signals, thresholds
from analytics.domain.accepted import Accepted, accepted_of, rebased, turns
from analytics.domain.deficit import Deficit
from analytics.domain.events import BASELINE, Event, procedures
from analytics.domain.records import Diary
from analytics.domain.rows import Array, Ints, Rows, joined
from analytics.domain.signals import Bools, Floats, Panel
from tracker.domain.diary import CAUDA_EQUINA_ITEMS, LEGS, TESTS
from tracker.domain.red_flag_rules import POSITIVE


#: What every rule function returns, one row for each day on which the rule holds:
#: `patient` is the number on the panel; `side` is left, right or "" ; `item` is what a new item re-notifies for (a
#: myotome, a movement); `severity` grows when it gets worse. More columns hold the
#: numbers of the explanation.
CANDIDATE_COLUMNS: Final = (
    "patient",
    "rule",
    "side",
    "item",
    "day",
    "onset",
    "severity",
    "tier",
)


#: A moment before all others, in microseconds since 1970.
NEVER: Final = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Evidence:
    """Daily signals, self-tests with their baseline, areas, procedures.

    `untried` are the self-tests that were left out as unsafe.
    A patient is a place in `panel.patients` in all rows, those of the diary too.
    `accepted` is what clinicians called usual, `baselines` the same as it was told.
    """

    diary: Diary
    answered: Rows
    tests: Rows
    untried: Rows
    test_days: Rows
    numb: Rows
    panel: Panel
    procedures: tuple[Event, ...]
    exams: tuple[Event, ...]
    accepted: tuple[Accepted, ...] = ()
    baselines: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)

    def legs(self, quantity: str) -> Floats:
        """Return a quantity as (patients, legs, days), NaN is silence."""
        return self.panel.quantities[quantity][:, : len(LEGS)]

    @cached_property
    def last_moment(self) -> Ints:
        """Return (patients, days): when the last record of a day was made.

        Microseconds since 1970, `NEVER` without a self-test, day log or safety check.
        """
        shape = (len(self.panel.patients), self.panel.days)
        last = np.full(shape, NEVER)
        diary = self.diary
        for rows in (self.tests, self.untried, diary.day_logs, diary.red_flag_checks):
            cell = rows["patient"], self.panel.column(rows["day"])
            np.maximum.at(last, cell, rows["recorded_at"].astype(np.int64))
        return last

    @cached_property
    def deficit(self) -> Deficit:
        """Return the weight of evidence for a true loss, day by day."""
        return deficit.weigh(
            self.legs("numbness"),
            self.movements(),
            self.legs("leg_pain"),
            accepted=self.on_grid(self.accepted),
        )

    @cached_property
    def without_accepted(self) -> Evidence:
        """Return the same as if no clinician had called anything usual."""
        if not self.accepted:
            return self
        days = baseline.usual_power(baseline.test_days(self.tests))
        return replace(self, test_days=days, accepted=(), baselines={})

    def on_grid(self, accepted: Iterable[Accepted]) -> list[tuple[Accepted, int]]:
        """Return the accepted values with the first place on the grid that knows them."""
        found = [(each, (each.on - self.panel.start).days) for each in accepted]
        return [
            (each, max(column, 0)) for each, column in found if column < self.panel.days
        ]

    def with_earlier(self, signal: str, accepted: Iterable[Accepted]) -> Evidence:
        """Return the same as if a signal had always been what was accepted, until then."""
        values = self.panel.quantities[signal].copy()
        for each, column in self.on_grid(accepted):
            values[each.patient, each.leg, :column] = each.value
        quantities = {**self.panel.quantities, signal: values}
        return replace(self, panel=replace(self.panel, quantities=quantities))

    def movements(self) -> Floats:
        """Return the self-tests as (patients, legs, movements, days), NaN is silence."""
        grid = self.panel
        shape = (len(grid.patients), len(LEGS), len(TESTS), grid.days)
        scores = np.full(shape, np.nan)
        if len(self.test_days):
            row, place, column = self.cells(self.test_days)
            scores[row, place, self.test_days["test"], column] = self.test_days["power"]
        return scores

    def candidates(self, holds: Bools, rule: str, side: bool) -> Rows:  # noqa: FBT001
        """Return a row for each true cell of (patients, sides, days)."""
        row, place, column = np.nonzero(holds)
        sides = np.array(signals.SIDES, dtype=object)[place]
        sides = np.where(sides == signals.NO_LEG, "", sides)
        return Rows(
            {
                "patient": row,
                "rule": rule,
                "side": sides if side else "",
                "item": "",
                "day": self.day(column),
                "row": row,
                "place": place,
                "column": column,
            }
        )

    def day(self, column: Ints) -> Array:
        """Return the local days at places of the grid."""
        start = np.datetime64(self.panel.start, "s")
        return start + column.astype("timedelta64[D]")

    def cells(self, rows: Rows) -> tuple[Ints, Ints, Ints]:
        """Return the places on the grid of rows with patient, side and day."""
        place = rows["side"]
        if place.dtype.kind not in "iu":
            place = signals.places(place, signals.SIDES)
        return rows["patient"], place, self.panel.column(rows["day"])

    def marked(self, rows: Rows) -> Bools:
        """Return (patients, legs, days), true where a row stands."""
        marks = np.zeros((len(self.panel.patients), len(LEGS), self.panel.days), bool)
        if len(rows):
            marks[self.cells(rows)] = True
        return marks

    def marked_tests(self, rows: Rows) -> Bools:
        """Return (patients, legs, movements, days), true where a self-test stands."""
        shape = (len(self.panel.patients), len(LEGS), len(TESTS), self.panel.days)
        marks = np.zeros(shape, bool)
        row, place, column = self.cells(rows)
        marks[row, place, rows["test"], column] = True
        return marks

    def quiet_after_procedure(self) -> Bools:
        """Return (patients, days), true while the pain rules are off."""
        quiet = np.zeros((len(self.panel.patients), self.panel.days), bool)
        for event in self.procedures:
            mark(quiet, self.panel, event, days=thresholds.PAIN_QUIET_DAYS + 1)
        return quiet

    def saddle_answers(self) -> Bools:
        """Return (patients, days), true where a cauda equina item is new or worse."""
        checks = self.diary.red_flag_checks
        positive = [np.isin(checks[item], POSITIVE) for item in CAUDA_EQUINA_ITEMS]
        marks = np.zeros((len(self.panel.patients), self.panel.days), bool)
        rows = checks[np.any(positive, axis=0)]
        marks[rows["patient"], self.panel.column(rows["day"])] = True
        return marks


def since_accepted(
    evidence: Evidence, signal: str, found: Callable[[Evidence], Rows]
) -> Rows:
    """Return what a rule finds, from an accepted day on compared with that level.

    What is found for a leg from that day on is found as if its signal, pain or
    numbness, had been at that level until then.
    """
    rows = found(evidence)
    own = [each for each in evidence.accepted if each.signal == signal]
    for turn in turns(own):
        later = np.zeros(evidence.panel.quantities[signal].shape, bool)
        for each, column in evidence.on_grid(turn):
            later[each.patient, each.leg, column:] = True
        again = found(evidence.with_earlier(signal, turn))
        rows = joined([rows[~_within(later, rows)], again[_within(later, again)]])
    return rows


def _within(cells: Bools, rows: Rows) -> Bools:
    within: Bools = cells[rows["row"], rows["place"], rows["column"]]
    return within


def mark(flags: Bools, grid: Panel, event: Event, *, days: int) -> None:
    """Set the event's day and those after it on (patients, days), `days` in all."""
    if event.patient not in grid.patients:
        return
    row = grid.patients.index(event.patient)
    first = (event.on - grid.start).days
    flags[row, max(first, 0) : max(first + days, 0)] = True


def gather(diary: Diary, events: Sequence[Event], *, end: date) -> Evidence | None:
    """Return the evidence up to `end`, or None when nothing was ever recorded."""
    diary, patients = signals.numbered(diary)
    tests = signals.self_tests(diary)
    answered = signals.answers(diary, tests)
    grid = signals.panel(diary, answered, patients, end=end)
    if grid is None:
        return None
    accepted = accepted_of(events, patients)
    usual = baseline.usual_power(baseline.test_days(tests))
    return Evidence(
        diary=diary,
        answered=answered,
        tests=tests,
        untried=signals.untried(diary),
        test_days=rebased(usual, accepted),
        numb=signals.numb_regions(diary),
        panel=grid,
        procedures=tuple(procedures(events)),
        exams=tuple(event for event in events if event.kind == "exam"),
        accepted=accepted,
        baselines=_by_patient(event for event in events if event.kind == BASELINE),
    )


def _by_patient(events: Iterable[Event]) -> dict[str, tuple[Event, ...]]:
    found: dict[str, tuple[Event, ...]] = {}
    for event in events:
        found[event.patient] = (*found.get(event.patient, ()), event)
    return found
