"""Mail by a provider's API: Mailgun as it speaks, refuses, and reports what came back."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.test import Client

from alerts.channels import CHANNELS
from alerts.models import Alert, DeadMailbox, Delivery
from alerts.services import sending
from backend.channels import mail_provider
from backend.env import Environment
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.providers import Provider, provider


pytestmark = pytest.mark.django_db

SIGNING_KEY = "a signing key"
QUEUED = {"id": "<1@mg.example>", "message": "Queued. Thank you."}
SECRETS = ("CANARY", "emergency", "R01", "saddle")


@pytest.fixture
def mailgun(settings: Any) -> Iterator[Provider]:
    """Set up as an operator would, but for the address of the provider."""
    with provider() as server:
        options = (
            "api_key=key-1&sender_domain=mg.example"
            f"&webhook_signing_key={SIGNING_KEY}&api_url={server.url}/v3"
        )
        told = {"EMAIL_PROVIDER": "mailgun", "EMAIL_PROVIDER_OPTIONS": options}
        for name, value in mail_provider(Environment(told)).items():
            setattr(settings, name, value)
        yield server


def tell(ward: Ward, **fields: Any) -> Delivery:
    alert = make_alert(ward, items=("saddle_numbness",), **fields)
    sending.send_due(now=NOW)
    return Delivery.objects.get(alert=alert, channel="email", recipient=ward.duty)


def report(
    client: Client, delivery: Delivery, event: str, key: str, **more: str
) -> int:
    signed = hmac.new(key.encode(), b"1700000000token", hashlib.sha256).hexdigest()
    sent = {
        "signature": {"timestamp": "1700000000", "token": "token", "signature": signed},
        "event-data": {
            "event": event,
            "id": "e1",
            "timestamp": 1700000000.0,
            "recipient": delivery.recipient.email,
            "message": {"headers": {"message-id": "1@mg.example"}},
            "user-variables": {"delivery": str(delivery.pk)},
            **more,
        },
    }
    answered = client.post("/mail/events", sent, content_type="application/json")
    return answered.status_code


def test_it_sends_by_the_api_and_says_nothing_clinical(
    ward: Ward, mailgun: Provider
) -> None:
    mailgun.will_answer(200, QUEUED)
    delivery = tell(ward)
    assert (delivery.state, delivery.error_code) == ("sent", "")
    (asked,) = mailgun.asked
    assert asked.path == "/v3/mg.example/messages"
    login = b64encode(b"api:key-1").decode()
    assert asked.headers["authorization"] == f"Basic {login}"
    form = parse_qs(asked.body.decode())
    assert form["to"] == [ward.duty.email]
    assert form["v:delivery"] == [str(delivery.pk)]
    assert not [secret for secret in SECRETS if secret in str(form)]


@pytest.mark.parametrize(
    ("status", "headers", "expected", "wait"),
    [
        (400, {}, ("failed", "http_400"), None),
        (401, {}, ("queued", "http_401"), 15),
        (404, {}, ("queued", "http_404"), 15),
        (429, {"Retry_After": "120"}, ("queued", "http_429"), 120),
        (500, {}, ("queued", "http_500"), 15),
    ],
)
def test_its_refusals(
    ward: Ward,
    mailgun: Provider,
    status: int,
    headers: dict[str, str],
    expected: tuple[str, str],
    wait: int | None,
) -> None:
    mailgun.will_answer(status, {"message": "no"}, **headers)
    mailgun.answers += [(200, {}, json.dumps(QUEUED).encode())] * 3
    delivery = tell(ward, tier="urgent")
    assert (delivery.state, delivery.error_code) == expected
    if wait:
        assert delivery.due_at == NOW + timedelta(seconds=wait)
    assert DeadMailbox.objects.exists() == (status == 400)


def test_a_provider_that_is_away_is_tried_again(ward: Ward, mailgun: Provider) -> None:
    mailgun.will_answer(-1)  # hangs up
    assert tell(ward).error_code == "unreachable"


def test_a_mail_that_comes_back_ends_the_address_and_the_next_is_told(
    ward: Ward, mailgun: Provider, client: Client
) -> None:
    mailgun.answers = [(200, {}, json.dumps(QUEUED).encode())] * 9
    delivery = tell(ward)
    for _ in "twice":
        assert (
            report(client, delivery, "failed", SIGNING_KEY, severity="permanent") == 200
        )
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == ("failed", "bounced_other")
    assert DeadMailbox.objects.get().user == ward.duty
    alert = Alert.objects.get()
    assert alert.step == 2
    assert alert.log.filter(action="failed").count() == 1
    sending.send_due(now=NOW)
    assert DeadMailbox.objects.exists()  # taken by the provider is not arrived
    assert report(client, delivery, "delivered", SIGNING_KEY) == 200
    assert not DeadMailbox.objects.exists()


def test_a_mail_that_comes_back_before_it_is_noted_as_sent_is_heeded(
    ward: Ward, mailgun: Provider, client: Client
) -> None:
    mailgun.answers = [(200, {}, json.dumps(QUEUED).encode())] * 9
    delivery = tell(ward)
    lease = {"lease_token": uuid4(), "leased_until": NOW + timedelta(minutes=1)}
    Delivery.objects.filter(pk=delivery.pk).update(
        state="leased", sent_at=None, **lease
    )
    delivery.refresh_from_db()
    assert report(client, delivery, "failed", SIGNING_KEY, severity="permanent") == 200
    assert not sending.confirm(delivery, CHANNELS["email"], now=NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.leased_until) == ("failed", None)
    assert Alert.objects.get().step == 2


def test_a_delay_changes_nothing(ward: Ward, mailgun: Provider, client: Client) -> None:
    mailgun.will_answer(200, QUEUED)
    delivery = tell(ward)
    assert report(client, delivery, "failed", SIGNING_KEY, severity="temporary") == 200
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_a_report_that_is_not_signed_is_refused(
    ward: Ward, mailgun: Provider, client: Client
) -> None:
    mailgun.will_answer(200, QUEUED)
    delivery = tell(ward)
    refused = report(client, delivery, "failed", "another key", severity="permanent")
    assert refused == 400
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_a_provider_that_signs_nothing_needs_a_secret(
    settings: Any, client: Client
) -> None:
    settings.EMAIL_PROVIDER, settings.ANYMAIL = "postmark", {}
    assert client.post("/mail/events", {}).status_code == 404
    settings.ANYMAIL = {"WEBHOOK_SECRET": "user:secret"}
    assert client.post("/mail/events", {}).status_code == 400
