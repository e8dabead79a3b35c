"""Whose diary waits at the hour at which they want to be reminded, and who is silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from alerts.domain.contacts import OF_A_DEVICE, SMS
from alerts.domain.reminders import (
    APART,
    DIARY,
    HIGH_RISK_RULES,
    SILENCE,
    SILENCE_AT,
    Wish,
    day_to_remind,
    is_silence,
    waits,
)
from alerts.models import ContactPoint
from analytics.domain.thresholds import HIGH_RISK_DAYS
from analytics.models import Flag
from tracker.domain.circumstances import PROCEDURES
from tracker.models import Patient, Treatment, User
from tracker.selectors.diary import last_days


_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Due:
    """A patient to remind, of which day, and what about."""

    patient_id: UUID
    user: User
    day: date
    about: str


def due_reminders(*, now: datetime) -> list[Due]:
    """Return who is to be reminded now; a diary under lock is left alone.

    Only those who can be told, and whose diary waits. Whoever is at high risk is also
    asked about two silent days, at their own hour or in the evening, on holiday or not:
    a day later a human calls them (R14).
    """
    found = list(_at_this_hour(now=now))
    last = last_days([patient.pk for patient, _ in found])
    return [
        Due(patient_id=patient.pk, user=patient.user, day=day, about=about)
        for patient, day in found
        if (about := _about(patient, day, *last[patient.pk])) is not None
    ]


def _about(
    patient: Any, day: date, entry: date | None, test: date | None
) -> str | None:
    if patient.is_risky and is_silence(day, entry=entry):
        return SILENCE
    on_holiday = patient.paused_until is not None and day <= patient.paused_until
    wants = patient.reminder_at is not None and patient.has_device and not on_holiday
    return DIARY if wants and waits(day, entry=entry, test=test) else None


def _at_this_hour(*, now: datetime) -> Iterator[tuple[Any, date]]:
    """Yield the patients whose hour it is, with the day that it belongs to."""
    points = ContactPoint.objects.filter(user=OuterRef("user"), retired_at__isnull=True)
    patients = Patient.objects.annotate(
        is_risky=_is_risky(now=now),
        has_device=Exists(points.filter(kind__in=OF_A_DEVICE)),
    ).filter(
        Q(reminder__isnull=True)
        | Q(reminder__is_over=False)
        | Q(reminder__tried_at__lte=now - APART),
        Exists(points.filter(kind__in=[*OF_A_DEVICE, SMS])),
        Q(reminder_at__isnull=False) | Q(is_risky=True),
        user__is_active=True,
        counter__is_sealed=False,
    )
    for patient in patients.select_related("user"):
        at = patient.reminder_at or SILENCE_AT
        day = day_to_remind(Wish(at=at, zone=ZoneInfo(patient.timezone)), now=now)
        if day is not None:
            yield patient, day


def _is_risky(*, now: datetime) -> Q:
    """Return whether a flag of a nerve, or a procedure, makes the risk high (R14)."""
    today = now.date()
    flags = Flag.objects.filter(
        patient=OuterRef("pk"),
        rule__in=HIGH_RISK_RULES,
        raised_on__gt=today - HIGH_RISK_DAYS * _DAY,
    ).exclude(tier="watch")
    begun = Q()
    for kind, length in PROCEDURES.items():
        begun |= Q(kind=kind, started_on__gt=today - length)
    treatments = Treatment.objects.filter(
        begun, patient=OuterRef("pk"), started_on__lte=today + _DAY
    )
    return Q(Exists(flags)) | Q(Exists(treatments))
