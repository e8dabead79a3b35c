"""A patient waits for a call: who is told, until when, and that somebody has called.

Whoever has the alert may be off duty when the patient asks. So the wish has a time of its
own: the answer time of an urgent alert, or of an emergency. When nobody has called by
then, they and whoever is on duty are told, again and again until somebody has called or
the alert is closed.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from alerts.domain import policy as policies
from alerts.domain import states
from alerts.domain.targets import EMERGENCY
from alerts.models import Alert
from alerts.selectors import plans, recipients, schedule, worklist
from alerts.services import escalating, telling
from alerts.services.moves import note
from tracker.models import User
from tracker.selectors import access


#: The tier whose target is the time to call back, unless the alert is an emergency.
WITHIN_THAT_OF: Final = "urgent"


def ask(alert: Alert, *, now: datetime) -> None:
    """Tell whoever has the alert, else all who were told of it, that the patient waits."""
    alert.call_back_asked_at = now
    alert.call_back_by = _by(alert, now=now)
    alert.save(update_fields=["call_back_asked_at", "call_back_by"])
    told = recipients.told_of(alert)
    people = [alert.acknowledged_by_id] if alert.acknowledged_by_id else told
    telling.disturb_staff(alert, people, now=now)
    note(alert.pk, "call_back_asked", now=now, detail={"people": list(people)})


def called(alert_id: UUID, *, by: User, now: datetime) -> Alert:
    """Note that this clinician has called the patient; nothing when nobody need."""
    with transaction.atomic():
        alert = worklist.visible_alert(by, alert_id)
        access.treated_patient(by, alert.patient_id)
        waits = Alert.objects.filter(pk=alert_id, call_back_by__isnull=False)
        if waits.update(call_back_by=None):
            note(alert_id, "called_back", by=by, now=now)
        alert.refresh_from_db()
    return alert


def remind(*, now: datetime) -> int:
    """Tell of patients whom nobody has called in time; return of how many."""
    waiting = escalating.some_of(schedule.call_backs_due(now=now), escalating.STEPS)
    return sum(
        escalating.alone(alert_id, partial(_remind, alert_id, now=now))
        for alert_id in waiting
    )


def _remind(alert_id: UUID, *, now: datetime) -> bool:
    due = Alert.objects.filter(
        pk=alert_id, call_back_by__lte=now, state__in=states.UNRESOLVED
    )
    alert = (
        due.select_related("patient__clinic")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .first()
    )
    if alert is None:
        return False
    people = _people(alert, now=now)
    Alert.objects.filter(pk=alert_id).update(call_back_by=_by(alert, now=now))
    telling.disturb_staff(alert, people, now=now)
    note(alert_id, "call_back_overdue", now=now, detail={"people": people})
    return True


def _people(alert: Alert, *, now: datetime) -> list[int]:
    """Return who is on duty now, and whoever has the alert and may still see it."""
    patient = alert.patient
    people = recipients.people_of(patient.clinic_id, patient.care_team_id)
    rota = plans.rota_of(patient.clinic, patient.care_team_id, now=now)
    on_duty = policies.answering_first(rota, people, now=now)
    has_it = [pk for pk in people.clinicians if pk == alert.acknowledged_by_id]
    return list(dict.fromkeys([*has_it, *on_duty]))


def _by(alert: Alert, *, now: datetime) -> datetime | None:
    emergency = EMERGENCY in (alert.tier, alert.patient_tier)
    plan = telling.plan_of(alert, now=now)
    return plan.answer_by(EMERGENCY if emergency else WITHIN_THAT_OF, now=now)
