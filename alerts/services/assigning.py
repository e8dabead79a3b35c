"""One clinician hands an alert to another, and nobody drops out of the escalation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from alerts.domain import policy, states
from alerts.errors import AlertAlreadyTaken, HandOverRefused
from alerts.models import Alert
from alerts.selectors import plans, recipients, worklist
from alerts.services import escalating, telling
from alerts.services.inheriting import inherited
from alerts.services.moves import move
from tracker.models import User
from tracker.selectors import access
from tracker.services.counter import next_change_number


def hand_over(
    alert_id: UUID, *, to: int, by: User, now: datetime, seen: UUID | None = None
) -> Alert:
    """Ask a colleague to take an unresolved alert; until they do, it is open.

    They are asked alone for half of the time to answer, then everybody in the order of
    the policy. `seen` is the version that whoever hands over was looking at: if the
    alert has moved on since, AlertAlreadyTaken. HandOverRefused for a colleague who is
    not a clinician of the patient's care team, or cannot be told.
    """
    with transaction.atomic():
        alert = worklist.visible_alert(by, alert_id)
        access.treated_patient(by, alert.patient_id)
        seq = next_change_number(alert.patient_id, analyse=False)
        alert = (
            Alert.objects.select_related("patient__clinic")
            .select_for_update(no_key=True, of=("self",))
            .get(pk=alert_id)
        )
        if alert.state not in states.UNRESOLVED:
            raise AlertAlreadyTaken
        if seen not in (None, alert.step_token):
            raise AlertAlreadyTaken
        _check_colleague(alert, to, by)
        other = escalating.open_beside(alert)
        if other is not None:
            if escalating.no_milder(other, alert):
                raise AlertAlreadyTaken
            escalating.absorb(alert, other, now=now)
            seq = next_change_number(alert.patient_id, analyse=False)
        _ask(alert, to, by=by, now=now, seq=seq)
        alert.refresh_from_db()
    return alert


def _check_colleague(alert: Alert, to: int, by: User) -> None:
    patient = alert.patient
    people = recipients.people_of(patient.clinic_id, patient.care_team_id)
    if to not in people.clinicians or to == by.pk:
        raise HandOverRefused


def _ask(alert: Alert, to: int, *, by: User, now: datetime, seq: int) -> None:
    patient = alert.patient
    usual = plans.policy_of(patient.clinic, patient.care_team_id, now=now)
    asked = policy.asking_first(usual, to, tier=alert.tier)
    alert.plan = plans.snapshot(alert, now=now) | {"policy": policy.written(asked)}
    move(
        alert.pk,
        "hand_over",
        by=by,
        now=now,
        detail={"to": to},
        plan=alert.plan,
        acknowledge_by=asked.answer_by(alert.tier, now=now),
        repeat_count=0,
        seq=seq,
        **inherited(alert),
        **escalating.UNTAKEN,
    )
    alert.repeat_count = 0
    telling.drop_messages(alert.pk)
    telling.take_step(alert, telling.FIRST_STEP, now=now, because="handed over")
