"""The pull half: what changed after a cursor, in the order of commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec

from tracker.domain import notices
from tracker.domain.diary import COLLECTIONS
from tracker.domain.notices import Notice
from tracker.selectors import sync as selectors
from tracker.selectors.sync import Counter
from tracker.services.sync.readonly import readers
from tracker.services.sync.rows import Row


@dataclass(frozen=True)
class Page:
    """Changes by collection, each ready for JSON, and how far they reach."""

    changes: dict[str, list[Any]]
    reaches: int
    has_more: bool
    generation: int = 0
    notices: tuple[Notice, ...] = ()


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
    return _page(rows, counter=counter, limit=limit)


def nothing_after(after: int, *, counter: Counter) -> Page:
    """Return the page of a sealed diary: the phone stays where it is."""
    changes: dict[str, list[Any]] = {name: [] for name in (*COLLECTIONS, *readers())}
    return Page(changes, after, False, counter.generation, (notices.SEALED,))  # noqa: FBT003


def own_page(
    rows: Iterable[tuple[str, Row]], *, counter: Counter, now: datetime, limit: int
) -> Page:
    """Return the page of a phone that knew everything before it pushed `rows`.

    Then nothing else can be new to it, and the database need not be asked.
    """
    received_at = now.isoformat()
    documents = [(row.seq, name, row.for_phone(received_at)) for name, row in rows]
    documents.sort(key=itemgetter(0))
    return _page(documents, counter=counter, limit=limit)


def _page(rows: list[tuple[int, str, Any]], *, counter: Counter, limit: int) -> Page:
    has_more = len(rows) > limit
    rows = rows[:limit]
    changes: dict[str, list[Any]] = {name: [] for name in (*COLLECTIONS, *readers())}
    for _, name, document in rows:
        changes[name].append(document)
    reaches = rows[-1][0] if has_more else counter.seq
    return Page(changes, reaches, has_more, counter.generation)


def _clinic_rows(
    patient_id: UUID, *, counter: Counter, after: int, limit: int
) -> list[tuple[int, str, msgspec.Raw]]:
    return [
        (seq, name, msgspec.Raw(msgspec.json.encode(document)))
        for name, read in readers().items()
        for seq, document in read(patient_id, after, counter.seq, limit)
    ]
