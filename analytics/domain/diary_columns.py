"""Many lines of a diary file to the columns of the analysis, by a compiled decoder.

A line that the compiled decoder does not take as it is goes through `diary_lines`,
which knows what is still good (7.0 is 7) and says why something is not.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np

from analytics.domain.diary_lines import BadLine, record_of
from analytics.domain.records import Diary, typed
from analytics.domain.rows import Array, Rows
from tracker.domain.diary import COLLECTIONS, Collection, Field


#: What is wrong with a line: its place among the lines given, and the reason.
Bad = tuple[int, str]

#: Why a record of a mistyped year is not used.
FAR_AWAY: Final = "its day is years away from the rest of the file; check the year"

_PLAIN: Final[dict[str, Any]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "text": str,
    "texts": tuple[str, ...],
    "date": date,
}
_UNDECODABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _type_of(field: Field) -> Any:
    if field.kind in ("int", "float"):
        limits = msgspec.Meta(ge=field.low, le=field.high)
        return Annotated[_PLAIN[field.kind], limits]
    if field.kind == "choice":
        return Literal.__getitem__(field.choices)
    if field.kind == "choices":
        return types.GenericAlias(tuple, (Literal.__getitem__(field.choices), ...))
    return _PLAIN[field.kind]


def _struct(collection: Collection) -> type[msgspec.Struct]:
    name = Annotated[str, msgspec.Meta(min_length=1)]
    return msgspec.defstruct(
        collection.name,
        [
            ("patient", name),
            ("id", name),
            ("recorded_at", Annotated[datetime, msgspec.Meta(tz=True)]),
            ("local_day", date | None, None),
            ("withdrawn_at", Annotated[datetime, msgspec.Meta(tz=True)] | None, None),
            ("revision", int | None, None),
            *(
                (field.name, _type_of(field) | None, None)
                for field in collection.fields
            ),
        ],
        tag_field="collection",
        tag=collection.name,
        gc=False,
    )


_STRUCTS: Final = {name: _struct(each) for name, each in COLLECTIONS.items()}
_DECODER: Final = msgspec.json.Decoder(reduce(or_, _STRUCTS.values()))


def diary_of_lines(
    lines: bytes, first: date = date.min, last: date = date.max
) -> tuple[Diary, list[Bad]]:
    """Return the diary that lines of JSON hold, and which of them are no records.

    Of one id the highest revision wins, of equal ones the last; what was withdrawn
    is left out, and what is not of the days from `first` to `last` is bad.
    """
    bad: list[Bad] = []
    records: list[tuple[int, Any]]
    try:
        records = list(enumerate(_DECODER.decode_lines(lines)))
    except _UNDECODABLE:
        records = list(_one_by_one(lines, bad))
    kept = []
    for place, record in records:
        if first <= (record.local_day or record.recorded_at.date()) <= last:
            kept.append(record)
        else:
            bad.append((place, FAR_AWAY))
    return _diary(kept), bad


def _one_by_one(lines: bytes, bad: list[Bad]) -> Iterator[tuple[int, Any]]:
    for place, line in enumerate(lines.splitlines()):
        try:
            yield place, _DECODER.decode(line)
        except _UNDECODABLE:
            try:
                record = record_of(line)
            except BadLine as reason:
                bad.append((place, reason.detail))
            else:
                yield place, _STRUCTS[record.pop("collection")](**record)


def _diary(records: Sequence[Any]) -> Diary:
    rows: dict[str, list[Any]] = {name: [] for name in COLLECTIONS}
    for record in records:
        rows[type(record).__name__].append(record)
    return Diary(**{name: _frame(COLLECTIONS[name], own) for name, own in rows.items()})


def _frame(collection: Collection, rows: list[Any]) -> Rows:
    rows = _latest(rows)
    days = [row.local_day or row.recorded_at for row in rows]
    columns: dict[str, Any] = {
        "patient": typed([row.patient for row in rows], "text"),
        "id": typed([row.id for row in rows], "text"),
        "recorded_at": _instants([row.recorded_at for row in rows]),
        "local_day": _days(days),
    }
    for field in collection.fields:
        values = [getattr(row, field.name) for row in rows]
        columns[field.name] = typed(values, field.kind)
    return Rows(columns)


def _latest(rows: list[Any]) -> list[Any]:
    """Return the newest revision of each entry that was not withdrawn."""
    if len({(row.patient, row.id) for row in rows}) < len(rows):
        newest: dict[tuple[str, str], Any] = {}
        for row in rows:
            known = newest.get((row.patient, row.id))
            if known is None or (row.revision or 0) >= (known.revision or 0):
                newest[row.patient, row.id] = row
        rows = list(newest.values())
    return [row for row in rows if row.withdrawn_at is None]


def _instants(moments: list[datetime]) -> Array:
    seconds = np.array([moment.timestamp() for moment in moments], dtype="float64")
    microseconds = np.rint(seconds * 1e6).astype("int64")
    return microseconds.view("datetime64[us]")


def _days(days: list[date]) -> Array:
    first = date(1970, 1, 1).toordinal()
    ordinals = np.array([day.toordinal() for day in days], dtype="int64") - first
    return ordinals.astype("datetime64[D]").astype("datetime64[s]")
