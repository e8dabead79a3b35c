"""A clinic at work: a patient, who is on duty, who is next, who administers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.models import Alert
from alerts.services.opening import open_alerts_for_flags
from analytics.models import Flag
from tests.factories import (
    CANARY,
    make_administrator,
    make_clinic,
    make_clinician,
    make_patient,
    make_team,
    put_on_call,
)
from tracker.models import CareTeam, Clinic, Patient, User


#: A Monday, 10:00 in Berlin.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_numbers = itertools.count(1)


@dataclass
class Ward:
    """Everybody whom an alert concerns."""

    clinic: Clinic
    team: CareTeam
    duty: User
    second: User
    administrator: User
    patient: Patient


def make_ward() -> Ward:
    clinic = make_clinic()
    team = make_team(clinic)
    duty, second = make_clinician(team=team), make_clinician(team=team)
    put_on_call(team, duty, second)
    patient = make_patient(team=team, now=NOW)
    # make_patient's inviter administers the clinic, too: one is enough to follow.
    clinic.memberships.filter(role="administrator").delete()
    return Ward(clinic, team, duty, second, make_administrator(clinic), patient)


def make_flag(patient: Patient, *, items: tuple[str, ...] = (), **fields: Any) -> Flag:
    defaults = {
        "key": f"key {next(_numbers)}",
        "rule": "R01",
        "rule_version": "1.0.0",
        "tier": "emergency",
        "category": "red_flag",
        "side": "",
        "raised_on": NOW.date(),
        "raised_at": NOW,
        "evidence": {"items": list(items)},
        "explanation": f"{CANARY} explanation",
        "patient_title": f"{CANARY} title",
        "patient_text": f"{CANARY} text",
        "clinician_text": f"{CANARY} gist",
    }
    return Flag.objects.create(patient=patient, **defaults | fields)


def make_alert(ward: Ward, *, now: Any = NOW, **fields: Any) -> Alert:
    (alert,) = open_alerts_for_flags([make_flag(ward.patient, **fields)], now)
    return Alert.objects.get(pk=alert.pk)


@pytest.fixture
def ward(db: None) -> Ward:
    return make_ward()
