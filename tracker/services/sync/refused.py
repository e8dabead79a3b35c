"""A push that is refused as a whole: a danger in it still reaches patient and clinic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction

from tracker.domain.red_flags import RedFlag
from tracker.errors import (
    BodyTooLarge,
    NotAPatient,
    NotFound,
    NotThePatient,
    PatientNotNamed,
)
from tracker.models import Patient, Quarantine
from tracker.selectors import sync as selectors
from tracker.services.sync import devices, guidance, quarantine
from tracker.services.sync.envelope import (
    MAX_BODY_BYTES,
    MAX_NATIVE_RECORDS,
    Envelope,
    records_in,
)
from tracker.services.sync.quarantine import Kept, readable_id
from tracker.services.sync.writers import bare_writer


TOLD: Final = {
    "record": ["The push was refused. A danger in it was read; send it again."]
}


def take_dangers(
    patient: Patient,
    changes: Mapping[str, msgspec.Raw],
    *,
    reason: str,
    device_id: UUID | None,
    now: datetime,
    sent_at: datetime | None = None,
) -> list[RedFlag]:
    """Judge a refused push; keep and alert what is dangerous in it.

    `sent_at` is when it was sent by the phone's clock, which may be wrong.

    The records that raise a red flag go into quarantine, where staff see them, until
    a later push stores them. Sent again, nothing is doubled. Of a sealed diary
    nothing is kept; the phone has its own copy.
    """
    batches = {
        name: records_in(changes[name]) or []
        for name in guidance.JUDGED
        if name in changes
    }
    if not any(batches.values()):
        return []
    shift = devices.clock_shift(
        patient.pk, device_id, devices.clock_offset(sent_at, now)
    )
    with transaction.atomic():
        counter = selectors.counter(patient.pk, lock=True)
        found = guidance.red_flags_in(patient.pk, batches, now=now, clock_shift=shift)
        if found and not counter.is_sealed:
            writer = bare_writer(patient, device_id, seq=counter.seq, now=now)
            quarantine.keep(writer, _dangerous(batches, found, reason))
            guidance.tell(patient.pk, found, now=now)
    return found


def advice(
    batches: Mapping[str, list[msgspec.Raw]], *, now: datetime
) -> list[dict[str, Any]]:
    """Return what to show of records from somebody who may not write in that diary.

    They are judged alone. Nothing is stored and nobody is alerted, because whose
    diary it is decides who writes in it; but whoever holds the phone learns at once
    what to do.
    """
    return guidance.as_guidance(guidance.red_flags_in(None, batches, now=now))


def records_of(envelope: Envelope) -> dict[str, list[msgspec.Raw]]:
    """Return the raw records of a native push by collection."""
    return {name: records_in(raw) or [] for name, raw in envelope.changes.items()}


@contextmanager
def advice_with_refusal(
    batches: Callable[[], Mapping[str, list[msgspec.Raw]]], *, now: datetime
) -> Iterator[None]:
    """Put that advice into the answer to somebody who may not write there."""
    try:
        yield
    except (NotFound, NotAPatient, NotThePatient, PatientNotNamed) as refusal:
        refusal.members["guidance"] = advice(batches(), now=now)
        raise


@contextmanager
def dangers_of_refused(
    patient: Patient, envelope: Envelope, *, now: datetime
) -> Iterator[None]:
    """Put the advice for what is dangerous in a push that is too large into its answer."""
    try:
        yield
    except BodyTooLarge as refusal:
        found = take_dangers(
            patient,
            envelope.changes,
            reason=Quarantine.TOO_MANY,
            device_id=envelope.device,
            sent_at=envelope.sent_at,
            now=now,
        )
        refusal.members = {
            "most_records": MAX_NATIVE_RECORDS,
            "most_bytes": MAX_BODY_BYTES,
            "guidance": guidance.as_guidance(found),
        }
        raise


def _dangerous(
    batches: Mapping[str, list[msgspec.Raw]], found: list[RedFlag], reason: str
) -> list[Kept]:
    raised = {(flag.collection, flag.entry or "") for flag in found}
    return [
        Kept(name, record_id, reason, TOLD, bytes(raw))
        for name, raws in batches.items()
        for raw in raws
        if (name, record_id := readable_id(raw)) in raised or (name, "") in raised
    ]
