"""How far each patient's diary reaches, and how far the analysis has come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection


_PROGRESS: Final = """
    SELECT patient.id, patient.timezone, counter.diary_seq,
           coalesce((SELECT max(kept.id) FROM tracker_quarantine AS kept
                      WHERE kept.patient_id = patient.id
                        AND kept.resolved_at IS NULL), 0),
           patient.clinic_id
      FROM tracker_patient AS patient
      JOIN tracker_synccounter AS counter ON counter.patient_id = patient.id
     WHERE patient.id = ANY(%s)
"""


@dataclass(frozen=True)
class Progress:
    """Where one patient's diary stood when an analysis began to read it."""

    patient_id: UUID
    timezone: str
    diary_seq: int
    quarantine_id: int
    clinic_id: int


def progress_of(patient_ids: Collection[UUID]) -> dict[UUID, Progress]:
    """Return the progress of the patients; ask before reading their entries."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, [list(patient_ids)])
        rows: list[tuple[UUID, str, int, int, int]] = cursor.fetchall()
    return {row[0]: Progress(*row) for row in rows}
