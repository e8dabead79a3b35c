"""A burst of some hundred alerts: two workers tell of the emergencies first, and of all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from alerts.channels import http
from alerts.models import Delivery
from alerts.services import sending
from bench.burst import scene, sinks


ALERTS = 200
WORKERS = 2


@pytest.fixture
def outside(settings: Any) -> Iterator[sinks.Sinks]:
    settings.CHANNEL_LIMITS, settings.PERSON_LIMIT = {}, ""
    with sinks.running() as taken:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", taken.smtp_port
        settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{taken.http_port}/send"
        yield taken
        http.close()


@pytest.mark.django_db(transaction=True)
def test_emergencies_come_before_everything_else(outside: sinks.Sinks) -> None:
    burst = scene.make(ALERTS)
    scene.begin()

    def work() -> None:
        while sending.send_due(now=timezone.now()):
            """Go on until nothing waits."""
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert not Delivery.objects.exclude(state="sent").exists()
    assert outside.came.keys() == burst.alert_of.keys()
    assert not outside.repeats
    came = sorted(outside.came, key=lambda row: outside.came[row])
    tiers = [burst.tiers[burst.alert_of[row]] for row in came]
    for tier in ("emergency", "urgent"):
        places = [place for place, each in zip(count(), tiers) if each == tier]
        last = 1 + places[-1]
        milder = last - sum(each in _no_milder(tier) for each in tiers[:last])
        # The other worker may be at its next claim while one ends its last of the tier.
        assert milder <= sending.BATCH, f"{milder} milder ones before the last {tier}"


def _no_milder(tier: str) -> tuple[str, ...]:
    return ("emergency",) if tier == "emergency" else ("emergency", "urgent")
