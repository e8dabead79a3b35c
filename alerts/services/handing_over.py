"""A patient has moved: their open alerts go to the people of the new clinic."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from alerts.domain import states
from alerts.models import Alert
from alerts.selectors import plans
from alerts.services import escalating, telling
from alerts.services.moves import note


def on_patient_moved(
    sender: object, patient_id: UUID, now: datetime, **_: object
) -> None:
    """Hand every unresolved alert over, inside the transaction of the move.

    The escalation begins anew with whoever is on duty at the new clinic. An alert
    that somebody of the old clinic had taken is open again: they can no longer see
    the patient. The caller holds the patient's counter.
    """
    unresolved = (
        Alert.objects.filter(patient=patient_id, state__in=states.UNRESOLVED)
        .select_for_update(no_key=True)
        .order_by("opened_at", "pk")
    )
    for alert_id in list(unresolved.values_list("pk", flat=True)):
        _hand_over(alert_id, now=now)


def _hand_over(alert_id: UUID, *, now: datetime) -> None:
    alert = Alert.objects.select_related("patient__clinic").get(pk=alert_id)
    note(alert.pk, "handed_over", now=now, detail={"clinic": alert.patient.clinic_id})
    telling.drop_messages(alert.pk)
    alert.plan = plans.snapshot(alert, now=now)
    Alert.objects.filter(pk=alert.pk).update(plan=alert.plan)
    if alert.state in (states.ACKNOWLEDGED, states.SNOOZED):
        escalating.reopen(alert, now=now, because="moved")
    elif alert.state in states.UNANSWERED:  # an earlier one may have absorbed it
        telling.take_step(alert, telling.FIRST_STEP, now=now, because="moved")
