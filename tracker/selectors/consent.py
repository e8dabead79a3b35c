"""What a patient has agreed to."""

from __future__ import annotations

from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from tracker.models import Consent, Patient


MONITORING = "monitoring"


def current_consent(patient_id: UUID) -> Consent | None:
    """Return the patient's newest agreement, withdrawn or not."""
    return (
        Consent.objects.filter(patient_id=patient_id, kind=MONITORING)
        .order_by("-given_at", "-pk")
        .first()
    )


def withdrawn_among(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Return those who took their agreement back, the latest first.

    Each has `consent_withdrawn_at`.
    """
    newest = Consent.objects.filter(patient=OuterRef("pk"), kind=MONITORING).order_by(
        "-given_at", "-pk"
    )
    return (
        patients.annotate(
            consent_withdrawn_at=Subquery(newest.values("withdrawn_at")[:1])
        )
        .filter(consent_withdrawn_at__isnull=False)
        .order_by("-consent_withdrawn_at", "pk")
    )
