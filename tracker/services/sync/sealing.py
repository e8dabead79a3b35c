"""Consent withdrawn: what phones send is kept sealed and unread, in the order it came.

Consent given again: `services.unsealing` pushes it, once. Until then no table that a
clinic or the analysis reads holds any of it.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from tracker.models import Quarantine
from tracker.services.sync.envelope import records_in
from tracker.services.sync.quarantine import Kept, readable_id, row_of
from tracker.services.sync.store import Writer, milliseconds


#: What is said of each record.
TOLD: Final = {
    "record": [
        "You have withdrawn your consent. This is kept sealed until you agree again."
    ]
}


def seal(writer: Writer, changes: dict[str, msgspec.Raw]) -> list[Kept]:
    """Keep all records of a push unread; return what the phone is told of each.

    A push sent again adds nothing, nor does one that came in before the diary was
    sealed. An entry that was edited, and edited back, leaves all three states, so that
    the last one wins when they come in.
    """
    records = [
        Kept(name, readable_id(record), Quarantine.SEALED, TOLD, bytes(record))
        for name, raw in changes.items()
        for record in _records(raw)
    ]
    if _says_when(writer) and writer.came_before:
        return records
    newest = _newest(writer, records)
    rows = []
    for kept in records:
        row = row_of(writer, kept)
        row.sent_with = sent_with(writer)
        key = _key(row)
        before = newest.get(key)
        if before and before.raw == row.raw:
            continue
        chain = f"{before.content_hash if before else 'sealed'} {row.raw}"
        row.content_hash = hashlib.sha256(chain.encode()).hexdigest()
        newest[key] = row
        rows.append(row)
    Quarantine.objects.bulk_create(rows)
    return records


def sent_with(writer: Writer) -> dict[str, Any]:
    """Return what decides later how a sealed record comes in, beside its content.

    What its phone knew, how far its clock was off, its app, whose account it was, and
    the hash by which the push is known again.
    """
    return {
        "cursor_seq": writer.cursor_seq,
        "clock_offset_ms": milliseconds(writer.clock_offset),
        "clock_shift_ms": milliseconds(writer.clock_shift),
        "app_version": writer.app_version,
        "recorded_by": writer.recorded_by,
        "push": writer.push if _says_when(writer) else None,
    }


def _says_when(writer: Writer) -> bool:
    """Whether the phone says when it sent this.

    Only then a push sent again can be told from an edit that goes back to what it was:
    the phone gets no cursor meanwhile that would tell them apart.
    """
    return writer.clock_offset is not None


def _records(raw: msgspec.Raw) -> list[msgspec.Raw]:
    records = records_in(raw)
    return [raw] if records is None else records


def _newest(writer: Writer, records: list[Kept]) -> dict[tuple[str, str], Quarantine]:
    """Return the newest sealed state of each of these records."""
    rows = Quarantine.objects.filter(
        patient=writer.patient_id,
        reason=Quarantine.SEALED,
        record_id__in={kept.record_id for kept in records},
    ).order_by("pk")
    return {_key(row): row for row in rows}


def _key(row: Quarantine) -> tuple[str, str]:
    """Return what tells one entry from another; without an id it is the content."""
    return row.collection, row.record_id or f"without id: {row.raw}"
