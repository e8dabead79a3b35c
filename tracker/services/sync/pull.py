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
    """Changes by collection, ready for JSON, and how far they reach."""

    changes: dict[str, Any]
    reaches: int
    has_more: bool
    generation: int = 0
    notices: tuple[Notice, ...] = ()


def page(patient_id: UUID, *, counter: Counter, after: int, limit: int) -> Page:
    """Return at most `limit` changes after the number `after`, oldest first."""
    clinic_rows = _clinic_rows(patient_id, counter=counter, after=after, limit=limit)
    return _mixed(patient_id, clinic_rows, counter=counter, after=after, limit=limit)


def written_page(patient_id: UUID, *, counter: Counter, after: int, limit: int) -> Page:
    """Return the same page for who sends it on as it is: its lists may be JSON already."""
    clinic_rows = _clinic_rows(patient_id, counter=counter, after=after, limit=limit)
    if not clinic_rows:
        return _entries_alone(patient_id, counter=counter, after=after, limit=limit)
    return _mixed(patient_id, clinic_rows, counter=counter, after=after, limit=limit)


def _mixed(
    patient_id: UUID,
    clinic_rows: list[tuple[int, str, msgspec.Raw]],
    *,
    counter: Counter,
    after: int,
    limit: int,
) -> Page:
    rows = [
        (seq, name, msgspec.Raw(text.encode()))
        for seq, name, text in selectors.changes(
            patient_id, after=after, through=counter.seq, limit=limit + 1
        )
    ]
    rows = sorted(rows + clinic_rows, key=itemgetter(0))
    return _page(rows, counter=counter, limit=limit)


def _entries_alone(
    patient_id: UUID, *, counter: Counter, after: int, limit: int
) -> Page:
    """Return a page of entries only: the database has written all of it as JSON."""
    texts, reach = selectors.changes_by_collection(
        patient_id, after=after, through=counter.seq, limit=limit
    )
    changes: dict[str, Any] = {name: [] for name in (*COLLECTIONS, *readers())}
    for name, text in texts.items():
        changes[name] = msgspec.Raw(b"[" + text.encode() + b"]")
    reaches = counter.seq if reach is None else reach
    return Page(changes, reaches, reach is not None, counter.generation)


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
    """Return what the clinic has changed, one row more than the page at most of each."""
    if after >= counter.clinic_seq:
        return []
    return [
        (seq, name, msgspec.Raw(msgspec.json.encode(document)))
        for name, read in readers().items()
        for seq, document in read(patient_id, after, counter.seq, limit + 1)
    ]
