"""The pull of WatermelonDB: everything new in one answer, as flat rows by table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction

from tracker.domain import watermelon
from tracker.domain.cursor import position
from tracker.domain.notices import RESYNC, SEALED, Notice
from tracker.errors import NotAPatient
from tracker.models import User
from tracker.selectors import sync as selectors
from tracker.selectors.access import SyncedPatient
from tracker.services.sync.app_gate import refuse_to_serve
from tracker.services.sync.exchange import reading_place
from tracker.services.sync.pull import page
from tracker.services.sync.watermelon.place import (
    Place,
    Sender,
    language_of,
    make_number,
    read_place,
)
from tracker.services.voice import Voice


#: Where every diary begins. The client takes no 0 for an answer.
FIRST_CHANGE: Final = 1
#: The client knows no pages: it takes what there is.
EVERYTHING: Final = 2**31

Changes = dict[str, dict[str, list[Any]]]


@dataclass
class Found:
    """What a pull has found for a phone: rows by table and list, and words for people."""

    device: UUID | None
    changes: Changes = field(
        default_factory=lambda: {
            table: {"created": [], "updated": [], "deleted": []}
            for table in watermelon.TABLES
        }
    )
    notices: set[Notice] = field(default_factory=set)


def pull(
    *,
    user: User,
    accesses: list[SyncedPatient],
    sender: Sender,
    migration: str,
    now: datetime,
) -> bytes:
    """Return `changes`, `timestamp` and `notices` as JSON, from one moment.

    Rows are always `updated`, never `created`; `deleted` are only the rows of a patient
    whom the account may not see any more. All tables are there, with all three lists.

    Raises:
        NotAPatient: there is no diary that this account may sync, nor ever was.
        AppTooOld: this version of the app may not sync any more.
    """
    refuse_to_serve(sender.app_version, language_of(accesses))
    own = next((each.patient.pk for each in accesses if each.own), None)
    found = Found(sender.device)
    tables = migrated_tables(migration)
    with transaction.atomic():
        before = read_place(user, own, sender.last_pulled_at)
        if not accesses and not before.seqs:
            raise NotAPatient
        seqs = {}
        # In the order of the ids, so that two such pulls never wait for each other.
        for access in sorted(accesses, key=lambda each: each.patient.pk):
            seqs[access.patient.pk] = _read(access, before, tables, found, now=now)
        seqs |= _leave(before, set(seqs), found.changes)
        timestamp = make_number(user, accesses, before, seqs, now=now)
    return msgspec.json.encode(
        {
            "changes": found.changes,
            "timestamp": timestamp,
            "notices": [asdict(notice) for notice in found.notices],
        }
    )


def migrated_tables(migration: str) -> set[str]:
    """Return the tables that an app with a new schema needs whole.

    What cannot be understood means all of them: more than was asked for does no harm.
    """
    if migration in ("", "null", "undefined"):
        return set()
    try:
        wanted = msgspec.json.decode(migration, type=_Migration)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return set(watermelon.TABLES)
    named = {*wanted.tables, *(each.table for each in wanted.columns)}
    return named & watermelon.TABLES.keys()


class _NewColumns(msgspec.Struct):
    table: str


class _Migration(msgspec.Struct):
    tables: list[str] = []
    columns: list[_NewColumns] = []


def _read(
    access: SyncedPatient,
    before: Place,
    tables: set[str],
    found: Found,
    *,
    now: datetime,
) -> int:
    """Add what is new in one diary; return the place that this reaches.

    A sealed diary has no news: the phone stays where it is.
    """
    patient = access.patient
    voice = Voice(patient.language)
    # The lock holds back whoever would change this diary between two statements.
    known, generation = before.of(patient.pk)
    counter, after = reading_place(
        patient, known, generation, lock=True, now=now, device_id=found.device
    )
    if counter.is_sealed:
        found.notices.add(voice.inform(SEALED))
        return position(max(known, FIRST_CHANGE), generation)
    if after < known:
        found.notices.add(voice.inform(RESYNC))
    news = page(patient.pk, counter=counter, after=after, limit=EVERYTHING).changes
    if tables and after:
        everything = page(patient.pk, counter=counter, after=0, limit=EVERYTHING)
        news |= {table: everything.changes[table] for table in tables}
    for table, documents in news.items():
        if table in found.changes:
            found.changes[table]["updated"] += _rows(table, documents, patient.pk)
    return position(counter.seq, counter.generation)


def _rows(
    table: str, documents: list[msgspec.Raw], patient_id: UUID
) -> Iterator[dict[str, Any]]:
    owner = str(patient_id)
    for document in documents:
        yield watermelon.flat(table, msgspec.json.decode(document), patient_id=owner)


def _leave(before: Place, staying: set[UUID], changes: Changes) -> dict[UUID, int]:
    """Take the patients off the phone whom the account may not see any more.

    A row that is `deleted` takes its unsent edits with it, without a word. So at the
    first pull nothing happens: the push that follows it brings those to us. At the
    second the rows go.
    """
    leaving = {}
    for patient_id, seq in before.seqs.items():
        if patient_id in staying:
            continue
        if seq:
            leaving[patient_id] = 0
        else:
            _delete_all(patient_id, changes)
    return leaving


def _delete_all(patient_id: UUID, changes: Changes) -> None:
    counter = selectors.counter(patient_id, lock=False)
    news = page(patient_id, counter=counter, after=0, limit=EVERYTHING)
    for table, documents in news.changes.items():
        if table in changes:
            changes[table]["deleted"] += [
                msgspec.json.decode(each)["id"] for each in documents
            ]
