"""A patient's diary and record as tables, to take away: every entry, nothing rounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from analytics.models import Flag
from dashboard.selectors.diary import MODELS
from tracker.domain import diary
from tracker.models import Entry, ExamFinding, Patient, Treatment


#: What every entry carries beside its answers.
ABOUT: Final = ("id", "local_day", "recorded_at", "received_at", "withdrawn_at", "note")

Cell = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its name, the head of its columns, and its rows."""

    name: str
    head: tuple[str, ...]
    rows: Iterator[list[Cell]]


def tables(patient: Patient) -> list[Table]:
    """Return all tables, the oldest row of each first; an empty cell is silence.

    `recorded_at` stands on the patient's own clock as the phone sent it; withdrawn
    entries are there and say so. Rows are read as they are consumed.
    """
    return [
        *(
            Table(
                name=collection,
                head=(*ABOUT, *diary.COLLECTIONS[collection].field_names),
                rows=_entries(model, patient, diary.COLLECTIONS[collection]),
            )
            for collection, model in MODELS.items()
        ),
        Table(name="flags", head=_FLAG, rows=_flags(patient)),
        Table(name="treatments", head=_TREATMENT, rows=_treatments(patient)),
        Table(name="exam_findings", head=_FINDING, rows=_findings(patient)),
    ]


_FLAG: Final = ("raised_on", "onset_on", "rule", "tier", "side", "explanation")
_TREATMENT: Final = ("started_on", "ended_on", "kind", "note")
_FINDING: Final = ("examined_on", "kind", "location", "side", "grade")


def _entries(
    model: type[Entry], patient: Patient, collection: diary.Collection
) -> Iterator[list[Cell]]:
    mine = model._default_manager.filter(patient=patient)
    for entry in mine.order_by("local_day", "recorded_at", "pk").iterator():
        about = [_cell(getattr(entry, name)) for name in ABOUT]
        about[ABOUT.index("recorded_at")] = _own_clock(entry)
        answers = (getattr(entry, name) for name in collection.field_names)
        yield [*about, *(_cell(answer) for answer in answers)]


def _own_clock(entry: Entry) -> str:
    offset = timedelta(minutes=entry.recorded_offset_minutes)
    return f"{(entry.recorded_at.astimezone(UTC) + offset):%Y-%m-%dT%H:%M:%S}"


def _flags(patient: Patient) -> Iterator[list[Cell]]:
    flags = Flag.objects.filter(patient=patient).order_by("raised_at")
    yield from _rows(flags.values_list(*_FLAG))


def _treatments(patient: Patient) -> Iterator[list[Cell]]:
    given = Treatment.objects.filter(patient=patient).order_by("started_on")
    yield from _rows(given.values_list(*_TREATMENT))


def _findings(patient: Patient) -> Iterator[list[Cell]]:
    found = ExamFinding.objects.filter(exam__episode__patient=patient)
    order = ("exam__examined_on", "kind", "location", "side")
    yield from _rows(
        found.order_by(*order).values_list("exam__examined_on", *_FINDING[1:])
    )


def _rows(found: Any) -> Iterator[list[Cell]]:
    for row in found.iterator():
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Cell:
    """Return a value as a cell holds it: lists joined, times in ISO 8601 and UTC."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return "; ".join(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return str(value)
