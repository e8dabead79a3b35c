"""A patient on holiday is not asked for their diary, and told of danger all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import Flag
from analytics.services.analyse import analyse_patients
from tests.factories import client_of
from tests.integration.analytics.conftest import heel_walk
from tests.integration.analytics.test_rule_overrides import fall_silent
from tracker.models import Patient


def pause(patient, days):
    until = timezone.now().date() + timedelta(days=days)
    client = client_of(patient.user)
    return client.patch("/api/v1/me", {"paused_until": until.isoformat()})


def rules_told(patient, now):
    analyse_patients([patient.pk], now)
    return set(Flag.objects.filter(patient=patient).values_list("rule", flat=True))


@pytest.fixture
def now():
    """Noon: the days counted here are whole ones, at whatever hour the tests run."""
    return timezone.now().replace(hour=12, minute=0)


def test_the_reminder_waits_for_the_end_of_the_holiday(patient, now):
    fall_silent(patient, now)
    assert pause(patient, 3).json()["patient"]["paused_until"]
    assert rules_told(patient, now) == set()
    assert rules_told(patient, now + timedelta(days=8)) == set()  # home for five days
    assert rules_told(patient, now + timedelta(days=9)) == {"R15"}


def test_a_silence_after_a_warning_is_asked_about_all_the_same(patient, phone, now):
    tests = [heel_walk(now - timedelta(days=ago), 3) for ago in range(30, 2, -1)]
    tests += [heel_walk(now - timedelta(days=ago), 0) for ago in (2, 1)]
    phone.sync({"weakness_logs": tests})
    pause(patient, 14)
    assert "R14" not in rules_told(patient, now + timedelta(days=2))
    assert "R14" in rules_told(patient, now + timedelta(days=3))


def test_a_pause_is_ended_and_is_never_long(patient):
    assert pause(patient, 28).status_code == 200
    assert pause(patient, 29).json()["errors"].keys() == {"paused_until"}
    assert client_of(patient.user).patch("/api/v1/me", {"paused_until": None}).json()
    assert Patient.objects.get(pk=patient.pk).paused_until is None
