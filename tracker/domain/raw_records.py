"""Read a pushed record that may hold anything; what cannot be read is silence.

Red flags are judged even from a record that is quarantined for another field, so
nothing here may raise. Only a danger is read generously (`" New"` is `new`);
reassurance is read strictly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tracker.domain import diary


Record = Mapping[str, object]

#: What an item counts as when it is null, missing or cannot be read.
UNANSWERED: Final = "unanswered"
#: Ways to say "yes" that are not in the diary's table. They are quarantined as
#: values, but read as a danger they can only mean this.
YES_WORDS: Final = ("true", "yes")

#: Before this no diary existed: the phone's clock was reset.
#: Unit: instant.
#: Source: our choice; phones fall back to 1970, 1980, 2000 or 2001.
#: Caveat: a clock that is a few months slow is not noticed here.
EARLIEST_RECORD: Final = datetime(2020, 1, 1, tzinfo=UTC)
#: A record that lies further ahead is taken to be of the time it was received.
#: Unit: duration.
#: Source: diary.md, "Good and bad input".
#: Caveat: none.
LATEST_AHEAD: Final = timedelta(hours=24)

_RFC_3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_READABLE_ID: Final = re.compile(diary.ID_PATTERN)


def records_of(records: object, collection: str) -> Iterator[Record]:
    """Yield every readable record of one collection, withdrawn ones too."""
    found = records.get(collection) if isinstance(records, Mapping) else None
    if isinstance(found, Sequence) and not isinstance(found, str | bytes):
        yield from (record for record in found if isinstance(record, Mapping))


def live_records(records: object, collection: str) -> Iterator[Record]:
    """Yield the readable records of one collection that the patient stands by."""
    for record in records_of(records, collection):
        if not is_withdrawn(record):
            yield record


def ids_in(records: object, collection: str) -> set[str | None]:
    """Return the ids of the records of one collection, withdrawn ones too."""
    return {record_id(record) for record in records_of(records, collection)}


def is_withdrawn(record: Record) -> bool:
    """Return whether the record holds a valid withdrawal.

    A withdrawal silences a danger, so it is read strictly: an instant with an
    offset. Anything else in the field leaves the record standing.
    """
    return instant(record.get("withdrawn_at"), naive_as_utc=False) is not None


def record_id(record: Record) -> str | None:
    """Return the record's id, or None when it is not one that we could store."""
    found = record.get("id")
    if isinstance(found, str) and _READABLE_ID.fullmatch(found):
        return found
    return None


def instant(value: object, *, naive_as_utc: bool = True) -> datetime | None:
    """Return an aware datetime, or None when the value is not a point in time."""
    if isinstance(value, str):
        value = _parsed(value.strip().upper())
    if not isinstance(value, datetime):
        return None
    if value.utcoffset() is not None:
        return value
    return value.replace(tzinfo=UTC) if naive_as_utc else None


def recorded_at(record: Record, *, now: datetime) -> datetime:
    """Return when the record was made, or `now` when its clock cannot be believed.

    A phone whose clock was reset must not make a danger look old.
    """
    at = instant(record.get("recorded_at"))
    return now if at is None or not is_believable(at, now=now) else at


def is_believable(at: datetime, *, now: datetime) -> bool:
    """Return whether a diary can have been written then."""
    return at >= EARLIEST_RECORD and at - now <= LATEST_AHEAD


def shifted(record: Record, shift: timedelta) -> Record:
    """Return the record as if its phone's clock had been right."""
    at = instant(record.get("recorded_at"))
    if not shift or at is None:
        return record
    try:
        return {**record, "recorded_at": at - shift}
    except OverflowError:  # at an end of the calendar: not believed anyway
        return record


def word(value: object) -> str:
    """Return a code as the diary spells it, or "" when it is not text."""
    return value.strip().lower() if isinstance(value, str) else ""


def answer(value: object) -> str:
    """Return one of the diary's answers, or `UNANSWERED`.

    True is `new`. False is not `no`: only the word itself reassures.
    """
    if value is True or word(value) in YES_WORDS:
        return "new"
    said = word(value)
    return said if said in diary.RED_FLAG_ANSWERS else UNANSWERED


def score(value: object) -> int | None:
    """Return a self-test score from 0 to 3, or None when it is not one."""
    if isinstance(value, str):
        value = {"0": 0, "1": 1, "2": 2, "3": 3}.get(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return next((whole for whole in range(4) if value == whole), None)


def _parsed(text: str) -> datetime | None:
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
