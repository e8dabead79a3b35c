"""The columns that the analysis reads: some for each collection of the diary.

Each collection has `patient` (str), `id` (str), `recorded_at` (UTC, `datetime64[us]`),
`local_day` (the patient's own day, `datetime64[s]`) and the fields of that collection
under their diary names. Numbers and booleans are float64 and lists are tuples.
Rows are in any order. A missing value (NaN, None) is silence, never zero. Withdrawn
entries are absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np

from analytics.domain.rows import Array, Rows, objects
from tracker.domain.diary import COLLECTIONS, Collection


Row = Mapping[str, Any]

KEYS: Final = ("patient", "id", "recorded_at", "local_day")
_NUMBERS: Final = frozenset({"int", "float", "bool"})
_LISTS: Final = frozenset({"choices", "texts"})


@dataclass(frozen=True)
class Diary:
    """The answers of one or many patients, columns for each collection."""

    pain_logs: Rows
    numbness_logs: Rows
    weakness_logs: Rows
    red_flag_checks: Rows
    day_logs: Rows

    def frames(self) -> dict[str, Rows]:
        """Return the rows by name of collection."""
        return {name: getattr(self, name) for name in COLLECTIONS}


def diary_of(rows: Mapping[str, Iterable[Row]]) -> Diary:
    """Return the diary made of rows (mappings), by collection; missing means none.

    A row holds `patient`, `id`, `recorded_at` (aware datetime or RFC 3339 text),
    optionally `local_day` (default: the date of `recorded_at` in its own offset),
    `withdrawn_at` and `revision` (the highest of one id wins), and the fields.
    """
    return Diary(
        **{
            name: _frame(collection, rows.get(name, ()))
            for name, collection in COLLECTIONS.items()
        }
    )


def until(diary: Diary, day: date) -> Diary:
    """Return what was recorded up to and including a local day."""
    last = np.datetime64(day)
    return Diary(
        **{
            name: frame[frame["local_day"] <= last]
            for name, frame in diary.frames().items()
        }
    )


def spans_of(diary: Diary) -> dict[str, tuple[date, date]]:
    """Return the first and the last local day of each patient."""
    known = diary.frames().values()
    names, patient = np.unique(
        np.concatenate([rows["patient"] for rows in known]).astype(str),
        return_inverse=True,
    )
    days = np.concatenate([rows["local_day"] for rows in known])
    order = np.lexsort([days, patient])
    days = days[order].astype("datetime64[D]").tolist()
    ends = np.searchsorted(patient[order], np.arange(len(names) + 1)).tolist()
    return {
        str(name): (days[ends[place]], days[ends[place + 1] - 1])
        for place, name in enumerate(names)
    }


def _frame(collection: Collection, rows: Iterable[Row]) -> Rows:
    names = collection.field_names
    columns: dict[str, list[Any]] = {name: [] for name in (*KEYS, *names)}
    for row in _latest(rows):
        instant, day = _when(row)
        columns["patient"].append(str(row["patient"]))
        columns["id"].append(str(row["id"]))
        columns["recorded_at"].append(instant)
        columns["local_day"].append(day)
        for name in names:
            columns[name].append(row.get(name))
    return Rows(
        {
            name: typed(values, _kind(collection, name))
            for name, values in columns.items()
        }
    )


def _latest(rows: Iterable[Row]) -> Iterable[Row]:
    """Yield the newest revision of each entry that was not withdrawn."""
    newest: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (str(row["patient"]), str(row["id"]))
        known = newest.get(key)
        if known is None or _revision(row) >= _revision(known):
            newest[key] = row
    return (row for row in newest.values() if row.get("withdrawn_at") is None)


def _revision(row: Row) -> int:
    return int(row.get("revision") or 0)


def _when(row: Row) -> tuple[datetime, date]:
    moment = row["recorded_at"]
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    day = row.get("local_day") or moment.date()
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return moment.astimezone(UTC), day


def _kind(collection: Collection, name: str) -> str:
    kinds: dict[str, str] = {field.name: field.kind for field in collection.fields}
    kinds |= {"recorded_at": "instant", "local_day": "date"}
    return kinds.get(name, "text")


def typed(values: list[Any], kind: str) -> Array:
    """Return the values of a diary field as a column, by the field's kind."""
    if kind in _NUMBERS:
        return np.array(values, dtype="float64")  # None becomes NaN
    if kind == "date":
        return np.array(values, dtype="datetime64[D]").astype("datetime64[s]")
    if kind == "instant":
        naive = [value.astimezone(UTC).replace(tzinfo=None) for value in values]
        return np.array(naive, dtype="datetime64[us]")
    if kind in _LISTS:
        return objects([None if value is None else tuple(value) for value in values])
    return np.array(values, dtype=object)
