"""Others look after a patient now: what is unresolved goes to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from alerts.domain import states
from alerts.models import Alert
from alerts.selectors import plans, recipients
from alerts.services import escalating, telling
from alerts.services.moves import note
from tracker.models import SyncCounter


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


def on_care_changed(sender: object, clinic_id: int, now: datetime, **_: object) -> None:
    """Open again what somebody had taken who can no longer see the patient.

    Inside the transaction of the change: nobody leaves with an alert in their hands.
    """
    taken = Alert.objects.filter(
        patient__clinic=clinic_id, state__in=(states.ACKNOWLEDGED, states.SNOOZED)
    ).order_by("patient", "opened_at", "pk")
    seen_by: dict[int | None, tuple[int, ...]] = {}
    for alert in taken.select_related("patient"):
        team_id = alert.patient.care_team_id
        if team_id not in seen_by:
            seen_by[team_id] = recipients.people_of(clinic_id, team_id).everybody
        if alert.acknowledged_by_id not in seen_by[team_id]:
            _reopen(alert.pk, alert.patient_id, now=now)


def _reopen(alert_id: UUID, patient_id: UUID, *, now: datetime) -> None:
    # The counter comes before the alert, everywhere: else two jobs wait for each other.
    SyncCounter.objects.select_for_update().get(pk=patient_id)
    alert = (
        Alert.objects.select_related("patient__clinic")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=alert_id)
    )
    if alert.state in (states.ACKNOWLEDGED, states.SNOOZED):
        escalating.reopen(alert, now=now, because="left")


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
