"""What people do about an alert: acknowledge, snooze, write down how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from alerts.domain import outcomes, patient_answers, snoozing, states, targets
from alerts.domain.notes import NOTE_LENGTH
from alerts.domain.patient_answers import CALL_ME, READ
from alerts.errors import AlertAlreadyTaken, AlertClosed, OutcomeInvalid, SnoozeRefused
from alerts.models import Alert
from alerts.selectors import worklist
from alerts.services import calling_back, telling
from alerts.services.moves import move, note
from analytics.models import Flag
from tracker.errors import NotThePatient
from tracker.models import User
from tracker.selectors import access
from tracker.services.counter import next_change_number


def acknowledge(alert_id: UUID, *, by: User, now: datetime) -> Alert:
    """Take the alert for this clinician; the second to try gets AlertAlreadyTaken."""
    with transaction.atomic():
        alert = _for_clinician(alert_id, by)
        seq = next_change_number(alert.patient_id, analyse=False)
        calendar = telling.plan_of(alert, now=now).calendar
        moved = move(
            alert_id,
            "acknowledge",
            by=by,
            now=now,
            acknowledged_at=now,
            acknowledged_by=by,
            reminded_at=None,
            snoozed_until=None,
            next_step_at=targets.outcome_by(alert.tier, calendar=calendar, now=now),
            seq=seq,
        )
        if not moved:
            raise AlertAlreadyTaken
        telling.drop_messages(alert_id)
        alert.refresh_from_db()
    return alert


@dataclass(frozen=True, kw_only=True)
class Sleep:
    """Until when an alert shall wait, and why."""

    until: datetime
    reason: str
    note: str = ""


def snooze(alert_id: UUID, sleep: Sleep, *, by: User, now: datetime) -> Alert:
    """Let the alert wait for this clinician, who has thereby taken it.

    Never an emergency, and never beyond its bounds: SnoozeRefused. It is open again
    when its time has come, or at once when it gets worse.
    """
    with transaction.atomic():
        _for_clinician(alert_id, by)
        patient_id = Alert.objects.values_list("patient", flat=True).get(pk=alert_id)
        seq = next_change_number(patient_id, analyse=False)
        alert = Alert.objects.get(pk=alert_id)  # under the counter its tier stays
        _check_sleep(sleep, alert, now=now)
        moved = move(
            alert_id,
            "snooze",
            by=by,
            now=now,
            detail={"reason": sleep.reason, "until": sleep.until.isoformat()},
            snoozed_until=sleep.until,
            snooze_reason=sleep.reason,
            snooze_note=sleep.note,
            next_step_at=sleep.until,
            acknowledged_at=Coalesce("acknowledged_at", now),
            acknowledged_by=by,
            reminded_at=None,
            seq=seq,
        )
        if not moved:
            raise AlertAlreadyTaken
        telling.drop_messages(alert_id)
        alert.refresh_from_db()
    return alert


def resolve(
    alert_id: UUID, *, by: User, outcome: str, note: str = "", now: datetime
) -> Alert:
    """Close the alert and its flags with the outcome; only a clinician can.

    Whoever resolves an alert that nobody had taken has thereby taken it.
    """
    with transaction.atomic():
        alert = _for_clinician(alert_id, by)
        _check(outcome, note, tier=alert.tier)
        seq = next_change_number(alert.patient_id, analyse=False)
        moved = move(
            alert_id,
            "resolve",
            by=by,
            now=now,
            detail={"outcome": outcome},
            resolved_at=now,
            resolved_by=by,
            acknowledged_at=Coalesce("acknowledged_at", now),
            acknowledged_by=Coalesce("acknowledged_by", by.pk),
            outcome=outcome,
            outcome_note=note,
            next_step_at=None,
            snoozed_until=None,
            seq=seq,
        )
        if not moved:
            raise AlertAlreadyTaken
        telling.drop_messages(alert_id)
        _close_flags(alert_id, outcome)
        alert.refresh_from_db()
    return alert


def patient_acknowledge(
    alert_id: UUID, *, by: User, answer: str = READ, now: datetime
) -> Alert:
    """Note what the patient says of their alert; the same again changes nothing.

    A caregiver who reads it has not made sure that the patient did: NotThePatient.
    A wish to be called back tells staff, and again only after they have called; of a
    closed alert it is AlertClosed.
    """
    with transaction.atomic():
        alert = worklist.own_alert(by, alert_id)
        if alert.patient.user_id != by.pk:
            raise NotThePatient
        seq = next_change_number(alert.patient_id, analyse=False)
        alert = Alert.objects.select_for_update(no_key=True).get(pk=alert_id)
        if answer == CALL_ME and alert.state not in states.UNRESOLVED:
            raise AlertClosed
        asks_again = answer == CALL_ME and alert.call_back_by is None
        if not (asks_again or patient_answers.replaces(answer, alert.patient_answer)):
            return alert
        alert.patient_acknowledged_at = alert.patient_acknowledged_at or now
        alert.patient_answer, alert.seq = answer, seq
        alert.save(update_fields=["patient_acknowledged_at", "patient_answer", "seq"])
        note(alert_id, "patient_acknowledged", by=by, now=now, detail={"said": answer})
        if asks_again:
            calling_back.ask(alert, now=now)
    return alert


def _for_clinician(alert_id: UUID, by: User) -> Alert:
    alert = worklist.visible_alert(by, alert_id)
    access.treated_patient(by, alert.patient_id)
    return alert


def _check(outcome: str, note: str, *, tier: str) -> None:
    if outcome not in {known.code for known in outcomes.outcomes_for(tier)}:
        raise OutcomeInvalid
    if len(note) > NOTE_LENGTH:
        message = f"A note has at most {NOTE_LENGTH} characters."
        raise OutcomeInvalid(message)


def _check_sleep(sleep: Sleep, alert: Alert, *, now: datetime) -> None:
    latest = snoozing.latest(
        (alert.tier, alert.patient_tier), examine_by=alert.examine_by, now=now
    )
    if latest is None:
        message = "Emergencies and examinations that are overdue cannot wait."
        raise SnoozeRefused(message)
    if not now < sleep.until <= latest:
        message = f"Choose a time after now and no later than {latest:%Y-%m-%dT%H:%MZ}."
        raise SnoozeRefused(message)
    if sleep.reason not in {reason.code for reason in snoozing.REASONS}:
        raise SnoozeRefused
    if len(sleep.note) > NOTE_LENGTH or (sleep.reason == "other" and not sleep.note):
        message = f"Write a note of at most {NOTE_LENGTH} characters."
        raise SnoozeRefused(message)


def _close_flags(alert_id: UUID, outcome: str) -> None:
    """Close the alert's flags, except those that another alert still waits for."""
    elsewhere = Alert.objects.filter(
        flags=OuterRef("pk"), state__in=states.UNRESOLVED
    ).exclude(pk=alert_id)
    Flag.objects.filter(~Exists(elsewhere), alerts=alert_id, status="open").update(
        status="closed", outcome=outcome
    )
