"""The flat tables of WatermelonDB: their columns, and each record there and back.

A column holds a text, a number, a boolean or null. So a list travels as its JSON, an
instant as milliseconds since 1970, and the offset of `recorded_at`, which fixes the
patient's day, in a column of its own. Everything comes from the one table of fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final, Literal

from tracker.domain.diary import COLLECTIONS, Field


ColumnType = Literal["string", "number", "boolean"]
Encoding = Literal["as it is", "list", "instant", "offset"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
#: No clock on earth is further from UTC. Unit: minutes.
MAX_OFFSET_MINUTES: Final = 14 * 60


@dataclass(frozen=True)
class Column:
    """One column: its type for WatermelonDB, and how our value becomes it.

    `written` columns are the phone's; the others the server fills, and what a phone
    writes there is not looked at. Every column is optional: null is not answered.
    """

    name: str
    type: ColumnType
    encoding: Encoding = "as it is"
    written: bool = True


_NUMBERS: Final = ("int", "float")


def _column(field: Field) -> Column:
    if field.kind in ("choices", "texts"):
        return Column(field.name, "string", "list")
    if field.kind in _NUMBERS:
        return Column(field.name, "number")
    return Column(field.name, "boolean" if field.kind == "bool" else "string")


_PATIENT: Final = Column("patient_id", "string")
_FIRST: Final = (
    _PATIENT,
    Column("recorded_at", "number", "instant"),
    Column("recorded_offset_minutes", "number", "offset"),
    Column("note", "string"),
    Column("withdrawn_at", "number", "instant"),
)
_LAST: Final = (
    Column("received_at", "number", "instant", written=False),
    Column("revision", "number", written=False),
    Column("clock_suspect", "boolean", written=False),
)
_READ_PATIENT: Final = Column("patient_id", "string", written=False)


def _read(name: str, type_: ColumnType, encoding: Encoding = "as it is") -> Column:
    return Column(name, type_, encoding, written=False)


#: Tables that phones fill, and then those that they only read.
TABLES: Final[dict[str, tuple[Column, ...]]] = {
    name: (*_FIRST, *map(_column, collection.fields), *_LAST)
    for name, collection in COLLECTIONS.items()
} | {
    "alerts": (
        _READ_PATIENT,
        _read("tier", "string"),
        _read("category", "string"),
        _read("title", "string"),
        _read("text", "string"),
        _read("opened_at", "number", "instant"),
        _read("state", "string"),
        _read("examine_by", "number", "instant"),
        _read("patient_acknowledged_at", "number", "instant"),
        _read("replaced_by", "string"),
    ),
    "treatments": (
        _READ_PATIENT,
        _read("kind", "string"),
        _read("started_on", "string"),
        _read("ended_on", "string"),
    ),
    "messages": (
        _READ_PATIENT,
        _read("sent_at", "number", "instant"),
        _read("text", "string"),
    ),
}

#: What a text column without `isOptional` holds when nothing was answered.
_BLANK_IS_NULL: Final = frozenset(
    field.name
    for collection in COLLECTIONS.values()
    for field in collection.fields
    if field.kind in ("choice", "choices", "texts", "date")
)


def flat(table: str, document: Mapping[str, Any], *, patient_id: str) -> dict[str, Any]:
    """Return a record of the native protocol as a row of WatermelonDB."""
    row = {"id": document["id"], "patient_id": patient_id}
    for column in TABLES[table][1:]:
        row[column.name] = _out(column, document)
    return row


def _out(column: Column, document: Mapping[str, Any]) -> Any:
    if column.encoding == "offset":
        offset = datetime.fromisoformat(document["recorded_at"]).utcoffset()
        return int((offset or timedelta()).total_seconds() // 60)
    value = document.get(column.name)
    if value is None:
        return None
    if column.encoding == "instant":
        return milliseconds(value)
    if column.encoding == "list":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def milliseconds(instant: str) -> int:
    """Return an RFC 3339 instant in milliseconds since 1970, rounded down."""
    return (datetime.fromisoformat(instant) - EPOCH) // MILLISECOND


def document(
    table: str, row: Mapping[str, Any], *, zone: tzinfo, held: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return a row of WatermelonDB as a record of the native protocol.

    What cannot be translated is handed on as it came, so that the core refuses it with
    its reason. `zone` gives the offset to a phone that has no column for it. `held` has
    the instants of the record that the server holds, if any: milliseconds say less
    than those, and must not seem to change them.
    """
    made = {
        name: value
        for name, value in row.items()
        if name not in ("_status", "_changed", "revision", "recorded_offset_minutes")
    }
    for name in _BLANK_IS_NULL & made.keys():
        made[name] = None if made[name] == "" else made[name]
    for column in TABLES[table]:
        if column.encoding == "list" and column.name in made:
            made[column.name] = _listed(made[column.name])
    made["recorded_at"] = _recorded_at(row, zone, held.get("recorded_at"))
    if "withdrawn_at" in row:
        made["withdrawn_at"] = _withdrawn_at(row, held.get("withdrawn_at"))
    return made


def _listed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _recorded_at(row: Mapping[str, Any], zone: tzinfo, held: str | None) -> Any:
    value, offset = row.get("recorded_at"), _offset(row)
    instant = _instant(value)
    if instant is None:
        return value
    if held is not None and milliseconds(held) == milliseconds(instant.isoformat()):
        known = datetime.fromisoformat(held)
        if offset is None or known.utcoffset() == offset.utcoffset(None):
            return held
    try:
        return instant.astimezone(offset or zone).isoformat()
    except (OverflowError, ValueError):
        return value


def _withdrawn_at(row: Mapping[str, Any], held: str | None) -> Any:
    value = row["withdrawn_at"]
    instant = _instant(value)
    if instant is None:
        return value
    if value == 0:  # a column without isOptional says 0 for null
        return None
    if held is not None and milliseconds(held) == milliseconds(instant.isoformat()):
        return held
    return instant.isoformat()


def _instant(value: Any) -> datetime | None:
    """Return the instant of a number of milliseconds; None when it is no such number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return EPOCH + timedelta(milliseconds=int(value))
    except (OverflowError, ValueError):
        return None


def _offset(row: Mapping[str, Any]) -> timezone | None:
    value = row.get("recorded_offset_minutes")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not -MAX_OFFSET_MINUTES <= value <= MAX_OFFSET_MINUTES:
        return None
    return timezone(timedelta(minutes=int(value)))
