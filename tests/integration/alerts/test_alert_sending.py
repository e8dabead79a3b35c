"""Claim, send, confirm, against a mail server that speaks SMTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from alerts.channels import CHANNELS
from alerts.domain import retries
from alerts.models import Delivery
from alerts.services import answering, sending
from tests.integration.alerts.conftest import NOW, Ward, make_alert, make_ward
from tests.integration.alerts.smtp_server import Mailbox, mail_server


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 5
        yield box


def email_of(alert) -> Delivery:
    return Delivery.objects.get(alert=alert, channel="email", wave=1)


def test_the_mail_holds_nothing_clinical_and_no_name(
    ward: Ward, mailbox: Mailbox, caplog
) -> None:
    alert = make_alert(ward, items=("saddle_numbness",))
    sending.send_due(now=NOW)
    (mail,) = mailbox.mails
    text = mail.as_string()
    assert mail["Subject"] == "Rootwatch: please open the dashboard"
    assert mail["To"] == ward.duty.email
    assert str(email_of(alert).pk) in mail["Message-ID"]
    assert str(alert.pk) in text
    body = str(mail.get_payload())
    for secret in ("CANARY", "emergency", "red", "R01", "saddle", ward.patient.name):
        assert secret not in body
        assert secret not in mail["Subject"]
    assert "CANARY" not in caplog.text
    assert ward.duty.email not in caplog.text


def test_a_message_out_makes_the_alert_notified(ward: Ward, mailbox: Mailbox) -> None:
    alert = make_alert(ward)
    assert sending.send_due(now=NOW) == 3
    alert.refresh_from_db()
    assert alert.state == "notified"
    assert set(alert.deliveries.values_list("state", "lease_token")) == {("sent", None)}
    assert alert.log.filter(action="sent").count() == 3
    assert sending.send_due(now=NOW + timedelta(hours=1)) == 0


def test_a_screen_that_nobody_looks_at_notifies_nobody(ward: Ward) -> None:
    alert = make_alert(ward)
    for row in sending.claim(now=NOW):
        if row.channel == "in_app":
            sending.deliver(row, now=NOW)
    alert.refresh_from_db()
    assert alert.state == "open"


def test_a_worker_that_dies_before_sending_is_made_up_for(
    ward: Ward, mailbox: Mailbox
) -> None:
    make_alert(ward)
    assert len(sending.claim(now=NOW)) == 3  # and then the worker dies
    assert sending.send_due(now=NOW + retries.LEASE - timedelta(seconds=1)) == 0
    assert sending.send_due(now=NOW + retries.LEASE) == 3
    assert len(mailbox.mails) == 1


def test_a_worker_that_dies_before_confirming_repeats_under_the_same_id(
    ward: Ward, mailbox: Mailbox
) -> None:
    make_alert(ward)
    for row in sending.claim(now=NOW):
        CHANNELS[row.channel].send(row)  # and then the worker dies
    sending.send_due(now=NOW + retries.LEASE)
    assert len(mailbox.mails) == 2
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1


def test_a_worker_that_wakes_up_late_confirms_nothing(
    ward: Ward, mailbox: Mailbox
) -> None:
    alert = make_alert(ward)
    slow = next(row for row in sending.claim(now=NOW) if row.channel == "email")
    later = NOW + retries.LEASE
    (fresh,) = [row for row in sending.claim(now=later) if row.channel == "email"]
    assert not sending.deliver(slow, now=later)
    assert email_of(alert).state == "leased"
    assert sending.deliver(fresh, now=later)


def test_a_server_that_accepts_and_hangs_up_is_asked_again(
    ward: Ward, mailbox: Mailbox
) -> None:
    alert = make_alert(ward)
    mailbox.accept_and_hang_up = 1
    sending.send_due(now=NOW)
    row = email_of(alert)
    assert (row.state, row.error_code) == ("queued", "unreachable")
    sending.send_due(now=row.due_at)
    assert email_of(alert).state == "sent"
    assert len(mailbox.mails) == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_passing_failure_waits_and_tries_again(
    ward: Ward, mailbox: Mailbox, verb: str
) -> None:
    alert = make_alert(ward)
    mailbox.answers[verb] = ["451 later", "451 later"]
    sending.send_due(now=NOW)
    row = email_of(alert)
    assert (row.state, row.error_code, row.attempt_count) == ("queued", "smtp_451", 1)
    assert row.due_at == NOW + timedelta(seconds=15)
    assert sending.send_due(now=row.due_at - timedelta(seconds=1)) == 0
    sending.send_due(now=row.due_at)
    row = email_of(alert)
    assert row.due_at == NOW + timedelta(seconds=75)
    sending.send_due(now=row.due_at)
    assert email_of(alert).state == "sent"
    alert.refresh_from_db()
    assert alert.step == 1


def test_no_server_at_all_is_a_passing_failure(ward: Ward, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    alert = make_alert(ward)
    sending.send_due(now=NOW)
    assert email_of(alert).error_code == "unreachable"


def test_a_permanent_failure_tells_the_next_person_at_once(
    ward: Ward, mailbox: Mailbox
) -> None:
    alert = make_alert(ward)
    mailbox.answers["RCPT"] = ["550 no such person"]
    sending.send_due(now=NOW)
    assert (email_of(alert).state, email_of(alert).error_code) == ("failed", "smtp_550")
    alert.refresh_from_db()
    assert alert.step == 2
    assert [mail["To"] for mail in mailbox.mails] == [ward.second.email]
    line = alert.log.get(action="escalated")
    assert line.detail["because"] == "unreachable"


def test_giving_up_counts_as_permanent(ward: Ward, mailbox: Mailbox) -> None:
    alert = make_alert(ward)
    Delivery.objects.filter(channel="email").update(attempt_count=retries.ATTEMPTS - 1)
    mailbox.answers["RCPT"] = ["451 later"]
    sending.send_due(now=NOW)
    alert.refresh_from_db()
    assert (email_of(alert).state, alert.step) == ("failed", 2)


def test_somebody_else_of_the_same_step_is_enough(ward: Ward, mailbox: Mailbox) -> None:
    ward.team.shifts.all().delete()  # now both clinicians are on duty
    alert = make_alert(ward)
    mailbox.answers["RCPT"] = ["550 no such person"]
    sending.send_due(now=NOW)
    alert.refresh_from_db()
    assert alert.step == 1
    assert len(mailbox.mails) == 1


def test_a_failure_after_the_answer_escalates_nothing(
    ward: Ward, mailbox: Mailbox
) -> None:
    alert = make_alert(ward)
    rows = sending.claim(now=NOW)
    answering.acknowledge(alert.pk, by=ward.second, now=NOW)
    mailbox.answers["RCPT"] = ["550 no such person"]
    for row in rows:
        sending.deliver(row, now=NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.step) == ("acknowledged", 1)


def test_a_broken_channel_stops_no_other(ward: Ward, mailbox: Mailbox, caplog) -> None:
    alert = make_alert(ward)
    Delivery.objects.filter(channel="in_app").update(channel="pigeon")
    assert sending.send_due(now=NOW) == 1
    assert email_of(alert).state == "sent"
    assert "a channel broke" in caplog.text


def test_times_from_a_clock_that_jumped_hold_nothing_up(
    ward: Ward, mailbox: Mailbox
) -> None:
    make_alert(ward)
    next_year = NOW + timedelta(days=365)
    Delivery.objects.filter(channel="email").update(due_at=next_year)
    Delivery.objects.filter(channel="in_app").update(
        state="leased", lease_token=uuid4(), leased_until=next_year
    )
    assert sending.send_due(now=NOW) == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(mailbox: Mailbox) -> None:
    from django.db import connection

    for _ in range(6):
        make_alert(make_ward())

    def work() -> None:
        sending.send_due(now=NOW)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not Delivery.objects.exclude(state="sent").exists()
    assert len(mailbox.mails) == len({m["Message-ID"] for m in mailbox.mails}) == 6
