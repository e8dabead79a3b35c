"""The push half: every record is judged by itself, none holds back another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from django.db import connection

from tracker.domain.diary import COLLECTIONS
from tracker.domain.red_flags import RedFlag
from tracker.models import Quarantine
from tracker.services.sync import guidance, quarantine
from tracker.services.sync.envelope import check_count, records_in
from tracker.services.sync.quarantine import Kept
from tracker.services.sync.records import Clean, read_record
from tracker.services.sync.store import Stored, Writer, store


@dataclass
class Pushed:
    """What became of a push."""

    stored: Stored = field(default_factory=Stored)
    refused: list[Kept] = field(default_factory=list)
    red_flags: list[RedFlag] = field(default_factory=list)

    @property
    def changed_anything(self) -> bool:
        """Whether there is news for the analysis."""
        return bool(self.stored.new or self.stored.updated)

    def outcomes(self) -> dict[str, int]:
        """Return how many records ended how."""
        return {
            "new": len(self.stored.new),
            "updated": len(self.stored.updated),
            "identical": len(self.stored.identical),
            "quarantined": len(self.refused),
        }

    def quarantined(self) -> list[dict[str, Any]]:
        """Return the refused records with their reasons."""
        return [kept.as_outcome() for kept in self.refused]


_NUMBERS: Final = """
    UPDATE tracker_synccounter SET seq = %(seq)s, diary_seq = %(seq)s
     WHERE patient_id = %(patient)s
"""


def push(writer: Writer, changes: dict[str, msgspec.Raw]) -> Pushed:
    """Judge, store or quarantine every record; the caller holds the counter."""
    pushed = Pushed()
    batches = _batches(changes, pushed)
    pushed.red_flags = guidance.red_flags_in(writer.patient_id, batches, now=writer.now)
    for name in COLLECTIONS:
        if batches.get(name):
            _push_collection(writer, name, batches[name], pushed)
    quarantine.keep(writer, pushed.refused)
    # Before the alerts: they take numbers of their own from the same counter.
    _write_numbers(writer, pushed)
    guidance.tell(writer.patient_id, pushed.red_flags, now=writer.now)
    return pushed


def _write_numbers(writer: Writer, pushed: Pushed) -> None:
    if pushed.changed_anything:
        with connection.cursor() as cursor:
            cursor.execute(_NUMBERS, {"seq": writer.seq, "patient": writer.patient_id})


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


def _push_collection(
    writer: Writer, name: str, raws: list[msgspec.Raw], pushed: Pushed
) -> None:
    clean: list[Clean] = []
    raw_by_id: dict[str, bytes] = {}
    for raw in raws:
        record = read_record(name, raw)
        if isinstance(record, Clean):
            clean.append(record)
            raw_by_id[record.id] = raw
        else:
            pushed.refused.append(
                Kept(name, record.id, Quarantine.INVALID, record.errors, bytes(raw))
            )
    stored = store(writer, name, clean)
    pushed.stored.add(stored)
    pushed.refused += [
        Kept(
            name, id_, Quarantine.FOREIGN, quarantine.FOREIGN_ID, bytes(raw_by_id[id_])
        )
        for id_ in stored.foreign
    ]
    if stored.new or stored.updated:
        quarantine.settle(writer, name, [*stored.new, *stored.updated])
