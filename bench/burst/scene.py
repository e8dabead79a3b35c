"""Clinics on whose patients the burst comes; each alert is a copy of a real one.

The service opens one alert of each tier for each team. The others are the same rows
for other patients: opening ten thousand would take longer than telling them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import numpy as np
from django.contrib.auth import hashers
from django.db import connection, models
from django.db.models import F, Value
from django.test import override_settings
from django.utils import timezone

from alerts.models import Alert, AlertLog, ContactPoint, Delivery
from alerts.services.opening import open_alerts_for_flags
from analytics.models import Flag
from tests import factories
from tracker.models import CareTeam, Patient, SyncCounter, User


#: Patients of one care team, who all have the same clinician on duty.
PATIENTS: Final = 50
#: What an outage leaves behind, in a hundred alerts.
SHARES: Final = {"emergency": 10, "urgent": 40, "soon": 50}


@dataclass(frozen=True)
class Burst:
    """What the bench asks for: the tier of each alert, and of which each message is."""

    tiers: Mapping[str, str]
    alert_of: Mapping[str, str]


def make(alerts: int) -> Burst:
    """Make so many open alerts that nobody has been told of, in an order by chance."""
    with override_settings(PASSWORD_HASHERS=[f"{hashers.__name__}.MD5PasswordHasher"]):
        teams = [_team(number) for number in range(max(1, alerts // PATIENTS))]
    now = timezone.now()
    tiers = [tier for tier, share in SHARES.items() for _ in range(share)]
    chance = np.random.default_rng(7).permutation(alerts)
    wanted = [tiers[number % len(tiers)] for number in chance]
    patients = _people(teams, alerts, now=now)
    patterns: dict[tuple[int | None, str], Alert] = {}
    copies: list[tuple[Alert, Patient]] = []
    for patient, tier in zip(patients, wanted, strict=True):
        key = (patient.care_team_id, tier)
        if key not in patterns:
            patterns[key] = _opened(patient, tier, now=now)
        else:
            copies.append((patterns[key], patient))
    _copy(copies)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return read()


def read() -> Burst:
    """Return what there is to be told."""
    tiers = {str(pk): tier for pk, tier in Alert.objects.values_list("pk", "tier")}
    rows = Delivery.objects.exclude(channel="in_app").values_list("pk", "alert")
    return Burst(tiers, {row.hex: str(alert) for row, alert in rows})


def forget() -> None:
    """Let nobody be told, and nothing wait to be told."""
    Delivery.objects.update(state="dropped")
    AlertLog.objects.exclude(action="opened").delete()


def begin() -> None:
    """Let it all have been opened now, and nobody been told."""
    now = timezone.now()
    Delivery.objects.update(
        state="queued",
        sent_at=None,
        attempt_count=0,
        error_code="",
        created_at=now,
        due_at=now,
        leased_until=None,
        lease_token=None,
    )
    next_step = Value(now) + (F("next_step_at") - F("opened_at"))
    Alert.objects.update(state="open", opened_at=now, next_step_at=next_step)


def _team(number: int) -> CareTeam:
    """Make a team with two clinicians; every fifth is called by telephone, too."""
    team = factories.make_team()
    people = [factories.make_clinician(team=team) for _ in range(2)]
    factories.put_on_call(team, *people)
    factories.make_administrator(team.clinic)
    if number % 5 == 0:
        ContactPoint.objects.create(
            user=people[0],
            kind="sms",
            address=f"+44163296{number:04}",
            created_at=timezone.now(),
        )
    return team


def _people(teams: list[CareTeam], count: int, *, now: datetime) -> list[Patient]:
    """Make patients without a password: none of them logs in."""
    users = User.objects.bulk_create(
        User(email=f"p{number}@burst.example", password="!") for number in range(count)
    )
    patients = Patient.objects.bulk_create(
        Patient(
            user=user,
            clinic_id=teams[number % len(teams)].clinic_id,
            care_team=teams[number % len(teams)],
            name=f"Patient {number:05d}",
            timezone="UTC",
            birth_year=1970,
            enrolled_at=now,
        )
        for number, user in enumerate(users)
    )
    SyncCounter.objects.bulk_create(SyncCounter(patient=each) for each in patients)
    return patients


def _opened(patient: Patient, tier: str, *, now: datetime) -> Alert:
    flag = Flag.objects.create(
        patient=patient,
        key="burst",
        rule="R06",
        rule_version="1.0.0",
        tier=tier,
        category="function",
        side="",
        raised_on=now.date(),
        raised_at=now,
        evidence={},
        explanation="burst",
        patient_title="burst",
        patient_text="burst",
        clinician_text="burst",
    )
    (alert,) = open_alerts_for_flags([flag], now)
    return Alert.objects.get(pk=alert.pk)


def _copy(pairs: Iterable[tuple[Alert, Patient]]) -> None:
    messages: dict[Any, list[Delivery]] = {}
    alerts, copied = [], []
    for pattern, patient in pairs:
        alert = _twin(pattern, patient=patient, step_token=uuid4())
        alerts.append(alert)
        if pattern.pk not in messages:
            messages[pattern.pk] = list(Delivery.objects.filter(alert=pattern))
        for message in messages[pattern.pk]:
            changes = {} if message.step else {"recipient_id": patient.user_id}
            copied.append(_twin(message, alert=alert, **changes))
    Alert.objects.bulk_create(alerts, batch_size=1000)
    Delivery.objects.bulk_create(copied, batch_size=1000)


def _twin(row: Any, **changes: Any) -> Any:
    kept: dict[str, Any] = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
    }
    model: type[models.Model] = type(row)
    twin = model(**kept | {"id": uuid4()})
    for name, value in changes.items():
        setattr(twin, name, value)
    return twin
