"""RxDB's checkpoint: how far a phone has read one collection of one diary.

The documented client keeps the object that it was sent and gives back two of its
keys, `updatedAt` and `id`; rxdb-server's gives back `lwt` and `id`. So the number
stands in it three times, and `id` seals it to the patient: the checkpoint of another
diary starts over instead of skipping records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from tracker.domain.cursor import (
    make_cursor,
    position,
    read_cursor,
    seq_and_generation,
)
from tracker.errors import BatchTooLarge, CursorInvalid, InvalidInput
from tracker.services.sync.envelope import MAX_LIMIT


#: Documents of one page. Never met by a shorter page: RxDB would take it for the last.
MAX_BATCH: Final = MAX_LIMIT

_NUMBER_KEYS: Final = ("seq", "updatedAt", "lwt")
_SIZE_KEYS: Final = ("limit", "batchSize")
#: How JavaScript writes that it has none.
_NOTHING: Final = ("", "null", "undefined", "NaN")
_LONGEST_NUMBER: Final = 15


@dataclass(frozen=True)
class Asked:
    """What one pull asks for: after which number, and how many documents.

    The generation is None for a number that came without its seal.
    """

    after: int
    limit: int
    generation: int | None = None


def read(query: Mapping[str, str], *, patient_id: UUID) -> Asked:
    """Return what the query of a pull asks for.

    Raises:
        BatchTooLarge: more than MAX_BATCH documents are wanted.
        InvalidInput: a number is none.
    """
    after, generation = _after(query, patient_id)
    return Asked(after=after, limit=_limit(query), generation=generation)


def make(seq: int, generation: int, *, patient_id: UUID) -> dict[str, Any]:
    """Return the checkpoint of a phone that has everything up to `seq`; 0 is nothing.

    Only the seal knows the generation, so that the numbers stay numbers of changes.
    """
    key = settings.SECRET_KEY.encode()
    place = position(seq, generation)
    seal = make_cursor(place, patient_id=patient_id, key=key) if seq else ""
    return {"seq": seq, "id": seal, "updatedAt": seq, "lwt": seq}


def _after(query: Mapping[str, str], patient_id: UUID) -> tuple[int, int | None]:
    seal = _given(query, "id")
    if seal is None:
        return _number(query, _NUMBER_KEYS) or 0, None
    try:
        place = read_cursor(
            seal, patient_id=patient_id, key=settings.SECRET_KEY.encode()
        )
        return seq_and_generation(place)
    except CursorInvalid:
        return (
            0,
            None,
        )  # of another diary, or made up: everything once more loses nothing


def _limit(query: Mapping[str, str]) -> int:
    limit = _number(query, _SIZE_KEYS)
    if limit is None:
        return MAX_BATCH
    if limit < 1:
        raise InvalidInput("limit must be at least 1.")
    if limit > MAX_BATCH:
        raise BatchTooLarge(f"Ask for at most {MAX_BATCH} documents at a time.")
    return limit


def _number(query: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    for name in names:
        text = _given(query, name)
        if text is None:
            continue
        if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
            raise InvalidInput(f"{name} must be a whole number that is not negative.")
        return int(text)
    return None


def _given(query: Mapping[str, str], name: str) -> str | None:
    text = query.get(name, "").strip()
    return None if text in _NOTHING else text
