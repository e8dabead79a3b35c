"""Decides what becomes of records: a few statements for the whole batch, whatever its collections.

The caller holds the patient's counter, so nobody else writes this diary meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from tracker.domain import merge
from tracker.domain.raw_records import EARLIEST_RECORD
from tracker.selectors.sync import Held, documents, known, revisions, was_pushed
from tracker.services.sync.records import (
    Clean,
    canonical,
    hash_of,
    violates_score_rule,
)
from tracker.services.sync.rows import Row, Waiting


#: A phone's clock may be this far ahead, after correction, before we doubt it.
MAX_AHEAD: Final = timedelta(hours=24)

#: (collection, record, what is held, its client-owned fields) -> whether the record
#: must not be written, because somebody else has changed what its device knew.
#: Asked only of records that differ from what is held. It may raise to end the push.
Conflicts = Callable[[str, Clean, Held, Mapping[str, Any]], bool]


@dataclass
class Writer:
    """Who writes, when, and the next change number to give out.

    Without `conflicts` two devices' edits are merged field by field; the dialects of
    clients that merge by themselves bring their own answer. `recorded_by` is the
    account of whoever sends; None when the server itself lets something in. `push` is
    the hash by which a push is known again. `clock_shift` is by how much the times of
    the records are moved back.
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
    recorded_by: int | None = None
    push: int | None = None
    clock_shift: timedelta = timedelta()
    waiting: Waiting = field(default_factory=Waiting)
    read_seq: int = field(init=False)

    def __post_init__(self) -> None:
        """Remember the number that the counter had when it was read."""
        self.read_seq = self.seq

    @cached_property
    def latest(self) -> datetime:
        """Return the instant after which a record's clock is not believed."""
        return self.now + MAX_AHEAD + (self.clock_offset or timedelta())

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """Return what every row of this push has in common."""
        return {
            "patient_id": self.patient_id,
            "received_at": self.now.isoformat(),
            "device_id": self.device_id,
            "recorded_by_id": self.recorded_by,
            "app_version": self.app_version,
            "clock_offset_ms": milliseconds(self.clock_offset),
            "clock_shift": self.clock_shift,
        }

    @cached_property
    def came_before(self) -> bool:
        """Whether this very push has been taken in before, and is late a second time.

        It must not undo what its device has written since. A person may also take an
        edit back whose answer was lost; that push was sent at another time.
        """
        return (
            self.device_id is not None
            and self.push is not None
            and was_pushed(self.patient_id, self.device_id, self.push)
        )

    def next_seq(self) -> int:
        """Give out the next change number."""
        self.seq += 1
        return self.seq


@dataclass
class Stored:
    """What became of the records of one collection, by id; `rows` as written.

    `conflicts` were not written: `Writer.conflicts` said so. Neither were `parts`:
    records that lack what is required, and so does what is held under their id.
    """

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    identical: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unstorable: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)

    def add(self, other: Stored) -> None:
        """Take over what became of another round."""
        self.new += other.new
        self.updated += other.updated
        self.identical += other.identical
        self.conflicts += other.conflicts
        self.foreign += other.foreign
        self.unstorable += other.unstorable
        self.parts += other.parts
        self.rows |= other.rows


def store(writer: Writer, batches: dict[str, list[Clean]]) -> dict[str, Stored]:
    """Insert, update or recognise records by collection, in the order they came in.

    What is to be written waits in the writer for the statement that ends the push.
    """
    stored = {name: Stored() for name in batches}
    for number, round_ in enumerate(rounds_of(batches)):
        if number:
            writer.waiting.write(
                writer.stamp
            )  # this round's ids are among those written before
        for name, outcome in _store_round(writer, round_).items():
            stored[name].add(outcome)
    return stored


def rounds_of(batches: dict[str, list[Clean]]) -> list[dict[str, list[Clean]]]:
    """Split so that each id comes once a round; nearly always there is one round."""
    if all(len({r.id for r in batch}) == len(batch) for batch in batches.values()):
        return [batches]
    rounds: list[dict[str, list[Clean]]] = []
    for name, records in batches.items():
        occurrences: dict[str, int] = {}
        for record in records:
            nth = occurrences.get(record.id, 0)
            occurrences[record.id] = nth + 1
            if nth == len(rounds):
                rounds.append({})
            rounds[nth].setdefault(name, []).append(record)
    return rounds


def _store_round(writer: Writer, batches: dict[str, list[Clean]]) -> dict[str, Stored]:
    found = known(
        writer.patient_id,
        {
            name: [(record.id, record.hash) for record in records]
            for name, records in batches.items()
        },
    )
    return {
        name: store_collection(writer, name, records, found[name])
        for name, records in batches.items()
    }


def store_collection(
    writer: Writer, collection: str, records: list[Clean], found: dict[str, Held | None]
) -> Stored:
    """Sort the records of one round; `found` is None for what is held and equal."""
    foreign = {
        id_ for id_, row in found.items() if row and row.patient_id != writer.patient_id
    }
    fresh = [record for record in records if record.id not in found]
    inserted = _insert(writer, [record for record in fresh if not record.is_part])
    own = {id_: row for id_, row in found.items() if row and id_ not in foreign}
    differing = [r for r in records if r.id in own]
    updated, conflicts, parts = _update(writer, collection, differing, own)
    parts |= {record.id for record in fresh if record.is_part}
    writer.waiting.add(collection, "insert", inserted)
    writer.waiting.add(collection, "update", updated)
    return Stored(
        new=[row.id for row in inserted],
        updated=[row.id for row in updated],
        rows={row.id: row for row in (*inserted, *updated)},
        identical=sorted(
            found.keys() - foreign - conflicts - parts - {row.id for row in updated}
        ),
        conflicts=sorted(conflicts),
        parts=sorted(parts),
        foreign=sorted(foreign),
    )


def _insert(writer: Writer, records: list[Clean]) -> list[Row]:
    rows = [
        _row(
            writer,
            record.id,
            record.canonical,
            record.hash,
            record.recorded_at,
            revision=1,
        )
        for record in records
    ]
    # In the order of the ids, so that two patients who push the same ids at once
    # wait for each other instead of locking each other out.
    rows.sort(key=attrgetter("id"))
    return rows


def _update(
    writer: Writer, collection: str, records: list[Clean], found: dict[str, Held]
) -> tuple[list[Row], set[str], set[str]]:
    """Merge records that differ into what is held.

    Return the rows to write, the ids of conflicts, and of parts that remain so.
    """
    if not records:
        return [], set(), set()
    current = documents(collection, [record.id for record in records])
    conflicts = _conflicts(writer, collection, records, found, current)
    records = [record for record in records if record.id not in conflicts]
    bases = _bases(writer, collection, records, found, current)
    rows, parts = [], set()
    for record in records:
        document = _merged(collection, record, bases[record.id], current[record.id])
        if record.is_part and violates_score_rule(document):
            parts.add(record.id)
        elif document != current[record.id]:
            text = canonical(record.id, document)
            at = datetime.fromisoformat(str(document["recorded_at"]))
            revision = found[record.id].revision + 1
            rows.append(
                _row(writer, record.id, text, hash_of(text), at, revision=revision)
            )
    return rows, conflicts, parts


def _conflicts(
    writer: Writer,
    collection: str,
    records: list[Clean],
    found: dict[str, Held],
    current: dict[str, dict[str, Any]],
) -> set[str]:
    """Return the ids that must not be written; a record that changes nothing may."""
    conflicts = writer.conflicts
    if conflicts is None:
        return set()
    return {
        record.id
        for record in records
        if not record.values.items() <= current[record.id].items()
        and conflicts(collection, record, found[record.id], current[record.id])
    }


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
    found: dict[str, Held],
    current: dict[str, dict[str, Any]],
) -> dict[str, dict[str, Any] | None]:
    """Return for each record the last state of it that this device knew."""
    bases: dict[str, dict[str, Any] | None] = {}
    unsure = []
    for record in records:
        row = found[record.id]
        if _saw(writer, record, row.revision, row.seq):
            bases[record.id] = current[record.id]
        else:
            unsure.append(record)
    if unsure and writer.came_before:
        return bases | {record.id: record.values for record in unsure}
    earlier = revisions(collection, [record.id for record in unsure]) if unsure else {}
    for record in unsure:
        row = found[record.id]
        latest = (row.revision, row.seq, row.device_id, current[record.id])
        states = [*reversed(earlier.get(record.id, [])), latest]
        bases[record.id] = _known_state(writer, record, states)
    return bases


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
    writer: Writer,
    record_id: str,
    text: bytes,
    hash_: int,
    recorded_at: datetime,
    *,
    revision: int,
) -> Row:
    offset = recorded_at.utcoffset() or timedelta()
    suspect = _is_suspect(recorded_at, writer)
    day = (
        writer.now.astimezone(writer.zone)
        if suspect
        else recorded_at - writer.clock_shift
    )
    return Row(
        id=record_id,
        canonical=text,
        hash=hash_,
        seq=writer.next_seq(),
        revision=revision,
        local_day=day.date().isoformat(),
        offset_minutes=offset.days * 24 * 60 + offset.seconds // 60,
        clock_suspect=suspect,
    )


def _is_suspect(recorded_at: datetime, writer: Writer) -> bool:
    return not EARLIEST_RECORD + writer.clock_shift <= recorded_at <= writer.latest


def milliseconds(offset: timedelta | None) -> int | None:
    """Return a clock offset as it is stored; None when it was not measured."""
    return None if offset is None else int(offset.total_seconds() * 1000)
