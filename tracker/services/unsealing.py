"""Consent and the diary: taken back it is sealed, given again it is opened, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction

from tracker import signals
from tracker.models import Patient, Quarantine, SyncCounter
from tracker.selectors import sync as selectors
from tracker.services.sync.incoming import read_changes
from tracker.services.sync.push import push
from tracker.services.sync.writers import bare_writer


#: Sealed records that come in together.
BATCH: Final = 1_000


def seal_diary(patient_id: UUID) -> None:
    """Seal the diary; the caller's transaction notes why."""
    SyncCounter.objects.filter(pk=patient_id).update(is_sealed=True)


def unseal_diary(patient: Patient, *, now: datetime) -> None:
    """Open the diary and let in what was kept, in the order in which it came.

    The caller holds the counter: no push comes in between, and a second caller finds
    nothing left.
    """
    opened = SyncCounter.objects.filter(pk=patient.pk, is_sealed=True).update(
        is_sealed=False
    )
    if not opened:
        return
    kept = list(
        Quarantine.objects.filter(patient=patient, reason=Quarantine.SEALED).order_by(
            "pk"
        )
    )
    # What cannot be stored comes back into quarantine under its own reason.
    Quarantine.objects.filter(pk__in=[row.pk for row in kept]).delete()
    for device_id, rows in _batches(kept):
        _let_in(patient, device_id, rows, now=now)
    transaction.on_commit(
        partial(signals.diary_changed.send_robust, None, patient_id=patient.pk)
    )


def _batches(
    kept: list[Quarantine],
) -> Iterator[tuple[UUID | None, list[Quarantine]]]:
    """Yield what one device sent without another in between, in parts."""
    for device_id, rows in groupby(kept, key=lambda row: row.device_id):
        while batch := list(islice(rows, BATCH)):
            yield device_id, batch


def _let_in(
    patient: Patient, device_id: UUID | None, rows: list[Quarantine], *, now: datetime
) -> None:
    counter = selectors.counter(patient.pk, lock=True)
    writer = bare_writer(patient, device_id, seq=counter.seq, now=now)
    changes: dict[str, list[msgspec.Raw]] = {}
    for row in rows:
        changes.setdefault(row.collection, []).append(msgspec.Raw(row.raw.encode()))
    incoming = read_changes(
        {name: msgspec.Raw(msgspec.json.encode(raws)) for name, raws in changes.items()}
    )
    push(writer, incoming, careful=True)
