"""What a phone has sent, decoded and judged record by record, before any database."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from tracker.domain.diary import COLLECTIONS
from tracker.models import Quarantine
from tracker.services.sync import quarantine
from tracker.services.sync.envelope import check_count, records_in
from tracker.services.sync.quarantine import Kept
from tracker.services.sync.records import Clean, read_records


@dataclass
class Incoming:
    """The records of a push: raw by known collection, clean ones, refused ones."""

    changes: dict[str, msgspec.Raw] = field(default_factory=dict)
    batches: dict[str, list[msgspec.Raw]] = field(default_factory=dict)
    clean: dict[str, list[Clean]] = field(default_factory=dict)
    refused: list[Kept] = field(default_factory=list)

    @property
    def has_parts(self) -> bool:
        """Whether a record can only change one that is held."""
        tests = self.clean.get("weakness_logs", ())
        return any(record.is_part for record in tests)


def read_changes(changes: dict[str, msgspec.Raw]) -> Incoming:
    """Decode and judge every record of a push.

    Raises BodyTooLarge for more records than a push may hold.
    """
    incoming = Incoming(changes)
    for name, raw in changes.items():
        records = records_in(raw)
        if records is None:
            incoming.refused.append(
                Kept(name, "", Quarantine.INVALID, quarantine.NOT_A_LIST, bytes(raw))
            )
        elif name in COLLECTIONS:
            incoming.batches[name] = records
        else:
            incoming.refused += [_unknown(name, record) for record in records]
    check_count(incoming.batches.values())
    for name in COLLECTIONS:
        if records := incoming.batches.get(name):
            _judge(name, records, incoming)
    return incoming


def _judge(name: str, raws: list[msgspec.Raw], incoming: Incoming) -> None:
    clean, refused = read_records(name, raws)
    if clean:
        incoming.clean[name] = clean
    incoming.refused += [
        Kept(name, record.id, Quarantine.INVALID, record.errors, bytes(raw))
        for record, raw in refused
    ]


def _unknown(name: str, raw: msgspec.Raw) -> Kept:
    return Kept(
        name,
        quarantine.readable_id(raw),
        Quarantine.UNKNOWN,
        quarantine.UNKNOWN_COLLECTION,
        bytes(raw),
    )
