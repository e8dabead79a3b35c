"""A wrong setting of the operator retires nobody, is tried again, and is heard of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts.channels import ChannelError, points
from alerts.channels.points import PointGone
from alerts.domain import retries
from alerts.models import ContactPoint, DeadMailbox, Delivery
from alerts.selectors import schedule
from alerts.services import contacts, covering, sending
from alerts.services.contacts import Wanted
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.providers import provider
from tests.integration.alerts.smtp_server import mail_server


ANDROID = {"kind": "fcm", "address": "token-of-the-android-phone"}
#: Two keys for the server, as `manage.py vapid_key` prints them.
KEYS = ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE", f"{'A' * 42}I")


@pytest.mark.parametrize(("worked", "kind"), [(False, PointGone), (True, ChannelError)])
def test_an_address_that_has_worked_is_not_taken_for_dead(
    worked: bool, kind: type
) -> None:
    point = ContactPoint(last_success_at=NOW if worked else None)
    error = points.doubtful(point, "BadDeviceToken")
    assert (type(error), error.permanent) == (kind, not worked)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "550 this sender is not ours"),
        ("EHLO", "554 go away"),
        ("RCPT", "554 5.7.1 relay access denied"),
        ("DATA", "550 5.7.26 not authenticated"),
    ],
)
def test_a_mail_server_that_refuses_us_makes_no_mailbox_dead(
    ward: Ward, settings: Any, verb: str, answer: str
) -> None:
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        box.answers[verb] = [answer]
        box.answers["HELO"] = [answer] if verb == "EHLO" else []
        alert = make_alert(ward)
        sending.send_due(now=NOW)
        row = Delivery.objects.get(alert=alert, channel="email")
        assert (row.state, row.error_code) == ("queued", f"smtp_{answer[:3]}")
        assert not DeadMailbox.objects.exists()
        sending.send_due(now=row.due_at)
        row.refresh_from_db()
        assert row.state == "sent"


def test_an_operator_hears_of_a_patient_whose_telephone_is_refused(
    ward: Ward, settings: Any, client: Client
) -> None:
    """The staff were told, the alert is on schedule: nothing else would say so."""
    ContactPoint.objects.create(
        user=ward.patient.user, kind="sms", address="+441632960123", created_at=NOW
    )
    with provider() as server:
        settings.SMS_GATEWAY_URL = f"{server.url}/send"
        server.answers = [(401, {}, b"")] * 20
        make_alert(ward)
        at = NOW
        for attempt in range(1, retries.REFUSED + 1):
            counted = schedule.counters(at)["deliveries_refused"]
            assert (attempt, counted) == (attempt, 0)
            sending.send_due(now=at)
            at += retries.retry_after(attempt)
    assert at - NOW > timedelta(minutes=4)
    assert schedule.counters(at)["deliveries_refused"] == 1
    page = client.get("/metrics").content.decode()
    line = 'rootwatch_deliveries_refused{channel="sms",error="http_401"} 1.0'
    assert line in page


def test_a_browser_of_another_key_of_the_server_is_no_way_any_more(
    ward: Ward, settings: Any
) -> None:
    """Push services refuse it as a wrong signature, for ever: so it would look alive."""
    settings.VAPID_PRIVATE_KEY = KEYS[0]
    keys = {"p256dh": "B" * 87, "auth": "A" * 22}
    address = "https://push.example/1"
    wanted = Wanted(kind="web_push", address=address, keys=keys)
    point = contacts.register(ward.duty, wanted, now=NOW)
    covering.check_all(now=NOW)
    point.refresh_from_db()
    assert point.retired_at is None
    settings.VAPID_PRIVATE_KEY = KEYS[1]
    alert = make_alert(ward)
    sending.send_due(now=NOW)
    told = Delivery.objects.get(alert=alert, channel="web_push")
    point.refresh_from_db()
    assert (told.state, point.retired_because) == ("failed", "another_key")
    contacts.register(ward.duty, wanted, now=NOW)
    settings.VAPID_PRIVATE_KEY = KEYS[0]
    covering.check_all(now=NOW)
    point.refresh_from_db()
    assert point.retired_because == "another_key"
