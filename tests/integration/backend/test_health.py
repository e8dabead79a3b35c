"""Machines are told whether the server lives, is ready, and does its work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from backend.celery import PATIENCE
from tracker.models import Heartbeat


CACHE_WITHOUT_REDIS = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
        "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.3},
    }
}


def test_live_asks_nobody(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_with_database_and_redis(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok"}


@pytest.mark.django_db
def test_a_stopped_redis_is_told_but_turns_nobody_away(client: Client) -> None:
    with override_settings(CACHES=CACHE_WITHOUT_REDIS):
        response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["redis"] == "down"


@pytest.mark.django_db
def test_a_job_that_never_ran_is_late(client: Client) -> None:
    response = client.get("/health/background")
    assert response.status_code == 500
    assert response.json()["late"] == sorted(PATIENCE)


@pytest.mark.django_db
def test_background_is_well_while_every_job_beats(client: Client) -> None:
    now = timezone.now()
    for name in PATIENCE:
        Heartbeat.objects.create(name=name, beat_at=now)
    assert client.get("/health/background").json() == {"status": "ok", "late": []}


@pytest.mark.django_db
def test_what_runs_seldom_is_late_only_after_it_ran(client: Client) -> None:
    now = timezone.now()
    for name in PATIENCE:
        Heartbeat.objects.create(name=name, beat_at=now)
    job = Heartbeat(name="alerts.coverage", beat_at=now - timedelta(hours=2))
    for hours, late in ((0, []), (2, ["alerts.coverage"])):
        job.beat_at -= timedelta(hours=hours)
        job.save()
        assert client.get("/health/background").json()["late"] == late


@pytest.mark.django_db
def test_one_late_job_is_named(client: Client) -> None:
    now = timezone.now()
    for name, patience in PATIENCE.items():
        late = (
            patience + timedelta(seconds=5) if name == "alerts.sweep" else timedelta()
        )
        Heartbeat.objects.create(name=name, beat_at=now - late)
    response = client.get("/health/background")
    assert response.status_code == 500
    assert response.json()["late"] == ["alerts.sweep"]
