"""All that a message outside the app says: that there is something to open."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings

from alerts.models import Delivery
from tracker.services.voice import Voice


TITLE: Final = "Rootwatch"
BODY: Final = "Please open Rootwatch."


def link(delivery: Delivery) -> str:
    """Return the address of the worklist."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/?alert={delivery.alert_id}"


def body(delivery: Delivery) -> str:
    """Return the one sentence, in the language of a patient."""
    patient = getattr(delivery.recipient, "patient", None)
    return Voice(patient.language if patient else "en").headline(BODY)


def data(delivery: Delivery) -> dict[str, Any]:
    """Return what an app needs to fetch the alert and to tell a repeat."""
    return {"message_id": str(delivery.pk), "alert_id": str(delivery.alert_id)}


def collapse_key(alert_id: UUID) -> str:
    """Return what lets a later message of the same alert replace an unread one."""
    return alert_id.hex
