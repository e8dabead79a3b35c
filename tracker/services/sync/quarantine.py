"""What cannot be stored is kept as it came, and the phone is told which and why."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tracker.models import Quarantine
from tracker.services.sync.store import Writer


logger = logging.getLogger(__name__)

FOREIGN_ID: Final = {"id": ["This id is taken. Save the entry again under a new id."]}
UNKNOWN_COLLECTION: Final = {
    "record": ["This server does not take this collection from phones."]
}
NOT_STORABLE: Final = {"record": ["The clinic's database cannot hold this record."]}
NOT_A_LIST: Final = {"record": ["A collection must be a list of records."]}
_ID_LENGTH: Final = 64


@dataclass(frozen=True)
class Kept:
    """One record to quarantine: where it came from, why, and its raw JSON."""

    collection: str
    record_id: str
    reason: str
    errors: dict[str, list[str]]
    raw: bytes

    def as_outcome(self) -> dict[str, Any]:
        """Return what the phone is told."""
        return {
            "collection": self.collection,
            "id": self.record_id,
            "errors": self.errors,
        }


def keep(writer: Writer, refused: list[Kept]) -> None:
    """Write the refused records; the same one sent again is the same row."""
    if not refused:
        return
    Quarantine.objects.bulk_create(
        [row_of(writer, kept) for kept in refused], ignore_conflicts=True
    )
    foreign = sum(kept.reason == Quarantine.FOREIGN for kept in refused)
    if foreign:
        logger.warning(
            "push used ids of another patient",
            extra={"patient_id": writer.patient_id, "count": foreign},
        )


def readable_id(raw: msgspec.Raw) -> str:
    """Return the id of a raw record as far as there is one."""
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    found = document.get("id") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""


def row_of(writer: Writer, kept: Kept) -> Quarantine:
    """Return the row for one record, not yet stored."""
    # ASCII keeps NUL and broken UTF-8 visible, which a text column cannot hold.
    raw = kept.raw.decode("utf-8", "backslashreplace").replace("\0", "\\u0000")
    record_id = kept.record_id[:_ID_LENGTH].replace("\0", "")
    return Quarantine(
        patient_id=writer.patient_id,
        collection=kept.collection[:_ID_LENGTH].replace("\0", ""),
        record_id=record_id,
        reason=kept.reason,
        errors=kept.errors,
        raw=raw,
        content_hash=hashlib.sha256(kept.raw).hexdigest(),
        device_id=writer.device_id,
        received_at=writer.now,
    )
