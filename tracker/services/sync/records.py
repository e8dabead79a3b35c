"""One raw record in; a clean record, or the reasons why it cannot be stored, out.

The fast path is a compiled decoder. Only a record that it refuses is looked at
field by field: what can be repaired without changing its meaning is repaired, and
for the rest each field gets its own reason in plain words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta

from tracker.domain.diary import (
    COLLECTIONS,
    ID_PATTERN,
    LIST_MAX_ITEMS,
    NOTE_MAX_LENGTH,
    TEXT_MAX_LENGTH,
    Collection,
    Field,
)


#: A date outside these years cannot be of a diary; at the edges of the calendar an
#: offset from UTC leads out of it.
EARLIEST_YEAR: Final = 1900
LATEST_YEAR: Final = 9998
#: No clock on earth is further from UTC than 14 hours; PostgreSQL refuses 16.
MAX_OFFSET: Final = timedelta(hours=15)

#: What a phone is told of a self-test with neither a score nor a reason for none.
NO_SCORE: Final = {"not_done_reason": ["Required when there is no score."]}

_Id = Annotated[str, Meta(pattern=rf"^{ID_PATTERN}\Z")]
_Instant = Annotated[datetime, Meta(tz=True)]
_Note = Annotated[str, Meta(max_length=NOTE_MAX_LENGTH)]


@dataclass
class Clean:
    """A record that can be stored.

    `canonical` is the whole record as `canonical` writes it, and `hash` its hash.
    `base_revision` is the revision that the phone had when it edited, if it said so.
    `is_part` says that it can only change a record that is held: by itself it would
    have neither a score nor a reason for none.
    """

    id: str
    collection: str
    raw: msgspec.Raw
    canonical: bytes
    hash: int
    recorded_at: datetime
    base_revision: int | None
    is_part: bool = False

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return the client-owned fields that the phone sent, by name.

        As canonical JSON values: `recorded_at` keeps the phone's offset, `withdrawn_at`
        is in UTC. Only an edit needs them, and most records are new or sent again.
        """
        sent = names_in(self.raw)
        document = msgspec.json.decode(self.canonical)
        del document["id"]
        return {name: document[name] for name in document if name in sent}


@dataclass(frozen=True)
class Refused:
    """A record that cannot be stored: its id as far as known, and why, by field."""

    id: str
    errors: dict[str, list[str]]


def field_type(field: Field) -> Any:
    """Return the msgspec type of one clinical field, without null."""
    if field.kind == "choice":
        return Literal[field.choices]
    if field.kind == "choices":
        items: Any = Literal[field.choices]
        return Annotated[list[items], Meta(max_length=LIST_MAX_ITEMS)]
    if field.kind == "texts":
        text = Annotated[str, Meta(max_length=TEXT_MAX_LENGTH)]
        return Annotated[list[text], Meta(max_length=LIST_MAX_ITEMS)]
    if field.kind in ("int", "float"):
        number = int if field.kind == "int" else float
        return Annotated[number, Meta(ge=field.low, le=field.high)]
    return {"bool": bool, "date": date, "text": str}[field.kind]


def _types(collection: Collection) -> dict[str, Any]:
    return {
        "id": _Id,
        "recorded_at": _Instant,
        "note": _Note,
        "withdrawn_at": _Instant,
        "revision": Any,  # what the phone last had; a wrong one is no fault
    } | {field.name: field_type(field) for field in collection.fields}


def _struct(collection: Collection) -> type[msgspec.Struct]:
    """Return a class whose JSON is the canonical record, once it is made canonical.

    Its fields are sorted, because the canonical JSON is; unanswered ones are null.
    """
    types = _types(collection)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name in sorted(types):
        if name in ("id", "recorded_at"):
            fields.append((name, types[name]))
        elif name == "revision":  # not part of the record, and left out of its JSON
            fields.append((name, types[name], UNSET))
        else:
            fields.append((name, types[name] | None, None))
    return msgspec.defstruct(collection.name, fields, kw_only=True)


def _named(kind: str) -> dict[str, list[str]]:
    """Return the fields of one kind, by collection."""
    return {
        name: [field.name for field in each.fields if field.kind == kind]
        for name, each in COLLECTIONS.items()
    }


_TYPES: Final = {name: _types(each) for name, each in COLLECTIONS.items()}
_STRUCTS: Final = {name: _struct(each) for name, each in COLLECTIONS.items()}
_DECODERS: Final = {
    name: msgspec.json.Decoder(struct) for name, struct in _STRUCTS.items()
}
_CHOICES: Final = _named("choices")
_TEXTS: Final = _named("texts")
_FLOATS: Final = _named("float")
_DATES: Final = {
    name: ["recorded_at", "withdrawn_at", *days]
    for name, days in _named("date").items()
}
_encoder: Final = msgspec.json.Encoder(order="sorted")


def read_record(collection: str, raw: msgspec.Raw) -> Clean | Refused:
    """Decode and judge one record of a known collection."""
    try:
        record: Any = _DECODERS[collection].decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_field_by_field(collection, raw)
    return _finished(collection, record, raw)


def read_records(
    collection: str, raws: list[msgspec.Raw]
) -> tuple[list[Clean], list[tuple[Refused, msgspec.Raw]]]:
    """Decode and judge the records of a collection; return clean and refused ones."""
    clean, refused = [], []
    for raw in raws:
        record = read_record(collection, raw)
        if isinstance(record, Clean):
            clean.append(record)
        else:
            refused.append((record, raw))
    return clean, refused


def _finished(collection: str, record: Any, raw: msgspec.Raw) -> Clean | Refused:
    """Make what was decoded canonical and check what spans several fields."""
    if record.note:
        record.note = record.note.replace("\0", "")
    _mend_values(collection, record)
    errors = _date_errors(collection, record)
    is_part = collection == "weakness_logs" and (
        record.score is None and record.not_done_reason is None
    )
    if is_part and {"score", "not_done_reason"} <= names_in(raw):
        errors |= NO_SCORE
    if errors:
        return Refused(record.id, errors)
    recorded_at = record.recorded_at
    base_revision = _positive(record.revision)
    record.revision = UNSET
    record.recorded_at = recorded_at.isoformat()
    if record.withdrawn_at:
        record.withdrawn_at = record.withdrawn_at.astimezone(UTC).isoformat()
    text = msgspec.json.encode(record)
    return Clean(
        record.id,
        collection,
        raw,
        text,
        hash_of(text),
        recorded_at,
        base_revision,
        is_part,
    )


def _mend_values(collection: str, record: Any) -> None:
    """Take out what stands twice, and NUL from free words, in place; write 82.0 as 82."""
    for name in _CHOICES[collection]:
        items = getattr(record, name)
        if items and len(items) > 1:
            setattr(record, name, list(dict.fromkeys(items)))
    for name in _TEXTS[collection]:
        items = getattr(record, name)
        if items:
            plain = (item.replace("\0", "") for item in items)
            setattr(record, name, list(dict.fromkeys(plain)))
    for name in _FLOATS[collection]:
        number = getattr(record, name)
        if number is not None and number.is_integer():
            setattr(record, name, int(number))


def _positive(revision: object) -> int | None:
    return revision if isinstance(revision, int) and revision > 0 else None


def _date_errors(collection: str, record: Any) -> dict[str, list[str]]:
    errors = {}
    for name in _DATES[collection]:
        value = getattr(record, name)
        if value and not EARLIEST_YEAR < value.year < LATEST_YEAR:
            errors[name] = [
                f"Must be a date between {EARLIEST_YEAR} and {LATEST_YEAR}."
            ]
    offset = record.recorded_at.utcoffset()
    if not -MAX_OFFSET <= offset <= MAX_OFFSET:
        errors["recorded_at"] = ["The offset from UTC must be within 15 hours."]
    return errors


def names_in(raw: msgspec.Raw) -> set[str]:
    """Return the names of the fields that a record carries, known or not."""
    return set(msgspec.json.decode(bytes(raw).decode("utf-8", "replace")))


def violates_score_rule(values: dict[str, Any]) -> bool:
    """Return whether a self-test has neither a score nor a reason for none."""
    return values.get("score") is None and values.get("not_done_reason") is None


def _read_field_by_field(collection: str, raw: msgspec.Raw) -> Clean | Refused:
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refused("", {"record": ["This is not valid JSON."]})
    if not isinstance(document, dict):
        return Refused("", {"record": ["A record must be a JSON object."]})
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, kind in _TYPES[collection].items():
        if name not in document and name not in ("id", "recorded_at"):
            continue
        required = name in ("id", "recorded_at")
        try:
            values[name] = _read_value(document.get(name), kind, required=required)
        except msgspec.ValidationError as error:
            errors[name] = [_plain(str(error))]
    if errors:
        record_id = document.get("id")
        return Refused(record_id if isinstance(record_id, str) else "", errors)
    return _finished(collection, _STRUCTS[collection](**values), raw)


def _read_value(value: Any, kind: Any, *, required: bool) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 7.0 is 7
    if isinstance(value, list):
        value = _without_repeats(value)
    wanted = kind if required else kind | None
    return msgspec.convert(value, wanted, strict=True)


def _without_repeats(items: list[Any]) -> list[Any]:
    """Return a list of texts without repeats; any other list as it is."""
    if all(isinstance(item, str) for item in items):
        return list(dict.fromkeys(items))
    return items


def _plain(message: str) -> str:
    """Return msgspec's message without its path, and without any value."""
    text = message.split(" - at ")[0]
    return "Not one of the allowed values." if "enum value" in text else f"{text}."


def canonical(record_id: str, document: dict[str, Any]) -> bytes:
    """Return the canonical JSON of a record: what its hash is taken over.

    It holds the id and every client-owned field of the collection (null when
    unanswered), with sorted keys and no white space, so that a phone can compute the
    same from what the server gave it. A number without a fraction has none in JSON
    either: 82, not 82.0, as JavaScript writes it.
    """
    plain = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in document.items()
    }
    return _encoder.encode(plain | {"id": record_id})


def hash_of(text: bytes) -> int:
    """Return the first 8 bytes of SHA-256 over a canonical record, signed."""
    return int.from_bytes(sha256(text).digest()[:8], "big", signed=True)
