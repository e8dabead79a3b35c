"""Two clinics that differ in size alone: the same alerts, people and kinds of diary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from dashboard.selectors.diary import MODELS
from tests import factories
from tests.clinic_scene import make_alert, write_diary
from tracker.models import CareTeam, Clinic, Consent, Device, Patient, SyncCounter, User
from tracker.services.heartbeat import beat


#: Unresolved alerts of each clinic.
ALERTS: Final = 40
#: Days of the diary that is the pattern of all others, and of the longest.
DAYS: Final = 30
LONGEST: Final = 3 * 365
TIERS: Final = ("emergency", "urgent", "soon", "soon")


@dataclass(frozen=True)
class Measured:
    """A clinic, its nurse, and the patients whose pages are opened."""

    clinic: Clinic
    nurse: User
    short: Patient
    longest: Patient


def make(patients: int, pattern: Measured | None = None) -> Measured:
    """Make a clinic of so many patients, and forty open alerts.

    Their diaries are written anew, or copied from those of another clinic.
    """
    now = timezone.now()
    beat("alerts.sweep", now=now)
    clinic = factories.make_clinic(timezone="UTC")
    team = factories.make_team(clinic)
    nurse = factories.make_clinician(team=team)
    factories.put_on_call(team, nurse)
    short, longest = (factories.make_patient(team=team, timezone="UTC") for _ in "12")
    if pattern:
        _copy_diary(pattern.short, [short])
        _copy_diary(pattern.longest, [longest])
    else:
        write_diary(short, today=now.date(), days=DAYS)
        write_diary(longest, today=now.date(), days=LONGEST)
    copies = _people(clinic, team, patients - 2, now=now)
    _copy_diary(short, copies)
    for number, patient in enumerate([longest, short, *copies[: ALERTS - 2]]):
        make_alert(patient, tier=TIERS[number % len(TIERS)], hours=number, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Measured(clinic, nurse, short, longest)


def _people(
    clinic: Clinic, team: CareTeam, count: int, *, now: datetime
) -> list[Patient]:
    """Make patients without a password: none of them logs in."""
    users = User.objects.bulk_create(
        User(email=f"p{number}@clinic{clinic.pk}.example", password="!")
        for number in range(count)
    )
    patients = Patient.objects.bulk_create(
        Patient(
            user=user,
            clinic=clinic,
            care_team=team,
            name=f"Patient {number:04d}",
            timezone="UTC",
            birth_year=1950 + number % 50,
            enrolled_at=now - timedelta(days=90),
        )
        for number, user in enumerate(users)
    )
    Consent.objects.bulk_create(
        Consent(patient=each, clinic=clinic, version="1", given_at=each.enrolled_at)
        for each in patients
    )
    SyncCounter.objects.bulk_create(SyncCounter(patient=each) for each in patients)
    Device.objects.bulk_create(
        Device(
            patient=each,
            device_id=each.pk,
            first_seen_at=each.enrolled_at,
            last_seen_at=now - timedelta(minutes=number),
        )
        for number, each in enumerate(patients)
    )
    return patients


def _copy_diary(pattern: Patient, patients: Iterable[Patient]) -> None:
    """Give each patient the entries of the pattern, by one statement a table."""
    keys = [patient.pk for patient in patients]
    for model in MODELS.values():
        _copy_rows(model, pattern, keys)


def _copy_rows(model: type[models.Model], pattern: Patient, keys: list[UUID]) -> None:
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    others = [name for name in columns if name not in ("id", "patient_id")]
    names = ", ".join(f'"{name}"' for name in others)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (id, patient_id, {names})'
            f" SELECT md5(id || key::text), key, {names}"
            f' FROM "{table}" CROSS JOIN unnest(%s::uuid[])'
            " AS copies (key) WHERE patient_id = %s",
            [keys, pattern.pk],
        )
