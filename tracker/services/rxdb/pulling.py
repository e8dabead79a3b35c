"""A pull of one collection: its changes after a checkpoint, as RxDB's documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from tracker.domain.notices import RESYNC, SEALED, Notice
from tracker.domain.rxdb import VERSIONS
from tracker.models import Patient
from tracker.selectors import sync as selectors
from tracker.services.rxdb import checkpoint
from tracker.services.sync.app_gate import refuse_to_serve
from tracker.services.sync.exchange import reading_place
from tracker.services.sync.readonly import readers
from tracker.services.voice import Voice


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One pull: whose, by which phone, and with which schema of the collection."""

    patient: Patient
    collection: str
    version: int
    device_id: UUID
    app_version: str


@dataclass(frozen=True)
class Found:
    """`body` is `{documents, checkpoint}` as JSON; `notices` are for people."""

    body: bytes
    notices: tuple[Notice, ...]


def pull(wish: Wish, query: Mapping[str, str], *, now: datetime) -> Found:
    """Return what changed, oldest change first.

    A page that is not full is the last one. An empty one returns the checkpoint that
    was sent.

    Raises:
        BatchTooLarge: the query wants more documents than one page holds.
        InvalidInput: a number in the query is none.
        AppTooOld: this version of the app may not sync any more.
    """
    patient, collection = wish.patient, wish.collection
    refuse_to_serve(wish.app_version, patient.language)
    voice = Voice(patient.language)
    asked = checkpoint.read(query, patient_id=patient.pk)
    with transaction.atomic():
        counter, after = reading_place(
            patient,
            asked.after,
            asked.generation,
            lock=False,
            now=now,
            device_id=wish.device_id,
        )
        if counter.is_sealed:  # nothing is given out, and the phone stays where it is
            held = asked.after, asked.generation or 0
            return Found(_page([], wish, *held), (voice.inform(SEALED),))
        rows = changes(
            patient, collection, after=after, through=counter.seq, limit=asked.limit
        )
    reaches = rows[-1][0] if rows else after
    notices = (voice.inform(RESYNC),) if after < asked.after else ()
    return Found(_page(rows, wish, reaches, counter.generation), notices)


def _page(
    rows: list[tuple[int, dict[str, Any]]], wish: Wish, reaches: int, generation: int
) -> bytes:
    place = checkpoint.make(reaches, generation, patient_id=wish.patient.pk)
    documents = [
        as_document(document, wish.collection, wish.version) for _, document in rows
    ]
    return msgspec.json.encode({"documents": documents, "checkpoint": place})


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
