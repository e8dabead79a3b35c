"""Prometheus reads from this machine or with a token, and learns nothing personal."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from tests import clinic_scene
from tests.factories import make_patient
from tracker.models import Consent, SyncCounter


pytestmark = pytest.mark.django_db


def test_this_machine_may_read(client: Client) -> None:
    client.get("/health/live")
    body = client.get("/metrics").content.decode()
    assert 'rootwatch_requests_total{method="GET",route="/health/live"' in body
    assert "rootwatch_alert_oldest_unanswered_seconds 0.0" in body


@pytest.mark.parametrize(
    "headers", [{"REMOTE_ADDR": "10.0.0.9"}, {"HTTP_X_FORWARDED_FOR": "10.0.0.9"}]
)
def test_a_stranger_finds_nothing(client: Client, headers: dict[str, Any]) -> None:
    assert client.get("/metrics", **headers).status_code == 404


@override_settings(METRICS_TOKEN="t0ken")
def test_with_a_token_only_the_token_counts(client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    wrong = client.get("/metrics", headers={"Authorization": "Bearer other"})
    assert wrong.status_code == 404
    right = client.get(
        "/metrics", headers={"Authorization": "Bearer t0ken"}, REMOTE_ADDR="10.0.0.9"
    )
    assert right.status_code == 200


def test_a_made_up_method_makes_no_series(client: Client) -> None:
    client.generic("BREW", "/health/live")
    assert "BREW" not in client.get("/metrics").content.decode()


def test_how_fast_and_how_much_is_told_by_tier(client: Client) -> None:
    clinic_scene.make_scene(now=timezone.now())
    body = client.get("/metrics").content.decode()
    assert "rootwatch_alerts_on_schedule 1.0" in body
    assert "rootwatch_delivery_overdue_seconds 0.0" in body
    heard = 'rootwatch_alert_first_delivery_seconds{quantile="0.9",tier="urgent"} 0.0'
    assert heard in body
    assert "# TYPE rootwatch_alert_first_delivery_to_patient_seconds gauge" in body
    # Four patients of today: too few to say how many alerts there are in a hundred weeks.
    assert "rootwatch_alerts_per_100_patient_weeks{" not in body
    for _ in range(23):
        make_patient()
    Consent.objects.update(given_at=timezone.now() - timedelta(days=28))
    body = client.get("/metrics").content.decode()
    rate = re.search(
        r'rootwatch_alerts_per_100_patient_weeks{tier="urgent"} ([0-9.]+)', body
    )
    assert rate
    # One alert in 27 patients of four weeks, 108 patient-weeks.
    assert float(rate[1]) == pytest.approx(100 / 108, rel=1e-3)


def test_a_restored_backup_alarms_the_operator(client: Client) -> None:
    name = b"rootwatch_sync_counters_rewound"
    patient = make_patient()
    assert name + b" 0.0" in client.get("/metrics").content
    SyncCounter.objects.filter(pk=patient.pk).update(rewound_at=timezone.now())
    assert name + b" 1.0" in client.get("/metrics").content
