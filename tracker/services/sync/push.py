"""The push half: every record is judged by itself, none holds back another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from django.db import DataError, IntegrityError, transaction

from tracker.domain.diary import COLLECTIONS
from tracker.domain.red_flags import RedFlag
from tracker.models import Quarantine
from tracker.selectors.sync import joined
from tracker.services.sync import devices, guidance, quarantine
from tracker.services.sync.envelope import check_count, records_in
from tracker.services.sync.quarantine import Kept
from tracker.services.sync.records import Clean, read_record
from tracker.services.sync.rows import Row
from tracker.services.sync.sealing import seal
from tracker.services.sync.store import Stored, Writer, store


@dataclass
class Pushed:
    """What became of a push."""

    stored: dict[str, Stored] = field(default_factory=dict)
    refused: list[Kept] = field(default_factory=list)
    red_flags: list[RedFlag] = field(default_factory=list)

    @property
    def changed_anything(self) -> bool:
        """Whether there is news for the analysis."""
        return any(stored.new or stored.updated for stored in self.stored.values())

    def outcomes(self) -> dict[str, int]:
        """Return how many records ended how."""
        every = self.stored.values()
        return {
            "new": sum(len(stored.new) for stored in every),
            "updated": sum(len(stored.updated) for stored in every),
            "identical": sum(len(stored.identical) for stored in every),
            "quarantined": len(self.refused),
        }

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield (collection, row) of each entry that was written, as it is now."""
        for name, stored in self.stored.items():
            for row in stored.rows.values():
                yield name, row

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield (collection, id) of each record that its dialect kept from writing."""
        for name, stored in self.stored.items():
            for record_id in stored.conflicts:
                yield name, record_id

    def quarantined(self) -> list[dict[str, Any]]:
        """Return the refused records with their reasons."""
        return [kept.as_outcome() for kept in self.refused]


# What every push that changed something leaves behind, in one statement with what it
# writes: the numbers it took, the phone it came from, and quarantined records that
# have come right.
_FINISH: Final = {
    "numbered": """
        UPDATE tracker_synccounter SET seq = %(seq)s::bigint, diary_seq = %(seq)s::bigint
         WHERE patient_id = %(patient_id)s
    """,
    "settled": """
        UPDATE tracker_quarantine AS kept
           SET resolved_at = %(now)s::timestamptz, resolution = 'A later version was stored.'
          FROM unnest(string_to_array(%(collections)s::text, ','),
                      string_to_array(%(ids)s::text, ',')) AS good(collection, id)
         WHERE kept.patient_id = %(patient_id)s AND kept.resolved_at IS NULL
           AND kept.collection = good.collection AND kept.record_id = good.id
    """,
}


def push(writer: Writer, changes: dict[str, msgspec.Raw], *, careful: bool) -> Pushed:
    """Judge, store or quarantine every record; the caller holds the counter.

    A sealed diary takes nothing in; its red flags are judged for the phone alone.
    With `careful`, each record is stored by itself, and what the database refuses is
    quarantined like what we refuse; else the database's error ends the push.
    """
    pushed = Pushed()
    batches = _batches(changes, pushed)
    pushed.red_flags = guidance.red_flags_in(writer.patient_id, batches, now=writer.now)
    if writer.is_sealed:  # advice for the patient, and nothing else
        pushed.refused = seal(writer, changes)
        devices.saw(writer, wrote=False)
        return pushed
    _store(writer, batches, pushed, careful=careful)
    quarantine.keep(writer, pushed.refused)
    # Before the alerts: they take numbers of their own from the same counter.
    _finish(writer, pushed)
    guidance.tell(writer.patient_id, pushed.red_flags, now=writer.now)
    return pushed


def _finish(writer: Writer, pushed: Pushed) -> None:
    if not pushed.changed_anything:
        devices.saw(writer, wrote=False)
        return
    written = [(name, row.id) for name, row in pushed.rows()]
    writer.waiting.write(
        {
            **devices.parameters(writer, wrote=True),
            "seq": writer.seq,
            "collections": joined([name for name, _ in written]),
            "ids": joined([record_id for _, record_id in written]),
        },
        _FINISH,
        devices.SAW,
    )


def _batches(
    changes: dict[str, msgspec.Raw], pushed: Pushed
) -> dict[str, list[msgspec.Raw]]:
    """Return the raw records by known collection; the rest goes to quarantine."""
    batches: dict[str, list[msgspec.Raw]] = {}
    for name, raw in changes.items():
        records = records_in(raw)
        if records is None:
            pushed.refused.append(
                Kept(name, "", Quarantine.INVALID, quarantine.NOT_A_LIST, bytes(raw))
            )
        elif name in COLLECTIONS:
            batches[name] = records
        else:
            pushed.refused += [_unknown(name, record) for record in records]
    check_count(batches.values())
    return batches


def _unknown(name: str, raw: msgspec.Raw) -> Kept:
    return Kept(
        name,
        quarantine.readable_id(raw),
        Quarantine.UNKNOWN,
        quarantine.UNKNOWN_COLLECTION,
        bytes(raw),
    )


def _store(
    writer: Writer,
    batches: dict[str, list[msgspec.Raw]],
    pushed: Pushed,
    *,
    careful: bool,
) -> None:
    clean: dict[str, list[Clean]] = {}
    for name in COLLECTIONS:
        for raw in batches.get(name, ()):
            record = read_record(name, raw)
            if isinstance(record, Clean):
                clean.setdefault(name, []).append(record)
            else:
                pushed.refused.append(
                    Kept(name, record.id, Quarantine.INVALID, record.errors, bytes(raw))
                )
    store_all = _store_singly if careful else store
    pushed.stored = store_all(writer, clean)
    for name, stored in pushed.stored.items():
        if stored.foreign or stored.unstorable:
            pushed.refused += _kept(name, clean[name], stored)


def _kept(name: str, records: list[Clean], stored: Stored) -> Iterator[Kept]:
    """Yield what was in order by itself, and could not be stored all the same."""
    raws = {record.id: bytes(record.raw) for record in records}
    for id_ in stored.foreign:
        yield Kept(name, id_, Quarantine.FOREIGN, quarantine.FOREIGN_ID, raws[id_])
    for id_ in stored.unstorable:
        yield Kept(name, id_, Quarantine.INVALID, quarantine.NOT_STORABLE, raws[id_])


def _store_singly(writer: Writer, batches: dict[str, list[Clean]]) -> dict[str, Stored]:
    every = {name: Stored() for name in batches}
    for name, records in batches.items():
        for record in records:
            try:
                with transaction.atomic():
                    stored = store(writer, {name: [record]})
                    writer.waiting.write(writer.stamp)
            except (DataError, IntegrityError):
                every[name].unstorable.append(record.id)
            else:
                every[name].add(stored[name])
    return every
