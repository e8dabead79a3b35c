"""One line of a diary file to one record, or the reason why it cannot be used.

A line is a document of diary.md with two more keys, `patient` and `collection`. The
reasons name fields, never values: they may end up in a log.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from tracker.domain import raw_records
from tracker.domain.diary import COLLECTIONS, Field
from tracker.errors import InvalidInput


class BadLine(InvalidInput):
    """A line of a diary file is not a record."""

    code = "bad_line"
    title = "The line is not a diary record."


def record_of(line: bytes | str) -> dict[str, Any]:
    """Return the record that a line of JSON holds.

    Raises:
        BadLine: it is no JSON object, or `checked` refuses it.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("it is not JSON") from None
    if not isinstance(document, dict):
        raise BadLine("it is not a JSON object")
    return checked(document)


def checked(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record with `local_day`, its fields checked against the diary.

    A number sent as 7.0 is 7; fields that the diary does not know are left out.

    Raises:
        BadLine: patient, collection, id or time is missing, or a field is wrong.
    """
    collection = COLLECTIONS.get(str(document.get("collection")))
    if collection is None:
        raise BadLine("its collection is unknown")
    record = {"collection": collection.name, "withdrawn_at": None}
    for name in ("patient", "id"):
        if not isinstance(document.get(name), str) or not document[name]:
            raise BadLine(f"{name} must be a text")
        record[name] = document[name]
    record |= _times(document)
    for field in collection.fields:
        record[field.name] = _value(field, document.get(field.name))
    return record


def _times(document: Mapping[str, Any]) -> dict[str, Any]:
    moment = document.get("recorded_at")
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise BadLine("recorded_at is not a time") from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise BadLine("recorded_at must be a time with its offset")
    day, revision = document.get("local_day"), document.get("revision")
    if isinstance(revision, bool) or not isinstance(revision, int | None):
        raise BadLine("revision must be a whole number")
    return {
        "recorded_at": moment,
        "local_day": moment.date() if day is None else _day("local_day", day),
        "withdrawn_at": _withdrawal(document.get("withdrawn_at")),
        "revision": revision,
    }


def _withdrawal(value: Any) -> datetime | None:
    """Return when the entry was withdrawn: it silences a danger, so it is read strictly."""
    if _is_silent(value):
        return None
    moment = raw_records.instant(value, naive_as_utc=False)
    if moment is None:
        raise BadLine("withdrawn_at must be a time with its offset")
    return moment


def _is_silent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _value(field: Field, value: Any) -> Any:
    if _is_silent(value):
        return None
    return _READERS[field.kind](field, value)


def _number(field: Field, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadLine(f"{field.name} must be a number")
    if isinstance(value, float) and math.isinf(value):
        raise BadLine(f"{field.name} must be finite")
    if field.kind == "int" and value != int(value):
        raise BadLine(f"{field.name} must be a whole number")
    low = field.low if field.low is not None else value
    high = field.high if field.high is not None else value
    if not low <= value <= high:
        raise BadLine(f"{field.name} must be from {field.low} to {field.high}")
    return value


def _flag(field: Field, value: Any) -> bool:
    if value not in (True, False):
        raise BadLine(f"{field.name} must be true or false")
    return bool(value)


def _choice(field: Field, value: Any) -> str:
    if value not in field.choices:
        raise BadLine(f"{field.name} is not one of its choices")
    return str(value)


def _list(field: Field, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise BadLine(f"{field.name} must be a list")
    if field.choices and not set(map(str, value)) <= set(field.choices):
        raise BadLine(f"{field.name} holds something that is not one of its choices")
    return tuple(map(str, value))


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise BadLine(f"{field.name} must be a text")
    return value


def _date(field: Field, value: Any) -> date:
    return _day(field.name, value)


def _day(name: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadLine(f"{name} must be a date") from None


_READERS: Final[dict[str, Callable[[Field, Any], Any]]] = {
    "int": _number,
    "float": _number,
    "bool": _flag,
    "choice": _choice,
    "choices": _list,
    "texts": _list,
    "text": _text,
    "date": _date,
}
