"""Writes the records of one collection: a few statements for the whole batch.

The caller holds the patient's counter, so nobody else writes this diary meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from tracker.domain import merge
from tracker.selectors.sync import (
    CLIENT_FIELDS,
    TABLES,
    Held,
    documents,
    held,
    revisions,
    sent_times,
)
from tracker.services.sync.records import Clean, client_hash, violates_score_rule


#: A phone's clock may be this far ahead, after correction, before we doubt it.
MAX_AHEAD: Final = timedelta(hours=24)
#: A clock that says an earlier year was never set.
FIRST_CREDIBLE_YEAR: Final = 2000

#: Clock offsets are kept in whole milliseconds.
SAME_MOMENT: Final = timedelta(milliseconds=2)

_SERVER_COLUMNS: Final = (
    "recorded_offset_minutes",
    "local_day",
    "received_at",
    "revision",
    "seq",
    "device_id",
    "app_version",
    "clock_offset_ms",
    "clock_suspect",
    "client_hash",
)


#: (collection, record, what is held, its client-owned fields) -> whether the record
#: must not be written, because somebody else has changed what its device knew.
#: Asked only of records that differ from what is held. It may raise to end the push.
Conflicts = Callable[[str, Clean, Held, Mapping[str, Any]], bool]


@dataclass
class Writer:
    """Who writes, when, and the next change number to give out.

    Without `conflicts` two devices' edits are merged field by field; the dialects of
    clients that merge by themselves bring their own answer.
    """

    patient_id: UUID
    zone: ZoneInfo
    device_id: UUID | None
    app_version: str
    clock_offset: timedelta | None
    cursor_seq: int
    now: datetime
    seq: int
    conflicts: Conflicts | None = None
    is_sealed: bool = False

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """Return what every row of this push has in common."""
        return {
            "patient_id": self.patient_id,
            "received_at": self.now.isoformat(),
            "device_id": self.device_id,
            "app_version": self.app_version,
            "clock_offset_ms": milliseconds(self.clock_offset),
        }

    @property
    def sent_at(self) -> datetime | None:
        """Return when the phone sent this push by its own clock, if it said so."""
        return None if self.clock_offset is None else self.now + self.clock_offset

    def next_seq(self) -> int:
        """Give out the next change number."""
        self.seq += 1
        return self.seq


@dataclass
class Stored:
    """What became of the records of one collection, by id; `rows` as written.

    `conflicts` were not written: `Writer.conflicts` said so.
    """

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    identical: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unstorable: list[str] = field(default_factory=list)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, other: Stored) -> None:
        """Take over what became of another round."""
        self.new += other.new
        self.updated += other.updated
        self.identical += other.identical
        self.conflicts += other.conflicts
        self.foreign += other.foreign
        self.unstorable += other.unstorable
        self.rows |= other.rows


def store(writer: Writer, collection: str, records: list[Clean]) -> Stored:
    """Insert, update or recognise the records, in the order in which they came."""
    stored = Stored()
    for round_ in _rounds(records):
        stored.add(_store_round(writer, collection, round_))
    return stored


def _rounds(records: list[Clean]) -> list[list[Clean]]:
    """Split so that each id comes once a round; nearly always there is one round."""
    rounds: list[list[Clean]] = []
    occurrences: dict[str, int] = {}
    for record in records:
        nth = occurrences.get(record.id, 0)
        occurrences[record.id] = nth + 1
        if nth == len(rounds):
            rounds.append([])
        rounds[nth].append(record)
    return rounds


def _store_round(writer: Writer, collection: str, records: list[Clean]) -> Stored:
    known = held(collection, [record.id for record in records])
    foreign = {id_ for id_, row in known.items() if row.patient_id != writer.patient_id}
    fresh = [record for record in records if record.id not in known]
    own = [
        record for record in records if record.id in known and record.id not in foreign
    ]
    inserted = _insert(writer, collection, fresh)
    updated, conflicts = _update(writer, collection, own, known)
    return Stored(
        new=[record.id for record in fresh if record.id in inserted],
        updated=list(updated),
        rows=inserted | updated,
        identical=sorted({record.id for record in own} - {*updated, *conflicts}),
        conflicts=conflicts,
        # Not inserted: another patient's phone took the id a moment ago.
        foreign=[*foreign, *(r.id for r in fresh if r.id not in inserted)],
    )


def _insert(
    writer: Writer, collection: str, records: list[Clean]
) -> dict[str, dict[str, Any]]:
    """Insert the records; return the rows by id, without ids that were just taken."""
    if not records:
        return {}
    rows = []
    for record in records:
        document = {name: record.values.get(name) for name in CLIENT_FIELDS[collection]}
        rows.append(_row(writer, record.id, document, revision=1))
    # In the order of the ids, so that two patients who push the same ids at once
    # wait for each other instead of locking each other out.
    rows.sort(key=lambda row: row["id"])
    with connection.cursor() as cursor:
        cursor.execute(_INSERT[collection], [_json(rows)])
        inserted = {row[0] for row in cursor.fetchall()}
    return {row["id"]: row for row in rows if row["id"] in inserted}


def _update(
    writer: Writer, collection: str, records: list[Clean], known: dict[str, Held]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Merge the records into what is held; return the changed rows by id, conflicts."""
    changed = [
        record
        for record in records
        if not _is_replay(collection, record, known[record.id])
    ]
    if not changed:
        return {}, []
    current = documents(collection, [record.id for record in changed])
    conflicts = _conflicts(writer, collection, changed, known, current)
    changed = [record for record in changed if record.id not in conflicts]
    bases = _bases(writer, collection, changed, known, current)
    rows = []
    for record in changed:
        document = _merged(collection, record, bases[record.id], current[record.id])
        if document != current[record.id]:
            revision = known[record.id].revision + 1
            rows.append(_row(writer, record.id, document, revision=revision))
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE[collection], [_json(rows)])
    return {row["id"]: row for row in rows}, conflicts


def _conflicts(
    writer: Writer,
    collection: str,
    records: list[Clean],
    known: dict[str, Held],
    current: dict[str, dict[str, Any]],
) -> list[str]:
    """Return the ids that must not be written; a record that changes nothing may."""
    conflicts = writer.conflicts
    if conflicts is None:
        return []
    return [
        record.id
        for record in records
        if not record.values.items() <= current[record.id].items()
        and conflicts(collection, record, known[record.id], current[record.id])
    ]


def _is_replay(collection: str, record: Clean, row: Held) -> bool:
    """Return whether the record equals what is held, by its hash alone."""
    complete = len(record.values) == len(CLIENT_FIELDS[collection])
    return complete and client_hash(record.id, record.values) == row.client_hash


def _merged(
    collection: str,
    record: Clean,
    base: dict[str, Any] | None,
    current: dict[str, Any],
) -> dict[str, Any]:
    document = merge.merged(base=base, current=current, incoming=record.values)
    if collection == "weakness_logs" and violates_score_rule(document):
        # Each half was valid, the mixture is not: the later record wins whole.
        return merge.merged(base=None, current=current, incoming=record.values)
    return document


def _bases(
    writer: Writer,
    collection: str,
    records: list[Clean],
    known: dict[str, Held],
    current: dict[str, dict[str, Any]],
) -> dict[str, dict[str, Any] | None]:
    """Return for each record the last state of it that this device knew."""
    bases: dict[str, dict[str, Any] | None] = {}
    unsure = []
    for record in records:
        row = known[record.id]
        if _saw(writer, record, row.revision, row.seq):
            bases[record.id] = current[record.id]
        else:
            unsure.append(record)
    earlier = revisions(collection, [record.id for record in unsure]) if unsure else {}
    for record in unsure:
        row = known[record.id]
        latest = (row.revision, row.seq, row.device_id, current[record.id])
        states = [*reversed(earlier.get(record.id, [])), latest]
        bases[record.id] = (
            record.values
            if _came_before(writer, collection, record, states)
            else _known_state(writer, record, states)
        )
    return bases


def _came_before(
    writer: Writer,
    collection: str,
    record: Clean,
    states: list[tuple[int, int, UUID | None, dict[str, Any]]],
) -> bool:
    """Return whether this very push was taken in before its device wrote again.

    Then it comes late a second time and must not undo what the device wrote since.
    A person may also take an edit back whose answer was lost; that push has the
    content of an earlier one, but was sent at another time.
    """
    alike = [
        revision
        for revision, seq, device_id, document in states
        if _is_own(writer, device_id)
        and not _saw(writer, record, revision, seq)
        and record.values.items() <= document.items()
    ]
    if not alike:
        return False
    times = sent_times(collection, record.id, alike, before=writer.now)
    sent_at = writer.sent_at
    return any(
        time is None or sent_at is None or abs(time - sent_at) < SAME_MOMENT
        for time in times
    )


def _known_state(
    writer: Writer,
    record: Clean,
    states: list[tuple[int, int, UUID | None, dict[str, Any]]],
) -> dict[str, Any] | None:
    """Return what this device knew, from all states of the record, oldest first.

    The state it names or what is behind its cursor, and what it wrote itself since.
    """
    known: dict[str, Any] | None = None
    before: dict[str, Any] = {}
    for revision, seq, device_id, document in states:
        own = _is_own(writer, device_id)
        if _saw(writer, record, revision, seq):
            known = document
        elif own:
            known = merge.as_written(document, before=before, known=known)
        before = document
    return known


def _saw(writer: Writer, record: Clean, revision: int, seq: int) -> bool:
    if record.base_revision is not None:
        return revision == record.base_revision
    return seq <= writer.cursor_seq


def _is_own(writer: Writer, device_id: UUID | None) -> bool:
    return device_id is not None and device_id == writer.device_id


def _row(
    writer: Writer, record_id: str, document: dict[str, Any], *, revision: int
) -> dict[str, Any]:
    recorded_at = datetime.fromisoformat(document["recorded_at"])
    offset = recorded_at.utcoffset() or timedelta()
    suspect = _is_suspect(recorded_at, writer)
    day = writer.now.astimezone(writer.zone) if suspect else recorded_at
    return {
        **document,
        **writer.stamp,
        "id": record_id,
        "recorded_offset_minutes": int(offset.total_seconds() // 60),
        "local_day": day.date(),
        "revision": revision,
        "seq": writer.next_seq(),
        "clock_suspect": suspect,
        "client_hash": client_hash(record_id, document),
    }


def _is_suspect(recorded_at: datetime, writer: Writer) -> bool:
    ahead = recorded_at - writer.now  # a span cannot overflow as an instant can
    too_early = recorded_at.year < FIRST_CREDIBLE_YEAR
    return too_early or ahead > MAX_AHEAD + (writer.clock_offset or timedelta())


def milliseconds(offset: timedelta | None) -> int | None:
    """Return a clock offset as it is stored; None when it was not measured."""
    return None if offset is None else int(offset.total_seconds() * 1000)


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def _columns(collection: str) -> list[str]:
    return ["id", "patient_id", *CLIENT_FIELDS[collection], *_SERVER_COLUMNS]


def _insert_sql(collection: str) -> str:
    table, columns = TABLES[collection], ", ".join(_columns(collection))
    return f"""
        INSERT INTO {table} ({columns})
        SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)
        ON CONFLICT (id) DO NOTHING RETURNING id
    """  # noqa: S608 - the names are ours


def _update_sql(collection: str) -> str:
    table = TABLES[collection]
    pairs = ", ".join(f"{name} = news.{name}" for name in _columns(collection)[2:])
    return f"""
        UPDATE {table} SET {pairs}
          FROM json_populate_recordset(NULL::{table}, %s::json) AS news
         WHERE {table}.id = news.id
    """  # noqa: S608 - the names are ours


_INSERT: Final = {name: _insert_sql(name) for name in TABLES}
_UPDATE: Final = {name: _update_sql(name) for name in TABLES}
