"""Limits make messages wait and never lose one; an emergency waits for none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from alerts.channels import http
from alerts.domain import limits
from alerts.models import ContactPoint, Delivery
from alerts.services import limiting, sending
from tests.integration.alerts.conftest import NOW, Ward, make_alert, make_ward
from tests.integration.alerts.providers import Provider, provider


pytestmark = pytest.mark.django_db

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CATEGORIES = ("function", "data", "review")


@pytest.fixture
def gateway(settings: Any) -> Iterator[Provider]:
    """Stand in for an SMS gateway, which may be asked as often as one likes."""
    with provider() as server:
        settings.SMS_GATEWAY_URL = f"{server.url}/send"
        settings.CHANNEL_LIMITS, settings.PERSON_LIMIT = {}, ""
        yield server
    http.close()


def reachable(number: int) -> Ward:
    ward = make_ward()
    ContactPoint.objects.create(
        user=ward.duty, kind="sms", address=f"+44163296{number:04}", created_at=NOW
    )
    return ward


def told(server: Provider) -> list[str]:
    return [asked.json()["to"][-2:] for asked in server.asked]


def waiting() -> list[tuple[str, str, int]]:
    rows = Delivery.objects.filter(channel="sms").exclude(state="sent")
    return list(rows.values_list("state", "error_code", "attempt_count"))


def test_a_channel_sends_no_more_than_its_provider_takes(
    gateway: Provider, settings: Any
) -> None:
    settings.CHANNEL_LIMITS = {"sms": "2/min"}
    for number in range(4):
        make_alert(reachable(number), tier="urgent")
    sending.send_due(now=NOW)
    sending.send_due(now=NOW + SECOND)  # another worker, which shares the limit
    assert len(told(gateway)) == 2
    assert waiting() == [("queued", limits.HELD, 0)] * 2
    others = Delivery.objects.exclude(channel="sms")
    assert not others.filter(error_code=limits.HELD).exists()
    sending.send_due(now=NOW + 30 * SECOND)
    assert len(told(gateway)) == 3
    sending.send_due(now=NOW + MINUTE)
    assert sorted(told(gateway)) == ["00", "01", "02", "03"]
    assert not waiting()


def test_an_emergency_goes_at_once_and_the_others_after_it(
    gateway: Provider, settings: Any
) -> None:
    settings.CHANNEL_LIMITS, settings.PERSON_LIMIT = {"sms": "1/min"}, "1/min"
    early, late = reachable(1), reachable(2)
    for ward in (early, late):
        make_alert(ward, tier="urgent")
    sending.send_due(now=NOW)
    assert len(told(gateway)) == 1
    for category in CATEGORIES:
        make_alert(early, category=category)
    sending.send_due(now=NOW + SECOND)
    assert told(gateway)[1:] == ["01"] * 3
    assert len(waiting()) == 1
    sending.send_due(now=NOW + MINUTE)  # the emergencies have used that one up
    assert len(waiting()) == 1
    sending.send_due(now=NOW + 2 * MINUTE + SECOND)
    assert not waiting()


def test_a_fault_sends_nobody_message_upon_message(
    gateway: Provider, settings: Any
) -> None:
    settings.PERSON_LIMIT = "2/min"
    ward, other = reachable(1), reachable(2)
    for category in CATEGORIES:
        make_alert(ward, category=category, tier="urgent")
    make_alert(other, tier="urgent")
    sending.send_due(now=NOW)
    assert sorted(told(gateway)) == ["01", "01", "02"]
    sending.send_due(now=NOW + MINUTE)
    assert sorted(told(gateway)) == ["01", "01", "01", "02"]


def test_a_provider_that_asks_for_a_rest_gets_it_from_everybody(
    gateway: Provider, client: Client
) -> None:
    now = timezone.now()
    for number in range(20):
        make_alert(reachable(number), tier="urgent", now=now)
    for _ in range(sending.IN_FLIGHT):
        gateway.will_answer(429, Retry_After="300")
    sending.send_due(now=now)
    asked = len(told(gateway))
    assert 1 <= asked <= sending.IN_FLIGHT  # those who were already on the line
    tries = sorted(attempts for *_, attempts in waiting())
    assert tries == [0] * (20 - asked) + [1] * asked
    body = client.get("/metrics").content.decode()
    assert 'rootwatch_channel_paused_seconds{channel="sms"} 29' in body
    assert f'rootwatch_deliveries_due{{channel="sms"}} {20 - asked}.0' in body
    sending.send_due(now=now + 299 * SECOND)
    assert len(told(gateway)) == asked
    gateway.answers.clear()
    sending.send_due(now=now + 300 * SECOND)
    assert not waiting()


def test_an_emergency_asks_a_resting_provider_once_a_minute(gateway: Provider) -> None:
    make_alert(reachable(1), tier="urgent")
    gateway.will_answer(503, Retry_After="1200")
    sending.send_due(now=NOW)
    make_alert(reachable(2))
    sending.send_due(now=NOW + 59 * SECOND)
    assert told(gateway) == ["01"]
    sending.send_due(now=NOW + MINUTE)
    assert told(gateway) == ["01", "02"]


def test_without_redis_nobody_waits(gateway: Provider, settings: Any) -> None:
    settings.CHANNEL_LIMITS = {"sms": "1/min"}
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    for number in range(3):
        make_alert(reachable(number), tier="urgent")
    gateway.will_answer(429, Retry_After="60")
    with override_settings(CACHES={"default": away}):
        sending.send_due(now=NOW)
        assert limiting.pauses(now=NOW) == {}
        sending.send_due(now=NOW + MINUTE)
    assert not waiting()


def test_a_clock_that_jumped_makes_nobody_wait(
    gateway: Provider, settings: Any
) -> None:
    settings.CHANNEL_LIMITS = {"sms": "1/min"}
    for number in (1, 2):
        make_alert(reachable(number), tier="urgent")
    gateway.will_answer(429, Retry_After="1200")
    sending.send_due(now=NOW + timedelta(days=30))
    Delivery.objects.filter(channel="sms").update(due_at=NOW)
    sending.send_due(now=NOW)
    assert len(told(gateway)) == 2  # the one that was refused, and one of the limit
