"""A writer without a request: for what the server itself lets into a diary."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tracker.models import Patient
from tracker.services.sync.store import Writer


def bare_writer(
    patient: Patient, device_id: UUID | None, *, seq: int, now: datetime
) -> Writer:
    """Return a writer that knows of the phone its device id alone."""
    return Writer(
        patient_id=patient.pk,
        zone=ZoneInfo(patient.timezone),
        device_id=device_id,
        app_version="",
        clock_offset=None,
        cursor_seq=0,
        now=now,
        seq=seq,
    )
