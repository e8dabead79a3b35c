"""A pull of one collection: its changes after a checkpoint, as RxDB's documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from tracker.domain.rxdb import VERSIONS
from tracker.models import Patient
from tracker.selectors import sync as selectors
from tracker.services.rxdb import checkpoint
from tracker.services.sync.exchange import counter_and_place
from tracker.services.sync.readonly import readers


def pull(
    *,
    patient: Patient,
    collection: str,
    version: int,
    query: Mapping[str, str],
    now: datetime,
) -> bytes:
    """Return `{documents, checkpoint}` as JSON: what changed, oldest change first.

    A page that is not full is the last one. An empty one returns the checkpoint that
    was sent.

    Raises:
        BatchTooLarge: the query wants more documents than one page holds.
        InvalidInput: a number in the query is none.
    """
    asked = checkpoint.read(query, patient_id=patient.pk)
    with transaction.atomic():
        counter, after = counter_and_place(patient, asked.after, lock=False, now=now)
        # While the consent is withdrawn, nothing of the diary is given out.
        through = after if counter.is_sealed else counter.seq
        rows = changes(
            patient, collection, after=after, through=through, limit=asked.limit
        )
    reaches = rows[-1][0] if rows else after
    return msgspec.json.encode(
        {
            "documents": [
                as_document(document, collection, version) for _, document in rows
            ],
            "checkpoint": checkpoint.make(reaches, patient_id=patient.pk),
        }
    )


def changes(
    patient: Patient, collection: str, *, after: int, through: int, limit: int
) -> list[tuple[int, dict[str, Any]]]:
    """Return (seq, record) of one collection's changes in (after, through]."""
    if read := readers().get(collection):
        return read(patient.pk, after, through, limit)
    return [
        (seq, msgspec.json.decode(text))
        for seq, text in selectors.changes_of(
            collection, patient.pk, after=after, through=through, limit=limit
        )
    ]


def as_document(
    record: Mapping[str, Any], collection: str, version: int
) -> dict[str, Any]:
    """Return the document of a record: exactly the fields of the app's schema.

    What the patient took back is deleted to RxDB; nothing else ever is.
    """
    fields: Iterable[str] = VERSIONS[version][collection]
    document = {name: record.get(name) for name in fields}
    return document | {"_deleted": record.get("withdrawn_at") is not None}
