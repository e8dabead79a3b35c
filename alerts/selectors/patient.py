"""What a patient's phone holds of an alert: no clinician's name, no tier but its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from alerts.domain.states import PATIENT_STATE, UNANSWERED
from alerts.models import Alert


def document(alert: Alert) -> dict[str, Any]:
    """Return the alert as its patient sees it."""
    return {
        "id": str(alert.pk),
        "tier": alert.patient_tier,
        "category": alert.category,
        "title": alert.patient_title,
        "text": alert.patient_text,
        "opened_at": _instant(alert.opened_at),
        "state": PATIENT_STATE[alert.state],
        "examine_by": _instant(alert.examine_by),
        "patient_acknowledged_at": _instant(alert.patient_acknowledged_at),
        "replaced_by": str(alert.superseded_by_id) if alert.superseded_by_id else None,
    }


def changes(
    patient_id: UUID, after_seq: int, through_seq: int, limit: int
) -> list[tuple[int, dict[str, Any]]]:
    """Return (change number, document) of the alerts changed in (after, through]."""
    rows = Alert.objects.filter(
        patient=patient_id, seq__gt=after_seq, seq__lte=through_seq
    ).order_by("seq")[:limit]
    return [(alert.seq, document(alert)) for alert in rows]


def has_unanswered_emergency(patient_id: UUID) -> bool:
    """Return whether an emergency, for the clinic or the patient, waits for a human."""
    emergency = Q(tier="emergency") | Q(patient_tier="emergency")
    waiting = Alert.objects.filter(emergency, patient=patient_id, state__in=UNANSWERED)
    return waiting.exists()


def _instant(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
