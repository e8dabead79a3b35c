"""Make phones start over: they fetch everything again and keep what is unsent.

A cursor carries the generation in which it was handed out. Raising the generation
makes every older cursor start from the beginning, also when an answer is lost.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F

from tracker.errors import NotFound
from tracker.models import Device, SyncCounter


#: How far the counter jumps ahead of what a phone may know: beyond anything that the
#: lost days can have handed out.
REWIND_JUMP: Final = 1_000_000
#: The same for generations, which devices add their own to.
REWIND_GENERATIONS: Final = 1_000
#: Among how many more generations a restore chooses: so many that the same backup,
#: restored twice, does not come to the same generation again. A cursor has room for 2^23.
RESTORE_GENERATIONS: Final = 100_000


def resync_device(patient_id: UUID, device_id: UUID) -> None:
    """Make one phone start over; raise NotFound when it has never synced."""
    found = Device.objects.filter(patient=patient_id, device_id=device_id)
    if not found.update(generation=F("generation") + 1):
        raise NotFound


def resync_patient(patient_id: UUID) -> None:
    """Make every phone of one diary start over; raise NotFound for no such patient."""
    if not SyncCounter.objects.filter(pk=patient_id).update(
        generation=F("generation") + 1
    ):
        raise NotFound


def resync_everybody() -> int:
    """Make every phone start over; return how many diaries that is."""
    return SyncCounter.objects.update(generation=F("generation") + 1)


def resync_after_restore(*, now: datetime) -> int:
    """Do the same after a backup was restored; return how many diaries that is.

    New changes get numbers that no phone can have seen, and phones send again what
    the backup does not hold.
    """
    by_chance = secrets.randbelow(RESTORE_GENERATIONS)
    return SyncCounter.objects.update(
        seq=F("seq") + REWIND_JUMP,
        generation=F("generation") + REWIND_GENERATIONS + by_chance,
        rewound_at=now,
    )


def rewind(patient_id: UUID, *, known_seq: int, generation: int, now: datetime) -> None:
    """Move a diary beyond what one phone knows: a backup has been restored.

    Every other phone of it starts over, too: it may hold what the server has lost.
    The caller holds the counter.
    """
    counter = SyncCounter.objects.get(pk=patient_id)
    counter.seq = max(counter.seq, known_seq) + REWIND_JUMP
    counter.generation = max(counter.generation, generation) + REWIND_GENERATIONS
    counter.rewound_at = now
    counter.save(update_fields=["seq", "generation", "rewound_at"])
