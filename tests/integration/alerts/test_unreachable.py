"""Who cannot be reached is known before it matters, and forgotten when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert, ContactPoint, DeadMailbox
from alerts.selectors import on_call, schedule
from alerts.selectors.recipients import unreachable
from alerts.services import sweeping
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.smtp_server import Mailbox, mail_server
from tracker.models import User


LATER = NOW + timedelta(hours=1)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        yield box


@pytest.fixture
def refused(ward: Ward, mailbox: Mailbox) -> Ward:
    """A ward whose nurse on duty has a mailbox that is gone."""
    mailbox.answers["RCPT"] = ["550 no such user"]
    make_alert(ward, tier="soon")
    sweeping.sweep(now=NOW)
    Alert.objects.update(state="resolved", resolved_at=NOW, next_step_at=None)
    return ward


def is_broken(ward: Ward) -> bool:
    return any(
        each.reaches_nobody for each in on_call.coverage_of(ward.clinic, now=NOW)
    )


def test_a_refused_mailbox_is_noted_and_shown(refused: Ward, client: Any):
    assert unreachable([refused.duty.pk, refused.second.pk]) == {refused.duty.pk: NOW}
    assert schedule.counters(NOW)["staff_unreachable"] == 1
    client.force_login(refused.duty)
    assert "Messages do not reach you." in client.get("/told/").content.decode()
    client.force_login(refused.second)
    assert "Messages do not reach you." not in client.get("/told/").content.decode()
    client.force_login(refused.administrator)
    page = client.get("/clinic/people/").content.decode()
    assert page.count("messages do not arrive") == 1


def test_they_count_as_nobody_ahead_and_are_told_all_the_same(refused: Ward):
    assert not is_broken(refused)
    User.objects.filter(pk=refused.second.pk).update(is_active=False)
    assert is_broken(refused)
    alert = make_alert(refused, now=LATER, tier="emergency")
    assert refused.duty.pk in alert.log.get(action="told").detail["people"]


@pytest.mark.parametrize("mended", ["a mail", "another address", "a telephone"])
def test_it_is_over_when_they_can_be_reached(refused: Ward, mended: str):
    if mended == "a mail":
        make_alert(refused, now=LATER, tier="emergency")
        sweeping.sweep(now=LATER)
        assert not DeadMailbox.objects.exists()
    elif mended == "another address":
        User.objects.filter(pk=refused.duty.pk).update(email="new@example.org")
    else:
        ContactPoint.objects.create(
            user=refused.duty, kind="sms", address="+441632960123", created_at=NOW
        )
    assert unreachable([refused.duty.pk]) == {}


def test_a_server_that_is_away_is_no_dead_mailbox(ward: Ward, mailbox: Mailbox):
    mailbox.answers["RCPT"] = ["451 later"] * 9
    make_alert(ward, tier="emergency")
    sweeping.sweep(now=NOW)
    assert not DeadMailbox.objects.exists()
