"""Consent and the diary: taken back it is sealed, given again it is opened, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction

from tracker import signals
from tracker.models import Patient, Quarantine, SyncCounter, User
from tracker.selectors import sync as selectors
from tracker.services.sync.incoming import read_changes
from tracker.services.sync.push import push
from tracker.services.sync.store import Writer
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
    for rows, is_end in _batches(kept):
        _let_in(patient, rows, is_end=is_end, now=now)
    transaction.on_commit(
        partial(signals.diary_changed.send_robust, None, patient_id=patient.pk)
    )


def _batches(kept: list[Quarantine]) -> Iterator[tuple[list[Quarantine], bool]]:
    """Yield what came in one push, or in several alike, in parts; and if it is the end."""
    for _, group in groupby(kept, key=lambda row: (row.device_id, row.sent_with)):
        rows = list(group)
        for start in range(0, len(rows), BATCH):
            yield rows[start : start + BATCH], start + BATCH >= len(rows)


def _let_in(
    patient: Patient, rows: list[Quarantine], *, is_end: bool, now: datetime
) -> None:
    changes: dict[str, list[msgspec.Raw]] = {}
    for row in rows:
        changes.setdefault(row.collection, []).append(msgspec.Raw(row.raw.encode()))
    incoming = read_changes(
        {name: msgspec.Raw(msgspec.json.encode(raws)) for name, raws in changes.items()}
    )
    writer = _writer(patient, rows[0], now=now)
    # A push is known again once all of it is in.
    writer.push = writer.push if is_end else None
    push(writer, incoming, careful=True)


def _writer(patient: Patient, sealed: Quarantine, *, now: datetime) -> Writer:
    """Return who sent it, as when it was sealed: what their phone knew, and its clock."""
    counter = selectors.counter(patient.pk, lock=True)
    writer = bare_writer(patient, sealed.device_id, seq=counter.seq, now=now)
    said = sealed.sent_with
    if said is None:  # sealed by an earlier version of this server
        return writer
    offset = said["clock_offset_ms"]
    account = User.objects.filter(pk=said["recorded_by"])
    return replace(
        writer,
        cursor_seq=said["cursor_seq"],
        clock_offset=None if offset is None else timedelta(milliseconds=offset),
        clock_shift=timedelta(milliseconds=said.get("clock_shift_ms", 0)),
        app_version=said["app_version"],
        recorded_by=account.values_list("pk", flat=True).first(),
        push=said["push"],
    )
