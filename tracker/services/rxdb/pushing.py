"""A push of one collection: rows in, and the master state of those in conflict out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from tracker.domain.notices import SEALED, Notice
from tracker.domain.rxdb import VERSIONS
from tracker.domain.rxdb_conflict import Proposed, State, Verdict, judge, same
from tracker.models import Patient
from tracker.selectors import sync as selectors
from tracker.selectors.sync import Held
from tracker.services.rxdb.pulling import as_document
from tracker.services.rxdb.rows import Row, open_rows
from tracker.services.sync import guidance
from tracker.services.sync.app_gate import refuse_old_app
from tracker.services.sync.envelope import Envelope
from tracker.services.sync.exchange import Request, take_in
from tracker.services.sync.records import Clean
from tracker.services.voice import Voice


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One push: whose, from which phone, and with which schema of the collection."""

    patient: Patient
    collection: str
    version: int
    device_id: UUID
    app_version: str
    sent_at: datetime | None
    recorded_by: int


@dataclass(frozen=True)
class Answer:
    """`body` is the JSON array of conflicts; `guidance` is to be shown at once."""

    body: bytes
    guidance: list[dict[str, Any]]
    notices: tuple[Notice, ...] = ()


def push(batch: Batch, body: bytes, *, gzipped: bool, now: datetime) -> Answer:
    """Store what may be stored; answer with the master state of the rows that were not.

    Sending twice is safe. A row that can never be stored is quarantined and is no
    conflict: RxDB would send it for ever.

    Raises:
        BodyTooLarge: more bytes or rows than one push may hold.
        InvalidInput: the body is no JSON array.
        AppTooOld: this version of the app may not sync any more.
    """
    fields = VERSIONS[batch.version][batch.collection]
    rows = open_rows(body, collection=batch.collection, fields=fields, gzipped=gzipped)
    refuse_old_app(
        batch.patient,
        {batch.collection: _raw([row.raw for row in rows])},
        app_version=batch.app_version,
        device_id=batch.device_id,
        now=now,
        sent_at=batch.sent_at,
    )
    with transaction.atomic():
        counter = selectors.counter(batch.patient.pk, lock=True)
        records = _records(rows, batch, now=now)
        envelope = Envelope(
            changes={batch.collection: _raw(records)},
            device=batch.device_id,
            sent_at=batch.sent_at,
        )
        judge = _Conflicts(rows, batch)
        pushed = take_in(_request(batch, envelope, counter.seq, judge, now=now))
        ids = {record_id for _, record_id in pushed.conflicts()}
        masters = selectors.entries(batch.collection, ids) if ids else []
    documents = [
        as_document(master, batch.collection, batch.version) for master in masters
    ]
    return Answer(
        msgspec.json.encode(documents),
        guidance.as_guidance(pushed.red_flags),
        (Voice(batch.patient.language).inform(SEALED),) if counter.is_sealed else (),
    )


def records_of(
    collection: str, body: bytes, *, gzipped: bool
) -> dict[str, list[msgspec.Raw]]:
    """Return the raw records of a push; raises as `push` does."""
    rows = open_rows(body, collection=collection, fields=(), gzipped=gzipped)
    return {collection: [row.raw for row in rows]}


def _request(
    batch: Batch, envelope: Envelope, seq: int, judge: _Conflicts, *, now: datetime
) -> Request:
    """Return the push as the native core takes it.

    A row that is written replaces what is held, whole: its phone counts as one that
    knows everything up to `seq`, because what it did not know makes a conflict.
    """
    return Request(
        batch.patient,
        envelope,
        batch.app_version,
        seq,
        now,
        judge,
        recorded_by=batch.recorded_by,
    )


def _raw(records: list[msgspec.Raw]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(records))


def _records(rows: list[Row], batch: Batch, *, now: datetime) -> list[msgspec.Raw]:
    """Return the rows as the core reads records, without those that ask for nothing."""
    own = _own(batch, {row.id for row in rows if row.is_deleted and row.id})
    records = []
    for row in rows:
        held = own.get(row.id)
        if row.is_deleted and held is not None:
            records.append(_as_record(row.id, _withdrawn(row, held, now=now)))
        elif row.is_deleted and row.assumed is None:
            continue  # never known, and already taken back: there is nothing to store
        elif row.new is None:
            records.append(row.raw)
        elif row.is_deleted:  # a phone that knew it meets a server that has lost it
            records.append(_as_record(row.id, _withdrawn(row, {}, now=now)))
        else:
            records.append(_as_record(row.id, row.new.values))
    return records


def _own(batch: Batch, ids: set[str]) -> dict[str, dict[str, Any]]:
    """Return what is held of these entries of the patient, by id."""
    held = selectors.held(batch.collection, ids) if ids else {}
    own = [
        record_id
        for record_id, row in held.items()
        if row.patient_id == batch.patient.pk
    ]
    return selectors.documents(batch.collection, own) if own else {}


def _withdrawn(
    row: Row, held: Mapping[str, Any], *, now: datetime
) -> Mapping[str, Any]:
    """Return a deleted document as withdrawn; of one with only an id, what is held."""
    values = held if row.new is None else row.new.values
    at = values.get("withdrawn_at") or held.get("withdrawn_at") or now
    return {**values, "withdrawn_at": at}


def _as_record(record_id: str, values: Mapping[str, Any]) -> msgspec.Raw:
    # Without the revision in it, which is that of the last pull and not of the last
    # push: what the phone assumes is in the row.
    return msgspec.Raw(msgspec.json.encode({**values, "id": record_id}))


class _Conflicts:
    """The core's question, answered by RxDB's rules; earlier states are read once."""

    def __init__(self, rows: Iterable[Row], batch: Batch) -> None:
        self._assumed = {row.id: row.assumed for row in rows}
        self._batch = batch
        self._earlier: dict[str, list[State]] | None = None

    def __call__(
        self, collection: str, record: Clean, held: Held, current: Mapping[str, Any]
    ) -> bool:
        """Return whether the record must not replace what is held."""
        assumed = self._assumed.get(record.id)
        if assumed is not None and same(assumed, current):
            return False  # as nearly always; else it is asked what happened meanwhile
        earlier = self._states_before(record.id) if held.revision > 1 else []
        states = [*earlier, State(current, is_own=self._is_own(held.device_id))]
        new = Proposed(record.values, is_deleted=False)
        return judge(new, assumed, states) is Verdict.CONFLICT

    def _states_before(self, record_id: str) -> list[State]:
        if self._earlier is None:
            found = selectors.revisions(self._batch.collection, set(self._assumed))
            self._earlier = {
                each: [
                    State(values, is_own=self._is_own(device))
                    for _, _, device, values in reversed(states)
                ]
                for each, states in found.items()
            }
        return self._earlier.get(record_id, [])

    def _is_own(self, device_id: UUID | None) -> bool:
        return device_id == self._batch.device_id
