"""What a patient has agreed to."""

from __future__ import annotations

from uuid import UUID

from tracker.models import Consent


MONITORING = "monitoring"


def current_consent(patient_id: UUID) -> Consent | None:
    """Return the patient's newest agreement, withdrawn or not."""
    return (
        Consent.objects.filter(patient_id=patient_id, kind=MONITORING)
        .order_by("-given_at", "-pk")
        .first()
    )
