"""Puts messages to people into the table; `sending` sends them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Set
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from alerts.channels import CHANNELS
from alerts.domain import policy, targets, unread
from alerts.domain.policy import Hop, Policy
from alerts.models import Alert, Delivery
from alerts.selectors import plans, recipients
from alerts.selectors.contacts import kinds_of
from alerts.services.moves import note
from alerts.services.quiet import held_until
from tracker.models import Patient
from tracker.selectors.caregivers import accounts_reading_along


logger = logging.getLogger(__name__)

#: The step of a message to the patient; staff have steps from 1.
PATIENT_STEP: Final = 0
FIRST_STEP: Final = 1

#: When to look again for an alert that reaches nobody.
#: Unit: minutes. Source: our choice: a clinic that adds a clinician is heard soon.
LOOK_AGAIN: Final = timedelta(minutes=10)

STAFF_CHANNELS: Final = ("in_app", "email")
#: A watch waits on the list for the next visit and calls nobody.
QUIET_CHANNELS: Final = ("in_app",)
PATIENT_CHANNELS: Final = ("in_app",)


def plan_of(alert: Alert, *, now: datetime) -> Policy:
    """Return the policy that the alert was opened under."""
    return plans.plan_of(alert, now=now)


def tell_patient(alert: Alert, *, now: datetime) -> None:
    """Queue news for the patient and their caregivers; from now on it is unread."""
    alert.patient_wave = alert.wave_count
    alert.tell_patient_at = unread.next_telling(alert.patient_tier, 1, now=now)
    Alert.objects.filter(pk=alert.pk).update(
        patient_wave=alert.patient_wave, tell_patient_at=alert.tell_patient_at
    )
    _queue(alert, _readers(alert), PATIENT_CHANNELS, step=PATIENT_STEP, now=now)


def tell_patient_again(alert: Alert, *, besides: Set[int], now: datetime) -> list[int]:
    """Queue the same once more for those who have a device and have not seen it.

    Returns their accounts. In the app it lies already.
    """
    called = kinds_of([pk for pk in _readers(alert) if pk not in besides])
    people = [pk for pk, kinds in called.items() if kinds]
    if people:
        new_wave(alert)
        _queue(alert, people, (), step=PATIENT_STEP, now=now)
    return people


def _readers(alert: Alert) -> list[int]:
    user_id = Patient.objects.values_list("user_id", flat=True).get(pk=alert.patient_id)
    return [user_id, *accounts_reading_along(alert.patient_id)]


def tell_staff(alert: Alert, people: Iterable[int], *, now: datetime) -> None:
    """Queue the alert for these accounts, in a new wave, at the alert's step."""
    quiet = alert.tier not in targets.ANSWER_MINUTES
    channels = QUIET_CHANNELS if quiet else STAFF_CHANNELS
    _queue(alert, people, channels, step=alert.step, now=now)


def disturb_staff(alert: Alert, people: Iterable[int], *, now: datetime) -> None:
    """Queue a message for these accounts in a new wave that goes out at every tier."""
    new_wave(alert)
    _queue(alert, people, STAFF_CHANNELS, step=alert.step, now=now)


def new_wave(alert: Alert) -> None:
    """Begin to tell people anew: what is queued from here on is not a duplicate."""
    alert.wave_count += 1
    Alert.objects.filter(pk=alert.pk).update(wave_count=alert.wave_count)


def drop_messages(alert_id: UUID) -> int:
    """Take back what waits to be sent to staff: somebody has answered."""
    waiting = Delivery.objects.filter(alert=alert_id, state="queued", step__gte=1)
    return waiting.update(state="dropped")


def take_step(alert: Alert, step: int, *, now: datetime, because: str) -> None:
    """Tell the people of a step and set the time of the next; log who was told.

    The caller holds the alert's row. When nobody at all can be reached the step is
    not taken: it is tried again soon, and the log and the metrics say so.
    """
    plan = plan_of(alert, now=now)
    last = plan.last_step(alert.tier)
    repeats = alert.repeat_count + 1 if step == alert.step == last else 0
    taken = _hop(alert, plan, (step, repeats), now=now)
    if not taken.people:
        _nobody(alert, now=now)
        return
    alert.step, alert.repeat_count = step, repeats
    alert.next_step_at = taken.next_at
    Alert.objects.filter(pk=alert.pk).update(
        step=step, repeat_count=repeats, next_step_at=alert.next_step_at
    )
    new_wave(alert)
    tell_staff(alert, taken.people, now=now)
    note(
        alert.pk,
        "told" if step <= FIRST_STEP else "escalated",
        now=now,
        detail={
            "step": step,
            "because": because,
            "whom": taken.whom,
            "people": list(taken.people),
            "next_at": taken.next_at.isoformat() if taken.next_at else None,
        },
    )
    if step == last:
        note(alert.pk, "exhausted", now=now, detail={"step": step})
        logger.error("nobody answered an alert", extra={"alert_id": str(alert.pk)})


def _hop(
    alert: Alert, plan: Policy, position: tuple[int, int], *, now: datetime
) -> Hop:
    """Ask the policy; the rota and the people are those of this moment.

    A cover or a change of the rota counts from now on, also for a running alert: it
    says who is really there.
    """
    patient = alert.patient
    return policy.hop(
        plan,
        plans.rota_of(patient.clinic, patient.care_team_id, now=now),
        recipients.people_of(patient.clinic_id, patient.care_team_id),
        tier=alert.tier,
        position=position,
        now=now,
    )


def _nobody(alert: Alert, *, now: datetime) -> None:
    alert.next_step_at = now + LOOK_AGAIN
    Alert.objects.filter(pk=alert.pk).update(next_step_at=alert.next_step_at)
    logger.error("an alert reaches nobody", extra={"alert_id": str(alert.pk)})
    if not alert.log.filter(action="nobody_reachable").exists():
        note(alert.pk, "nobody_reachable", now=now)


def _queue(
    alert: Alert,
    people: Iterable[int],
    channels: Iterable[str],
    *,
    step: int,
    now: datetime,
) -> None:
    """Queue a message for each person and channel, and each kind of contact point.

    A message that stays in the app goes to no contact point of staff; a patient's
    telephone is always called.
    """
    people = list(people)
    calls = step == PATIENT_STEP or tuple(channels) != QUIET_CHANNELS
    kinds = kinds_of(people) if calls else {}
    held = held_until(alert, people, now=now)
    Delivery.objects.bulk_create(
        [
            Delivery(
                alert=alert,
                recipient_id=person,
                channel=channel,
                step=step,
                wave=alert.wave_count,
                created_at=now,
                due_at=(until := _waits(channel, held.get(person))) or now,
                quiet_until=until,
            )
            for person in people
            for channel in (*channels, *kinds.get(person, ()))
        ],
        ignore_conflicts=True,
    )


def _waits(channel: str, until: datetime | None) -> datetime | None:
    """Return until when a message waits: what is there to be read disturbs nobody."""
    return until if CHANNELS[channel].goes_out else None
