"""How far a WatermelonDB has read: the one number that it keeps for everything.

For a patient who syncs only their own diary it is that diary's change number. An
account with several diaries has several change numbers, which are kept here under one;
so is the change number of a diary whose phones have been made to start over.
The two kinds never meet, so that an account may go from one to the other at any time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tracker.domain.cursor import seq_and_generation
from tracker.models import SyncCursor, User
from tracker.selectors.access import SyncedPatient


#: Numbers from here on name a row of SyncCursor. JavaScript counts to 2^53.
FIRST_CURSOR: Final = 2**50
#: How much of a number says which content its row had. A restored backup gives out the
#: same primary keys once more, and a phone may still hold one of the lost rows.
_CHECK_BITS: Final = 14
#: Numbers up to here are a change number of the one diary, of the first generation.
LAST_SIMPLE: Final = 2**40 - 1
_NUMBER: Final = re.compile(r"\d{1,16}\Z", re.ASCII)


@dataclass(frozen=True)
class Sender:
    """The phone: its app and installation as far as it says so, and what it has read."""

    last_pulled_at: str
    app_version: str = ""
    device: UUID | None = None


@dataclass(frozen=True)
class Place:
    """The number that a phone sent, and the place in each diary that it stands for.

    A place is a change number and the generation in which it was handed out, as one
    number (see domain.cursor). A patient with 0 is leaving: the account may not see them any more, and the phone
    has had one sync to send what it had not sent.
    """

    number: int
    seqs: Mapping[UUID, int]

    def of(self, patient_id: UUID) -> tuple[int, int]:
        """Return after which change, of which generation, a diary is new to the phone."""
        return seq_and_generation(self.seqs.get(patient_id, 0))


def language_of(accesses: list[SyncedPatient]) -> str:
    """Return what to speak to the phone: as its owner, else the first they care for."""
    of_all = sorted(accesses, key=lambda access: not access.own)
    return next((access.patient.language for access in of_all), "")


def read_place(user: User, own: UUID | None, last_pulled_at: str) -> Place:
    """Read `last_pulled_at`; whatever is not a number of ours means nothing read yet."""
    number = int(last_pulled_at) if _NUMBER.match(last_pulled_at) else 0
    if number >= FIRST_CURSOR:
        key = number - FIRST_CURSOR >> _CHECK_BITS
        cursor = SyncCursor.objects.filter(user=user, pk=key).first()
        seqs = cursor.seqs if cursor and _number_of(cursor) == number else {}
        return Place(number, {UUID(patient): seq for patient, seq in seqs.items()})
    if own is None or number > LAST_SIMPLE:
        return Place(number, {})
    return Place(number, {own: number})


def make_number(
    user: User,
    accesses: list[SyncedPatient],
    before: Place,
    seqs: Mapping[UUID, int],
    *,
    now: datetime,
) -> int:
    """Return the number that says: this phone holds everything up to `seqs`."""
    if [access.own for access in accesses] == [True] and len(seqs) == 1:
        place = next(iter(seqs.values()))
        if place <= LAST_SIMPLE:
            return place
    if before.number >= FIRST_CURSOR and before.seqs == seqs:
        return before.number
    cursor = SyncCursor.objects.create(
        user=user,
        seqs={str(patient): seq for patient, seq in seqs.items()},
        created_at=now,
    )
    return _number_of(cursor)


def _number_of(cursor: SyncCursor) -> int:
    content = f"{sorted(cursor.seqs.items())} {cursor.created_at.timestamp()}".encode()
    check = int.from_bytes(hashlib.sha256(content).digest()) % 2**_CHECK_BITS
    return FIRST_CURSOR + (cursor.pk << _CHECK_BITS | check)
