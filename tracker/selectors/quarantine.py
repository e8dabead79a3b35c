"""Records that could not be stored, as staff see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from tracker.errors import NotFound
from tracker.models import Quarantine, User
from tracker.selectors.access import visible_patients


def open_to_staff() -> QuerySet[Quarantine]:
    """Return what staff may look at: not what is sealed."""
    return Quarantine.objects.exclude(reason=Quarantine.SEALED)


def quarantined(patient_id: UUID) -> QuerySet[Quarantine]:
    """Return all quarantined records of a patient, open and resolved."""
    return open_to_staff().filter(patient_id=patient_id)


def visible_quarantined(user: User, quarantine_id: int) -> Quarantine:
    """Return one quarantined record of a patient whom the member of staff may see."""
    record = (
        open_to_staff()
        .filter(pk=quarantine_id, patient__in=visible_patients(user))
        .first()
    )
    if record is None:
        raise NotFound
    return record
