"""From the bytes of RxDB's push to its rows; each is judged by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from tracker.domain.diary import ID_PATTERN
from tracker.domain.rxdb import ADDED
from tracker.domain.rxdb_conflict import Proposed
from tracker.services.sync.envelope import read_rows
from tracker.services.sync.records import Clean, Refused, read_record


class _Row(msgspec.Struct, rename="camel"):
    new_document_state: msgspec.Raw
    assumed_master_state: msgspec.Raw = msgspec.Raw(b"null")


_ID: Final = re.compile(ID_PATTERN)
_row_decoder = msgspec.json.Decoder(_Row)


@dataclass(frozen=True)
class Row:
    """One pushed row.

    `raw` is the new state as it came; `id` is empty when it has none that we could
    store. `new` is None when the state cannot be stored as it is.
    """

    raw: msgspec.Raw
    id: str
    new: Proposed | None
    assumed: Proposed | None
    is_deleted: bool


def open_rows(
    body: bytes, *, collection: str, fields: Iterable[str], gzipped: bool
) -> list[Row]:
    """Decode the body of a push.

    Raises:
        BodyTooLarge: more bytes or more rows than one push may hold.
        InvalidInput: the body is no JSON array.
    """
    raws = read_rows(body, gzipped=gzipped)
    # What a document leaves out of its own schema has no answer in it.
    blank = dict.fromkeys(set(fields) - {"id", "recorded_at", *ADDED})
    return [_read(collection, raw, blank) for raw in raws]


def _read(collection: str, raw: msgspec.Raw, blank: dict[str, None]) -> Row:
    try:
        row = _row_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # No row of RxDB's: it is judged as a record, and kept with what is wrong.
        row = _Row(raw)
    raw = row.new_document_state
    record = read_record(collection, raw)
    return Row(
        raw=raw,
        id=record.id if _ID.fullmatch(record.id) else "",
        new=_proposed(record, raw, blank),
        assumed=_assumed(collection, row.assumed_master_state, blank),
        is_deleted=_is_deleted(raw),
    )


def _assumed(
    collection: str, raw: msgspec.Raw, blank: dict[str, None]
) -> Proposed | None:
    if bytes(raw) == b"null":
        return None
    return _proposed(read_record(collection, raw), raw, blank)


def _proposed(
    record: Clean | Refused, raw: msgspec.Raw, blank: dict[str, None]
) -> Proposed | None:
    if isinstance(record, Refused):
        return None
    return Proposed(blank | record.values, _is_deleted(raw))


def _is_deleted(raw: msgspec.Raw) -> bool:
    if b"_deleted" not in bytes(raw):
        return False
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("_deleted") is True
