"""A withdrawn consent: the alerts that are open stay with the people who have them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from alerts.domain import states
from alerts.models import Alert
from alerts.services.moves import note


def on_consent_withdrawn(
    sender: object, patient_id: UUID, now: datetime, **_: object
) -> None:
    """Note the withdrawal in the log of each open alert.

    Nothing else changes: it stays on the worklist and goes on to the next person, for
    a danger that was found before the withdrawal still needs a human.
    """
    unresolved = Alert.objects.filter(patient=patient_id, state__in=states.UNRESOLVED)
    for alert_id in unresolved.values_list("pk", flat=True):
        note(alert_id, "consent_withdrawn", now=now)
