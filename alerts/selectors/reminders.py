"""Whose diary waits at the hour at which they want to be reminded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from alerts.domain.contacts import OF_A_DEVICE
from alerts.domain.reminders import APART, Wish, day_to_remind, waits
from tracker.models import Patient, User
from tracker.selectors.diary import last_days


@dataclass(frozen=True, kw_only=True)
class Due:
    """A patient to remind, and of which day."""

    patient_id: UUID
    user: User
    day: date


def due_reminders(*, now: datetime) -> list[Due]:
    """Return who is to be reminded now; a diary under lock is left alone.

    Only those with a device that can be told, and whose diary waits.
    """
    at_their_hour = list(_at_their_hour(now=now))
    last = last_days([due.patient_id for due in at_their_hour])
    return [
        due
        for due in at_their_hour
        if waits(due.day, entry=last[due.patient_id][0], test=last[due.patient_id][1])
    ]


def _at_their_hour(*, now: datetime) -> Iterator[Due]:
    wishes = Patient.objects.filter(
        Q(reminder__isnull=True)
        | Q(reminder__is_over=False)
        | Q(reminder__tried_at__lte=now - APART),
        reminder_at__isnull=False,
        user__is_active=True,
        counter__is_sealed=False,
        user__contact_points__kind__in=OF_A_DEVICE,
        user__contact_points__retired_at__isnull=True,
    )
    for patient in wishes.select_related("user").distinct():
        if patient.reminder_at is None:
            continue
        wish = Wish(
            at=patient.reminder_at,
            zone=ZoneInfo(patient.timezone),
            paused_until=patient.paused_until,
        )
        day = day_to_remind(wish, now=now)
        if day is not None:
            yield Due(patient_id=patient.pk, user=patient.user, day=day)
