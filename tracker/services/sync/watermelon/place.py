"""How far a WatermelonDB has read: the one number that it keeps for everything.

For a patient who syncs only their own diary it is that diary's change number. An
account with several diaries has several change numbers, which are kept here under one.
The two kinds never meet, so that an account may go from one to the other at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tracker.models import SyncCursor, User
from tracker.selectors.access import SyncedPatient


#: Numbers from here on name a row of SyncCursor. JavaScript counts to 2^53.
FIRST_CURSOR: Final = 2**50
#: No diary comes this far (a million changes a second for nine years): not one of ours.
LAST_CHANGE: Final = 2**48
_NUMBER: Final = re.compile(r"\d{1,16}\Z", re.ASCII)


@dataclass(frozen=True)
class Place:
    """The number that a phone sent, and how far it has read, by patient.

    A patient with 0 is leaving: the account may not see them any more, and the phone
    has had one sync to send what it had not sent.
    """

    number: int
    seqs: Mapping[UUID, int]

    def of(self, patient_id: UUID) -> int:
        """Return the change number after which this diary is new to the phone."""
        return self.seqs.get(patient_id, 0)


def read_place(user: User, own: UUID | None, last_pulled_at: str) -> Place:
    """Read `last_pulled_at`; whatever is not a number of ours means nothing read yet."""
    number = int(last_pulled_at) if _NUMBER.match(last_pulled_at) else 0
    if number >= FIRST_CURSOR:
        cursor = SyncCursor.objects.filter(user=user, pk=number - FIRST_CURSOR).first()
        seqs = cursor.seqs if cursor else {}
        return Place(number, {UUID(patient): seq for patient, seq in seqs.items()})
    if own is None or number > LAST_CHANGE:
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
        return next(iter(seqs.values()))
    if before.number >= FIRST_CURSOR and before.seqs == seqs:
        return before.number
    cursor = SyncCursor.objects.create(
        user=user,
        seqs={str(patient): seq for patient, seq in seqs.items()},
        created_at=now,
    )
    return FIRST_CURSOR + cursor.pk
