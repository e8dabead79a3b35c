"""People say where to reach them, and apps what has arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts.channels import Gone
from alerts.models import ContactPoint, Delivery
from alerts.services import contacts, sending
from tests.factories import client_of, make_caregiver
from tests.integration.alerts.conftest import NOW, Ward, make_alert


ADDRESS = "/api/v1/me/contacts"
TOKEN = "ab" * 32
SUBSCRIPTION = {"p256dh": "A" * 87, "auth": "A" * 22}


@pytest.fixture(autouse=True)
def _all_set_up(settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
    settings.FCM_SERVICE_ACCOUNT = "account.json"
    settings.APNS_KEY, settings.APNS_TOPIC = "key.p8", "org.rootwatch.app"
    settings.SMS_GATEWAY_URL = "https://sms.example/send"


def register(user: Any, kind: str, address: str, **more: Any) -> Any:
    body = {"kind": kind, "address": address, **more}
    return client_of(user).post(ADDRESS, body, format="json")


def in_use(user: Any) -> list[str]:
    rows = ContactPoint.objects.filter(user=user, retired_at=None).order_by("pk")
    return list(rows.values_list("address", flat=True))


def test_a_telephone_is_registered_once_and_called(ward: Ward) -> None:
    user = ward.patient.user
    first = register(user, "apns", TOKEN)
    assert (first.status_code, first.json()["secret"]) == (201, None)
    assert register(user, "apns", TOKEN).json()["id"] == first.json()["id"]
    alert = make_alert(ward)
    mine = alert.deliveries.filter(recipient=user)
    assert sorted(mine.values_list("channel", flat=True)) == ["apns", "in_app"]


def test_what_is_shown_does_not_show_the_address(ward: Ward) -> None:
    register(ward.duty, "apns", TOKEN)
    shown = client_of(ward.duty).get(ADDRESS)
    (point,) = shown.json()["results"]
    assert point.keys() == {"id", "kind", "created_at", "last_success_at"}
    assert TOKEN not in shown.content.decode()


def test_the_server_says_what_it_offers(ward: Ward, settings: Any) -> None:
    shown = client_of(ward.duty).get(ADDRESS).json()
    assert shown["offered"] == ["web_push", "fcm", "apns", "sms", "webhook"]
    assert len(shown["vapid_public_key"]) == 87
    shown = client_of(ward.patient.user).get(ADDRESS).json()
    assert shown["offered"] == ["web_push", "fcm", "apns"]
    settings.VAPID_PRIVATE_KEY = settings.FCM_SERVICE_ACCOUNT = ""
    shown = client_of(ward.patient.user).get(ADDRESS).json()
    assert (shown["offered"], shown["vapid_public_key"]) == (["apns"], "")
    refused = register(ward.patient.user, "fcm", "a-token-of-twenty-characters")
    assert (refused.status_code, refused.json()["code"]) == (409, "channel_not_set_up")


def test_a_patient_registers_no_webhook(ward: Ward) -> None:
    address = "https://example.org/hook"
    assert register(ward.patient.user, "webhook", address).status_code == 409
    assert register(ward.duty, "webhook", address).status_code == 201


def test_a_webhook_keeps_its_secret(ward: Ward) -> None:
    address = "https://example.org/hook"
    secret = register(ward.duty, "webhook", address).json()["secret"]
    assert secret.startswith("whsec_")
    assert register(ward.duty, "webhook", address).json()["secret"] == secret
    assert register(ward.second, "webhook", address).json()["secret"] != secret


@pytest.mark.parametrize(
    ("kind", "address", "more", "wrong"),
    [
        ("apns", "not hex", {}, "address"),
        ("apns", "ab" * 5, {}, "address"),
        ("fcm", "short", {}, "address"),
        ("sms", "01632 960123", {}, "address"),
        ("webhook", "http://example.org/hook", {}, "address"),
        ("webhook", "https://user@example.org/", {}, "address"),
        ("webhook", "https://example.org:99999/", {}, "address"),
        ("webhook", "https://[", {}, "address"),
        ("webhook", "https://example.org/" + "a" * 2000, {}, "address"),
        ("web_push", "https://push.example/1", {}, "keys"),
        ("web_push", "https://push.example/1", {"keys": {"p256dh": "x", "auth": "y"}}, "keys"),
        ("pigeon", "loft", {}, "kind"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_by_field(
    ward: Ward, kind: str, address: str, more: dict[str, Any], wrong: str
) -> None:
    answer = register(ward.duty, kind, address, **more)
    assert answer.status_code == 400
    assert wrong in answer.json()["errors"]
    assert not ContactPoint.objects.exists()


def test_a_device_belongs_to_whoever_logged_in_last(ward: Ward) -> None:
    register(ward.duty, "web_push", "https://push.example/1", keys=SUBSCRIPTION)
    register(ward.second, "web_push", "https://push.example/1", keys=SUBSCRIPTION)
    assert (in_use(ward.duty), len(in_use(ward.second))) == ([], 1)
    register(ward.duty, "web_push", "https://push.example/1", keys=SUBSCRIPTION)
    assert (len(in_use(ward.duty)), in_use(ward.second)) == (1, [])


def test_the_newest_five_of_a_kind_are_kept(ward: Ward) -> None:
    tokens = [f"{number:02x}" * 32 for number in range(7)]
    for token in tokens:
        register(ward.duty, "apns", token)
    assert in_use(ward.duty) == tokens[2:]
    register(ward.duty, "apns", tokens[0])  # an old one comes back as the newest
    assert set(in_use(ward.duty)) == {tokens[0], *tokens[3:]}


def test_only_ones_own_is_removed(ward: Ward) -> None:
    point = register(ward.duty, "apns", TOKEN).json()["id"]
    assert client_of(ward.second).delete(f"{ADDRESS}/{point}").status_code == 404
    assert client_of(ward.duty).delete(f"{ADDRESS}/{point}").status_code == 204
    assert client_of(ward.duty).delete(f"{ADDRESS}/{point}").status_code == 404
    assert in_use(ward.duty) == []


def test_what_is_retired_is_not_called(ward: Ward) -> None:
    register(ward.duty, "apns", TOKEN)
    contacts.retire([Gone(ContactPoint.objects.get().pk, "gone")], now=NOW)
    alert = make_alert(ward)
    assert not alert.deliveries.filter(channel="apns").exists()


def test_a_watch_that_calls_nobody_calls_no_telephone_of_staff(ward: Ward) -> None:
    register(ward.duty, "apns", TOKEN)
    alert = make_alert(ward, rule="R15", tier="watch", category="adherence")
    assert {row.channel for row in alert.deliveries.all()} == {"in_app"}


def receipt(user: Any, message: Delivery, state: str) -> int:
    address = f"/api/v1/me/messages/{message.pk}/receipt"
    status: int = client_of(user).post(address, {"state": state}).status_code
    return status


@pytest.mark.parametrize("order", [("delivered", "seen"), ("seen", "delivered")])
def test_receipts_come_in_any_order_and_number(
    ward: Ward, order: tuple[str, str]
) -> None:
    alert = make_alert(ward)
    message = alert.deliveries.get(recipient=ward.duty, channel="email")
    for state in (*order, *order):
        assert receipt(ward.duty, message, state) == 204
    before = Delivery.objects.get(pk=message.pk)
    assert before.delivered_at
    assert before.seen_at
    assert before.delivered_at <= before.seen_at + timedelta(seconds=5)
    receipt(ward.duty, message, "seen")
    after = Delivery.objects.get(pk=message.pk)
    assert (after.delivered_at, after.seen_at) == (before.delivered_at, before.seen_at)
    alert.refresh_from_db()
    assert alert.state == "open"  # a message that was seen answers nothing


def test_nobody_speaks_for_somebody_elses_message(ward: Ward) -> None:
    alert = make_alert(ward)
    message = alert.deliveries.get(recipient=ward.duty, channel="email")
    carer = make_caregiver(ward.patient).user
    for other in (ward.second, ward.patient.user, carer):
        assert receipt(other, message, "seen") == 404
    assert receipt(ward.duty, message, "eaten") == 400
    message.refresh_from_db()
    assert message.seen_at is None


def test_a_message_is_sent_although_a_receipt_came_first(ward: Ward) -> None:
    alert = make_alert(ward)
    message = alert.deliveries.get(recipient=ward.duty, channel="in_app")
    receipt(ward.duty, message, "seen")
    sending.send_due(now=NOW)
    message.refresh_from_db()
    assert message.state == "sent"
