"""A text that Twilio took and never delivered counts as failed, and the next is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from alerts.channels import http, sms
from alerts.models import Alert, ContactPoint, Delivery
from alerts.services import sending
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.providers import Provider, provider


@pytest.fixture
def twilio(settings: Any) -> Iterator[Provider]:
    with provider() as server:
        settings.TWILIO_ACCOUNT, settings.TWILIO_TOKEN = "AC1", "12345"
        settings.TWILIO_URL = server.url
        settings.PUBLIC_URL = "https://clinic.example/"
        yield server
    http.close()


def number(ward: Ward, last: int = 3) -> ContactPoint:
    return ContactPoint.objects.create(
        user=ward.duty, kind="sms", address=f"+44163296012{last}", created_at=NOW
    )


def texted(ward: Ward) -> Delivery:
    """Tell whoever is on duty by text alone; their mail was refused."""
    alert = make_alert(ward, tier="urgent")
    mail = Delivery.objects.filter(alert=alert, channel="email")
    mail.update(state="failed")
    sending.send_due(now=NOW)
    return Delivery.objects.get(alert=alert, channel="sms")


def report(twilio: Provider, status: str, code: str = "", *, which: int = 0) -> int:
    """Report as Twilio does, to the address that it was given with the message."""
    asked = parse_qs(twilio.asked[which].body.decode())
    (url,) = asked["StatusCallback"]
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": code}
    signed = {"X-Twilio-Signature": sms.signature(url, form)}
    there = urlsplit(url)
    assert (there.scheme, there.netloc) == ("https", "clinic.example")
    answered = Client().post(f"{there.path}?{there.query}", form, headers=signed)
    return answered.status_code


@pytest.mark.parametrize(
    ("number", "signature"),
    [  # Twilio's own examples, of its page about the security of webhooks
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ],
)
def test_the_signature_is_twilios(settings: Any, number: str, signature: str) -> None:
    settings.TWILIO_TOKEN = "12345"
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": number,
        "Digits": "1234",
        "From": number,
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sms.signature(url, form) == signature


@pytest.mark.parametrize(
    ("status", "code", "retired"),
    [
        ("undelivered", "30003", ""),  # switched off
        ("undelivered", "30005", "twilio_30005"),  # nobody has that number
        ("failed", "30006", "twilio_30006"),  # a landline
        ("failed", "", ""),
    ],
)
def test_a_text_that_never_arrived_tells_the_next(
    ward: Ward, twilio: Provider, status: str, code: str, retired: str
) -> None:
    point = number(ward)
    delivery = texted(ward)
    assert delivery.state == "sent"
    for word in ("queued", "sent"):
        assert report(twilio, word) == 204
    assert Alert.objects.get().step == 1
    for _ in "twice":
        assert report(twilio, status, code) == 204
    delivery.refresh_from_db()
    point.refresh_from_db()
    told = f"twilio_{code or status}"
    assert (delivery.state, delivery.error_code) == ("failed", told)
    assert point.retired_because == retired
    alert = Alert.objects.get()
    assert alert.step == 2
    assert alert.log.filter(action="failed").count() == 1


def test_one_that_arrived_is_noted_and_stays(ward: Ward, twilio: Provider) -> None:
    number(ward)
    delivery = texted(ward)
    report(twilio, "delivered")
    report(twilio, "failed", "30008")  # late, and out of order
    delivery.refresh_from_db()
    assert delivery.delivered_at
    assert (delivery.state, Alert.objects.get().step) == ("sent", 1)


def test_another_number_of_the_person_may_have_got_it(
    ward: Ward, twilio: Provider
) -> None:
    dead, alive = number(ward, 3), number(ward, 4)
    delivery = texted(ward)
    report(twilio, "undelivered", "30005", which=0)
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    dead.refresh_from_db()
    assert dead.retired_at
    report(twilio, "undelivered", "30003", which=1)
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    alive.refresh_from_db()
    assert alive.retired_at is None


def test_what_twilio_did_not_sign_finds_nothing(
    ward: Ward, twilio: Provider, settings: Any
) -> None:
    number(ward)
    delivery = texted(ward)
    form = {"MessageStatus": "failed"}
    path = f"/sms/events?delivery={delivery.pk}&point=1"
    for offered in ({}, {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}):
        assert Client().post(path, form, headers=offered).status_code == 404
    settings.TWILIO_TOKEN = "another"
    url = f"https://clinic.example{path}"
    signed = {"X-Twilio-Signature": sms.signature(url, form)}
    settings.TWILIO_TOKEN = "12345"
    assert Client().post(path, form, headers=signed).status_code == 404
    for query in ("delivery=x&point=1", "point=1", f"delivery={delivery.pk}"):
        url = f"https://clinic.example/sms/events?{query}"
        signed = {"X-Twilio-Signature": sms.signature(url, form)}
        there = f"/sms/events?{query}"
        assert Client().post(there, form, headers=signed).status_code == 404
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_a_server_that_twilio_cannot_reach_asks_for_no_report(
    ward: Ward, twilio: Provider, settings: Any
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    number(ward)
    texted(ward)
    assert b"StatusCallback" not in twilio.asked[0].body
