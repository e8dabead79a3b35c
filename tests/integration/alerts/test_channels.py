"""Each provider is spoken to as it asks for, and its refusals are understood."""

from __future__ import annotations

import json
import socket
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives import serialization as keys
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.management import call_command
from pytest_socket import SocketConnectBlockedError
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.channels import CHANNELS, fcm, http
from alerts.models import ContactPoint, Delivery
from alerts.services import sending, telling
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.providers import Provider, http2_provider, provider


pytestmark = pytest.mark.usefixtures("_private")

#: What must never be outside the app.
SECRETS = (b"CANARY", b"emergency", b"R01", b"saddle", b"urine")


@pytest.fixture
def _private(settings: Any) -> Iterator[None]:
    """Let messages go to servers on this machine; hang up afterwards."""
    settings.OUTGOING_PRIVATE = True
    yield
    http.close()


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as server:
        yield server


@pytest.fixture
def apple() -> Iterator[Provider]:
    with http2_provider() as server:
        yield server


def pem(key: Any) -> bytes:
    return key.private_bytes(
        keys.Encoding.PEM, keys.PrivateFormat.PKCS8, keys.NoEncryption()
    )


def point(ward: Ward, kind: str, address: str, **known: str) -> ContactPoint:
    return ContactPoint.objects.create(
        user=ward.duty, kind=kind, address=address, keys=known, created_at=NOW
    )


def tell(ward: Ward, kind: str, **fields: Any) -> Delivery:
    """Raise an emergency, send what is due, and return the message of this kind."""
    alert = make_alert(ward, items=("saddle_genital_numbness",), **fields)
    assert sending.send_due(now=NOW) >= 2
    return Delivery.objects.get(alert=alert, channel=kind)


def fate(delivery: Delivery, point: ContactPoint) -> tuple[str, str, str]:
    delivery.refresh_from_db()
    point.refresh_from_db()
    return delivery.state, delivery.error_code, point.retired_because


def holds_no_secret(server: Provider) -> bool:
    return not any(
        secret in asked.body or secret.decode() in str(asked.headers)
        for asked in server.asked
        for secret in SECRETS
    )


class Browser:
    """A browser's side of web push: the subscription, and reading a message."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"
        raw = self.key.public_key().public_bytes(
            keys.Encoding.X962, keys.PublicFormat.UncompressedPoint
        )
        self.keys = {"p256dh": _base64(raw), "auth": _base64(self.auth)}

    def read(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth)
        read: dict[str, str] = json.loads(plain)
        return read


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class TestWebPush:
    @pytest.fixture
    def subscriber(self, settings: Any, capsys: pytest.CaptureFixture[str]) -> Browser:
        call_command("vapid_key")
        settings.VAPID_PRIVATE_KEY = capsys.readouterr().out.strip().partition("=")[2]
        return Browser()

    def test_a_browser_can_read_it_and_nobody_else(
        self, ward: Ward, there: Provider, subscriber: Browser
    ) -> None:
        mine = point(ward, "web_push", f"{there.url}/push/1", **subscriber.keys)
        delivery = tell(ward, "web_push")
        (asked,) = there.asked
        assert subscriber.read(asked.body) == {
            "title": "Rootwatch",
            "body": "Please open Rootwatch.",
            "message_id": str(delivery.pk),
            "alert_id": str(delivery.alert_id),
        }
        assert str(delivery.pk).encode() not in asked.body
        assert asked.headers["urgency"] == "high"
        assert len(asked.headers["topic"]) <= 32
        assert fate(delivery, mine) == ("sent", "", "")
        assert mine.last_success_at == NOW

    def test_it_is_signed_by_this_server_for_that_service(
        self, ward: Ward, there: Provider, subscriber: Browser, settings: Any
    ) -> None:
        from alerts.channels.web_push import public_key

        settings.DEFAULT_FROM_EMAIL = "Rootwatch <alerts@clinic.example>"
        point(ward, "web_push", f"{there.url}/push/1", **subscriber.keys)
        tell(ward, "web_push")
        scheme, _, rest = there.asked[0].headers["authorization"].partition(" ")
        signed = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert (scheme, signed["k"]) == ("vapid", public_key())
        raw = urlsafe_b64decode(signed["k"] + "==")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        claims = jwt.decode(signed["t"], key, algorithms=["ES256"], audience=there.url)
        assert claims["sub"] == "mailto:alerts@clinic.example"
        # At most a day by the service's own clock, which may be behind.
        assert claims["exp"] <= time.time() + 12 * 3600

    @pytest.mark.parametrize("status", [404, 410])
    def test_an_ended_subscription_is_retired_and_the_next_is_called(
        self, ward: Ward, there: Provider, subscriber: Browser, status: int
    ) -> None:
        old = point(ward, "web_push", f"{there.url}/push/old", **subscriber.keys)
        new = point(ward, "web_push", f"{there.url}/push/new", **subscriber.keys)
        there.will_answer(status)
        delivery = tell(ward, "web_push")
        assert fate(delivery, old) == ("sent", "", f"http_{status}")
        assert fate(delivery, new) == ("sent", "", "")
        assert [asked.path for asked in there.asked] == ["/push/old", "/push/new"]

    def test_what_the_service_asks_to_wait_is_waited(
        self, ward: Ward, there: Provider, subscriber: Browser
    ) -> None:
        mine = point(ward, "web_push", f"{there.url}/push/1", **subscriber.keys)
        there.will_answer(429, Retry_After="120")
        delivery = tell(ward, "web_push", tier="urgent")
        assert fate(delivery, mine) == ("queued", "http_429", "")
        assert delivery.due_at == NOW + timedelta(seconds=120)
        sending.send_due(now=delivery.due_at)
        assert fate(delivery, mine) == ("sent", "", "")

    def test_a_wait_of_days_is_cut(
        self, ward: Ward, there: Provider, subscriber: Browser
    ) -> None:
        point(ward, "web_push", f"{there.url}/push/1", **subscriber.keys)
        there.will_answer(503, Retry_After="864000")
        delivery = tell(ward, "web_push", tier="urgent")
        assert delivery.due_at == NOW + timedelta(minutes=30)

    def test_an_emergency_asks_again_after_a_minute(
        self, ward: Ward, there: Provider, subscriber: Browser
    ) -> None:
        point(ward, "web_push", f"{there.url}/push/1", **subscriber.keys)
        there.will_answer(503, Retry_After="864000")
        assert tell(ward, "web_push").due_at == NOW + timedelta(minutes=1)


class TestFcm:
    @pytest.fixture
    def google(self, settings: Any, there: Provider, tmp_path: Path) -> Provider:
        account = {
            "type": "service_account",
            "project_id": "a-clinic",
            "private_key": pem(rsa.generate_private_key(65537, 2048)).decode(),
            "client_email": "sender@a-clinic.example",
            "token_uri": f"{there.url}/token",
        }
        file = tmp_path / "account.json"
        file.write_text(json.dumps(account))
        settings.FCM_SERVICE_ACCOUNT, settings.FCM_URL = str(file), there.url
        fcm.credentials.cache_clear()
        there.will_answer(
            200,
            {"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer"},
            Content_Type="application/json",
        )
        return there

    def test_it_signs_in_once_and_sends(self, ward: Ward, google: Provider) -> None:
        mine = point(ward, "fcm", "token-of-the-android-phone")
        delivery = tell(ward, "fcm")
        signed_in, asked = google.asked
        assert signed_in.path == "/token"
        assert asked.path == "/v1/projects/a-clinic/messages:send"
        assert asked.headers["authorization"] == "Bearer a-token"
        sent = asked.json()["message"]
        assert sent["token"] == mine.address
        assert sent["data"]["message_id"] == str(delivery.pk)
        assert sent["android"]["priority"] == "HIGH"
        assert sent["android"]["notification"]["default_sound"] is True
        aps = sent["apns"]["payload"]["aps"]
        assert aps == {"sound": "default", "interruption-level": "time-sensitive"}
        assert fate(delivery, mine) == ("sent", "", "")
        assert holds_no_secret(google)

    @pytest.mark.parametrize(
        ("status", "code", "expected"),
        [
            (404, "UNREGISTERED", ("failed", "no_address", "unregistered")),
            (403, "SENDER_ID_MISMATCH", ("failed", "no_address", "sender_id_mismatch")),
            (400, "INVALID_ARGUMENT", ("failed", "invalid_argument", "")),
            (404, "", ("queued", "http_404", "")),
            (500, "INTERNAL", ("queued", "internal", "")),
            (429, "QUOTA_EXCEEDED", ("queued", "quota_exceeded", "")),
            (503, "UNAVAILABLE", ("queued", "unavailable", "")),
            (401, "THIRD_PARTY_AUTH_ERROR", ("queued", "third_party_auth_error", "")),
        ],
    )
    def test_its_refusals(
        self,
        ward: Ward,
        google: Provider,
        status: int,
        code: str,
        expected: tuple[str, str, str],
    ) -> None:
        mine = point(ward, "fcm", "token-of-the-android-phone")
        kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
        details = [{"@type": kind, "errorCode": code}]
        google.will_answer(status, {"error": {"code": status, "details": details}})
        delivery = tell(ward, "fcm")
        assert fate(delivery, mine) == expected

    def test_too_much_without_a_time_is_a_minute(
        self, ward: Ward, google: Provider
    ) -> None:
        point(ward, "fcm", "token-of-the-android-phone")
        google.will_answer(
            429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}
        )
        delivery = tell(ward, "fcm")
        delivery.refresh_from_db()
        assert delivery.due_at == NOW + timedelta(minutes=1)

    def test_another_project_in_the_settings_retires_nobody(
        self, ward: Ward, google: Provider
    ) -> None:
        mine = point(ward, "fcm", "token-of-the-android-phone")
        ContactPoint.objects.update(last_success_at=NOW)
        google.will_answer(403, {"error": {"status": "SENDER_ID_MISMATCH"}})
        assert fate(tell(ward, "fcm"), mine) == ("queued", "sender_id_mismatch", "")

    def test_a_login_that_is_refused_is_tried_again(
        self, ward: Ward, google: Provider
    ) -> None:
        google.answers.clear()
        google.will_answer(400, {"error": "invalid_grant"})
        mine = point(ward, "fcm", "token-of-the-android-phone")
        assert fate(tell(ward, "fcm"), mine) == ("queued", "login_refused", "")


class TestApns:
    TOKEN = "ab" * 32

    @pytest.fixture
    def ios(self, settings: Any, apple: Provider, tmp_path: Path) -> Provider:
        self.key = ec.generate_private_key(ec.SECP256R1())
        file = tmp_path / "key.p8"
        file.write_bytes(pem(self.key))
        settings.APNS_KEY, settings.APNS_URL = str(file), apple.url
        settings.APNS_KEY_ID, settings.APNS_TEAM_ID = "KEY1234567", "TEAM123456"
        settings.APNS_TOPIC = "org.rootwatch.app"
        from alerts.channels import apns

        apns._token.cache_clear()
        return apple

    def test_it_speaks_http2_under_a_signed_token(
        self, ward: Ward, ios: Provider
    ) -> None:
        mine = point(ward, "apns", self.TOKEN)
        delivery = tell(ward, "apns")
        (asked,) = ios.asked
        assert asked.http_version == "2"
        assert asked.path == f"/3/device/{self.TOKEN}"
        assert asked.headers["apns-topic"] == "org.rootwatch.app"
        assert asked.headers["apns-id"] == str(delivery.pk)
        assert asked.json()["aps"]["alert"]["body"] == "Please open Rootwatch."
        token = asked.headers["authorization"].removeprefix("bearer ")
        assert jwt.get_unverified_header(token) == {
            "alg": "ES256",
            "kid": "KEY1234567",
            "typ": "JWT",
        }
        claims = jwt.decode(token, self.key.public_key(), algorithms=["ES256"])
        assert claims["iss"] == "TEAM123456"
        assert fate(delivery, mine) == ("sent", "", "")
        assert holds_no_secret(ios)

    @pytest.mark.parametrize(
        ("status", "reason", "expected"),
        [
            (410, "Unregistered", ("failed", "no_address", "Unregistered")),
            (400, "BadDeviceToken", ("failed", "no_address", "BadDeviceToken")),
            (410, "ExpiredToken", ("failed", "no_address", "ExpiredToken")),
            (
                400,
                "DeviceTokenNotForTopic",
                ("failed", "no_address", "DeviceTokenNotForTopic"),
            ),
            (400, "PayloadEmpty", ("failed", "PayloadEmpty", "")),
            (413, "PayloadTooLarge", ("failed", "PayloadTooLarge", "")),
            (400, "BadTopic", ("queued", "BadTopic", "")),
            (400, "TopicDisallowed", ("queued", "TopicDisallowed", "")),
            (403, "InvalidProviderToken", ("queued", "InvalidProviderToken", "")),
            (403, "ExpiredProviderToken", ("queued", "ExpiredProviderToken", "")),
            (404, "BadPath", ("queued", "BadPath", "")),
            (405, "MethodNotAllowed", ("queued", "MethodNotAllowed", "")),
            (429, "TooManyRequests", ("queued", "TooManyRequests", "")),
            (
                429,
                "TooManyProviderTokenUpdates",
                ("queued", "TooManyProviderTokenUpdates", ""),
            ),
            (500, "InternalServerError", ("queued", "InternalServerError", "")),
            (503, "ServiceUnavailable", ("queued", "ServiceUnavailable", "")),
            (503, "Shutdown", ("queued", "Shutdown", "")),
        ],
    )
    def test_its_refusals(
        self,
        ward: Ward,
        ios: Provider,
        status: int,
        reason: str,
        expected: tuple[str, str, str],
    ) -> None:
        mine = point(ward, "apns", self.TOKEN)
        ios.will_answer(status, {"reason": reason})
        assert fate(tell(ward, "apns"), mine) == expected

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            (-1, ("queued", "Unregistered", "")),
            (1, ("failed", "no_address", "Unregistered")),
        ],
    )
    def test_a_token_that_was_registered_since_it_was_dead_lives(
        self, ward: Ward, ios: Provider, minutes: int, expected: tuple[str, str, str]
    ) -> None:
        mine = point(ward, "apns", self.TOKEN)
        since = mine.registered_at + timedelta(minutes=minutes)
        stamp = int(since.timestamp() * 1000)
        ios.will_answer(410, {"reason": "Unregistered", "timestamp": stamp})
        assert fate(tell(ward, "apns"), mine) == expected

    @pytest.mark.parametrize("stamp", [None, "soon", 10**30, -(10**30), True])
    def test_a_time_that_is_none_counts_for_nothing(
        self, ward: Ward, ios: Provider, stamp: Any
    ) -> None:
        mine = point(ward, "apns", self.TOKEN)
        ios.will_answer(410, {"reason": "Unregistered", "timestamp": stamp})
        fates = {
            ("failed", "no_address", "Unregistered"),
            ("queued", "Unregistered", ""),
        }
        assert fate(tell(ward, "apns"), mine) in fates

    def test_another_environment_in_the_settings_retires_nobody(
        self, ward: Ward, ios: Provider
    ) -> None:
        mine = point(ward, "apns", self.TOKEN)
        ContactPoint.objects.update(last_success_at=NOW)
        ios.will_answer(400, {"reason": "BadDeviceToken"})
        assert fate(tell(ward, "apns"), mine) == ("queued", "BadDeviceToken", "")


class TestSms:
    NUMBER = "+441632960123"

    def test_twilio(self, ward: Ward, there: Provider, settings: Any) -> None:
        settings.TWILIO_ACCOUNT, settings.TWILIO_TOKEN = "AC1", "secret"
        settings.TWILIO_FROM, settings.TWILIO_URL = "+441632960000", there.url
        there.will_answer(201, {"sid": "SM1"})
        mine = point(ward, "sms", self.NUMBER)
        delivery = tell(ward, "sms")
        (asked,) = there.asked
        assert asked.path == "/2010-04-01/Accounts/AC1/Messages.json"
        assert parse_qs(asked.body.decode()) == {
            "To": [self.NUMBER],
            "From": ["+441632960000"],
            "Body": ["Please open Rootwatch."],
        }
        assert fate(delivery, mine) == ("sent", "", "")

    @pytest.mark.parametrize(
        ("status", "code", "expected"),
        [
            (400, 21211, ("failed", "no_address", "twilio_21211")),
            (400, 21610, ("failed", "no_address", "twilio_21610")),
            (400, 21614, ("failed", "no_address", "twilio_21614")),
            (400, 21617, ("failed", "twilio_21617", "")),
            (400, 21606, ("queued", "twilio_21606", "")),
            (400, 21408, ("queued", "twilio_21408", "")),
            (401, 20003, ("queued", "twilio_20003", "")),
            (404, 20404, ("queued", "twilio_20404", "")),
            (429, 20429, ("queued", "twilio_20429", "")),
            (503, None, ("queued", "http_503", "")),
        ],
    )
    def test_twilios_refusals(
        self,
        ward: Ward,
        there: Provider,
        settings: Any,
        status: int,
        code: int,
        expected: tuple[str, str, str],
    ) -> None:
        settings.TWILIO_ACCOUNT, settings.TWILIO_URL = "AC1", there.url
        there.will_answer(status, {"code": code, "message": "no"})
        mine = point(ward, "sms", self.NUMBER)
        assert fate(tell(ward, "sms"), mine) == expected

    def test_a_gateway(self, ward: Ward, there: Provider, settings: Any) -> None:
        settings.SMS_GATEWAY_URL = f"{there.url}/send"
        settings.SMS_GATEWAY_TOKEN = "secret"
        mine = point(ward, "sms", self.NUMBER)
        delivery = tell(ward, "sms")
        (asked,) = there.asked
        assert asked.headers["authorization"] == "Bearer secret"
        assert asked.json() == {
            "id": str(delivery.pk),
            "to": self.NUMBER,
            "text": "Please open Rootwatch.",
        }
        assert fate(delivery, mine) == ("sent", "", "")


class TestWebhook:
    SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    def test_the_receiver_can_check_the_signature(
        self, ward: Ward, there: Provider
    ) -> None:
        mine = point(ward, "webhook", f"{there.url}/hook", secret=self.SECRET)
        delivery = tell(ward, "webhook")
        (asked,) = there.asked
        told = Webhook(self.SECRET).verify(asked.body, asked.headers)
        assert told["data"]["message_id"] == str(delivery.pk)
        assert told["data"]["link"].endswith(f"/?alert={delivery.alert_id}")
        with pytest.raises(WebhookVerificationError):
            Webhook(self.SECRET).verify(asked.body + b" ", asked.headers)
        assert fate(delivery, mine) == ("sent", "", "")
        assert holds_no_secret(there)

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (410, ("failed", "no_address", "http_410")),
            (302, ("failed", "no_address", "redirects")),
            (400, ("queued", "http_400", "")),
            (500, ("queued", "http_500", "")),
        ],
    )
    def test_its_refusals(
        self, ward: Ward, there: Provider, status: int, expected: tuple[str, str, str]
    ) -> None:
        there.will_answer(status, Location=f"{there.url}/elsewhere")
        mine = point(ward, "webhook", f"{there.url}/hook", secret=self.SECRET)
        assert fate(tell(ward, "webhook"), mine) == expected
        assert len(there.asked) == 1

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "10.1.2.3", "[::1]", "169.254.169.254", "localhost"]
    )
    def test_it_never_knocks_inside(self, ward: Ward, settings: Any, host: str) -> None:
        settings.OUTGOING_PRIVATE = False
        mine = point(ward, "webhook", f"https://{host}/hook", secret=self.SECRET)
        assert fate(tell(ward, "webhook"), mine) == ("failed", "private_address", "")


def test_a_provider_that_is_away_is_tried_again(ward: Ward) -> None:
    mine = point(ward, "webhook", "http://127.0.0.1:1/hook", secret=TestWebhook.SECRET)
    assert fate(tell(ward, "webhook"), mine) == ("queued", "unreachable", "")


def test_somebody_whose_only_ways_are_gone_is_passed_over_at_once(
    ward: Ward, there: Provider
) -> None:
    """The mail server refuses and the webhook is gone: the second is told now."""
    ward.duty.is_active = True
    point(ward, "webhook", f"{there.url}/hook", secret=TestWebhook.SECRET)
    there.will_answer(410)
    alert = make_alert(ward)
    Delivery.objects.filter(alert=alert, channel="email").update(state="failed")
    sending.send_due(now=NOW)
    told = set(alert.deliveries.values_list("recipient", flat=True))
    assert ward.second.pk in told


def test_a_slow_provider_holds_up_no_other(ward: Ward, there: Provider) -> None:
    """Neither of two gets its answer before both have been asked."""
    for user in (ward.duty, ward.second):
        known = {"secret": TestWebhook.SECRET}
        ContactPoint.objects.create(
            user=user,
            kind="webhook",
            address=f"{there.url}/hook/{user.pk}",
            keys=known,
            created_at=NOW,
        )
    alert = make_alert(ward)
    telling.tell_staff(alert, [ward.duty.pk, ward.second.pk], now=NOW)
    there.together = Barrier(2)
    sending.send_due(now=NOW)
    sent = Delivery.objects.filter(alert=alert, channel="webhook")
    assert list(sent.values_list("state", flat=True)) == ["sent"] * 2


def test_every_channel_has_the_one_shape() -> None:
    for name, channel in CHANNELS.items():
        assert channel.name == name
        assert isinstance(channel.goes_out, bool)
        assert isinstance(channel.is_set_up, bool)
    assert http.TIMEOUT


class TestAddressesThatPeopleChoose:
    def test_the_name_stands_in_the_request_and_the_line_is_not_kept(
        self, there: Provider
    ) -> None:
        port = there.url.rpartition(":")[2]
        http.post_to("127.0.0.1", f"http://hook.example:{port}/x", content=b"{}")
        (asked,) = there.asked
        assert asked.headers["host"] == f"hook.example:{port}"
        assert asked.headers["connection"] == "close"

    def test_a_name_that_means_another_machine_later_gains_nothing(
        self, settings: Any, there: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.OUTGOING_PRIVATE = False
        port = int(there.url.rpartition(":")[2])
        answers = ["93.184.215.14"]  # the outside is asked no more than once

        def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
            meant = answers.pop() if answers else "127.0.0.1"
            address = meant if host == "hook.example" else host
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with pytest.raises((SocketConnectBlockedError, UserWarning)):
            http.post_outward(f"http://hook.example:{port}/x", content=b"{}")
        assert not answers
        assert not there.asked
