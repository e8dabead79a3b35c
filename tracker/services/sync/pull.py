"""The pull half: what changed after a cursor, in the order of commit."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from tracker.domain.diary import COLLECTIONS
from tracker.selectors import sync as selectors
from tracker.selectors.sync import Counter
from tracker.services.sync.readonly import readers


@dataclass(frozen=True)
class Page:
    """Changes by collection as raw JSON, and how far they reach."""

    changes: dict[str, list[msgspec.Raw]]
    reaches: int
    has_more: bool


def page(patient_id: UUID, *, counter: Counter, after: int, limit: int) -> Page:
    """Return at most `limit` changes after the number `after`, oldest first."""
    rows = [
        (seq, name, msgspec.Raw(text.encode()))
        for seq, name, text in selectors.changes(
            patient_id, after=after, through=counter.seq, limit=limit + 1
        )
    ]
    if after < counter.clinic_seq:
        rows += _clinic_rows(patient_id, counter=counter, after=after, limit=limit + 1)
        rows.sort(key=lambda row: row[0])
    has_more = len(rows) > limit
    rows = rows[:limit]
    changes: dict[str, list[msgspec.Raw]] = {
        name: [] for name in (*COLLECTIONS, *readers())
    }
    for _, name, document in rows:
        changes[name].append(document)
    return Page(changes, rows[-1][0] if has_more else counter.seq, has_more)


def _clinic_rows(
    patient_id: UUID, *, counter: Counter, after: int, limit: int
) -> list[tuple[int, str, msgspec.Raw]]:
    return [
        (seq, name, msgspec.Raw(msgspec.json.encode(document)))
        for name, read in readers().items()
        for seq, document in read(patient_id, after, counter.seq, limit)
    ]
