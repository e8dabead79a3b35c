"""Records that could not be stored, as staff see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from tracker.errors import NotFound
from tracker.models import Quarantine, User
from tracker.selectors.access import visible_patients


def quarantined(patient_id: UUID) -> QuerySet[Quarantine]:
    """Return all quarantined records of a patient, open and resolved."""
    return Quarantine.objects.filter(patient_id=patient_id)


def visible_quarantined(user: User, quarantine_id: int) -> Quarantine:
    """Return one quarantined record of a patient whom the member of staff may see."""
    record = Quarantine.objects.filter(
        pk=quarantine_id, patient__in=visible_patients(user)
    ).first()
    if record is None:
        raise NotFound
    return record
