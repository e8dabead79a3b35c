"""Who cares for a patient."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from tracker.models import Caregiver, CaregiverInvitation, User


def caregivers_of(patient_id: UUID) -> QuerySet[Caregiver]:
    """Return all caregivers of a patient, also those of the past."""
    return Caregiver.objects.filter(patient=patient_id).select_related("user")


def open_codes(patient_id: UUID, *, now: datetime) -> QuerySet[CaregiverInvitation]:
    """Return the codes of a patient that somebody could still redeem."""
    return CaregiverInvitation.objects.filter(
        patient=patient_id,
        used_at__isnull=True,
        cancelled_at__isnull=True,
        expires_at__gt=now,
    )


def accounts_reading_along(patient_id: UUID) -> list[int]:
    """Return the accounts of those who care for the patient now."""
    return list(
        caregivers_of(patient_id)
        .filter(revoked_at__isnull=True, user__is_active=True)
        .order_by("pk")
        .values_list("user_id", flat=True)
    )


def ever_cared_for(user: User) -> frozenset[UUID]:
    """Return the patients whom the account has cared for, now or in the past."""
    return frozenset(
        Caregiver.objects.filter(user=user).values_list("patient_id", flat=True)
    )
