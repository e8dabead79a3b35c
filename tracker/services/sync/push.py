"""The push half: every record is judged by itself, none holds back another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import DataError, IntegrityError, transaction

from tracker.domain.red_flags import RedFlag
from tracker.models import Quarantine
from tracker.selectors.sync import joined
from tracker.services.sync import devices, guidance, quarantine
from tracker.services.sync.incoming import Incoming
from tracker.services.sync.quarantine import Kept
from tracker.services.sync.records import NO_SCORE, Clean
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
# have come right. All of it only if nobody else took a number since the counter was
# read, and the diary has not been sealed: a push that does not hold the counter finds
# out here.
_FINISH: Final = {
    "numbered": """
        UPDATE tracker_synccounter SET seq = %(seq)s::bigint, diary_seq = %(seq)s::bigint
         WHERE patient_id = %(patient_id)s AND seq = %(read_seq)s::bigint
           AND NOT is_sealed
     RETURNING 1
    """,
    "settled": """
        UPDATE tracker_quarantine AS kept
           SET resolved_at = %(now)s::timestamptz, resolution = 'A later version was stored.'
          FROM unnest(string_to_array(%(collections)s::text, ','),
                      string_to_array(%(ids)s::text, ',')) AS good(collection, id)
         WHERE kept.patient_id = %(patient_id)s AND kept.resolved_at IS NULL
           AND kept.collection = good.collection AND kept.record_id = good.id
           AND EXISTS (SELECT FROM numbered)
    """,
    "saw": f"{devices.SAW_IF} AND EXISTS (SELECT FROM numbered) {devices.SAW_AGAIN}",
}


def push(writer: Writer, incoming: Incoming, *, careful: bool) -> Pushed:
    """Judge, store or quarantine every record; the caller holds the counter.

    A sealed diary takes nothing in; its red flags are judged for the phone alone.
    With `careful`, each record is stored by itself, and what the database refuses is
    quarantined like what we refuse; else the database's error ends the push.
    """
    pushed = Pushed(refused=list(incoming.refused))
    pushed.red_flags = guidance.red_flags_in(
        writer.patient_id,
        incoming.batches,
        now=writer.now,
        clock_shift=writer.clock_shift,
    )
    if writer.is_sealed:  # advice for the patient, and nothing else
        pushed.refused = seal(writer, incoming.changes)
        devices.saw(writer, wrote=False)
        return pushed
    _store(writer, incoming.clean, pushed, careful=careful)
    quarantine.keep(writer, pushed.refused)
    # Before the alerts: they take numbers of their own from the same counter.
    if not finish(writer, pushed):
        message = "the counter moved while it was held"
        raise RuntimeError(message)
    guidance.tell(writer.patient_id, pushed.red_flags, now=writer.now)
    return pushed


def finish(writer: Writer, pushed: Pushed) -> bool:
    """Write what waits; return False, having written nothing, if others were faster.

    That cannot happen to a caller who holds the counter.
    """
    if not pushed.changed_anything:
        devices.saw(writer, wrote=False)
        return True
    written = [(name, row.id) for name, row in pushed.rows()]
    return writer.waiting.finish(
        {
            **devices.parameters(writer, wrote=True),
            "seq": writer.seq,
            "read_seq": writer.read_seq,
            "collections": joined([name for name, _ in written]),
            "ids": joined([record_id for _, record_id in written]),
        },
        _FINISH,
    )


def _store(
    writer: Writer, clean: dict[str, list[Clean]], pushed: Pushed, *, careful: bool
) -> None:
    store_all = _store_singly if careful else store
    pushed.stored = store_all(writer, clean)
    for name, stored in pushed.stored.items():
        if stored.foreign or stored.unstorable or stored.parts:
            pushed.refused += _kept(name, clean[name], stored)


def _kept(name: str, records: list[Clean], stored: Stored) -> Iterator[Kept]:
    """Yield what was in order by itself, and could not be stored all the same."""
    raws = {record.id: bytes(record.raw) for record in records}
    for id_ in stored.foreign:
        yield Kept(name, id_, Quarantine.FOREIGN, quarantine.FOREIGN_ID, raws[id_])
    for id_ in stored.unstorable:
        yield Kept(name, id_, Quarantine.INVALID, quarantine.NOT_STORABLE, raws[id_])
    for record in records:
        if record.is_part and record.id in stored.parts:
            raw = bytes(record.raw)
            yield Kept(name, record.id, Quarantine.INVALID, NO_SCORE, raw)


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
