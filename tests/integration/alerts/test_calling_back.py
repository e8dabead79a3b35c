"""A patient who asks to be called back is called, also when whoever has it is off duty."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts.models import Alert, Delivery
from alerts.services import answering, sweeping
from tests.factories import client_of, make_clinician
from tests.integration.alerts.conftest import NOW, Ward, make_alert, make_flag
from tracker.models import User


HOUR = timedelta(hours=1)
TARGET = {
    "urgent": 4 * HOUR,
    "soon": 4 * HOUR,
    "watch": 4 * HOUR,
    "emergency": HOUR / 2,
}


def wish(ward: Ward, tier: str, at: datetime = NOW) -> Alert:
    """Let somebody who is not on duty have it, and the patient ask them to call."""
    alert = make_alert(ward, tier=tier, rule="R06", category="motor")
    sweeping.sweep(now=NOW)
    answering.acknowledge(alert.pk, by=ward.second, now=NOW)
    ask(ward, alert, at)
    sweeping.sweep(now=at)
    return alert


def ask(ward: Ward, alert: Alert, at: datetime) -> None:
    answering.patient_acknowledge(
        alert.pk, by=ward.patient.user, answer="call_me", now=at
    )


def mails(alert: Alert, who: User) -> int:
    rows = Delivery.objects.filter(alert=alert, channel="email", recipient=who)
    return rows.filter(state="sent").count()


@pytest.mark.parametrize("tier", TARGET)
def test_whoever_is_on_duty_is_told_when_nobody_has_called(
    ward: Ward, tier: str
) -> None:
    alert = wish(ward, tier)
    before = mails(alert, ward.duty)
    assert mails(alert, ward.second) == 1
    sweeping.sweep(now=NOW + TARGET[tier] - timedelta(seconds=1))
    assert (mails(alert, ward.duty), mails(alert, ward.second)) == (before, 1)
    sweeping.sweep(now=NOW + TARGET[tier])
    assert (mails(alert, ward.duty), mails(alert, ward.second)) == (before + 1, 2)
    sweeping.sweep(now=NOW + TARGET[tier])
    assert mails(alert, ward.second) == 2
    line = alert.log.get(action="call_back_overdue")
    assert line.detail == {"people": [ward.second.pk, ward.duty.pk]}
    alert.refresh_from_db()
    assert alert.state == "acknowledged"
    assert alert.call_back_by
    sweeping.sweep(now=alert.call_back_by)
    assert mails(alert, ward.second) == 3


def test_it_ends_when_a_clinician_has_called_and_may_be_asked_anew(
    ward: Ward, client: Client
) -> None:
    alert = wish(ward, "soon")
    client.force_login(ward.second)
    page = f"/patients/{ward.patient.pk}/"
    assert "The patient asks to be called back." in client.get(page).content.decode()
    address = f"/alerts/{alert.pk}/called-back/"
    client.post(address, {"from": "patient"})
    client.post(address, {"from": "patient"})
    assert alert.log.get(action="called_back").actor == ward.second
    shown = client.get(page).content.decode()
    assert "The patient was called back." in shown
    assert "I have called the patient" not in shown
    sweeping.sweep(now=NOW + 5 * HOUR)
    assert mails(alert, ward.second) == 1
    ask(ward, alert, NOW + 5 * HOUR)
    assert "The patient asks to be called back." in client.get(page).content.decode()
    sweeping.sweep(now=NOW + 5 * HOUR)
    assert mails(alert, ward.second) == 2


def test_what_else_they_say_takes_the_wish_back_no_more(
    ward: Ward, client: Client
) -> None:
    alert = wish(ward, "urgent")
    answering.patient_acknowledge(
        alert.pk, by=ward.patient.user, answer="going_now", now=NOW
    )
    client.force_login(ward.duty)
    page = client.get("/").content.decode()
    assert "The patient asks to be called back." in page
    assert "going to emergency care now" in page


def test_a_higher_tier_takes_the_wish_along(ward: Ward) -> None:
    alert = make_alert(ward, tier="urgent", rule="R06", category="motor")
    ask(ward, alert, NOW)
    make_flag(ward.patient, tier="emergency", rule="R05", category="motor")
    sweeping.sweep(now=NOW + HOUR / 6)
    alert.refresh_from_db()
    new = alert.superseded_by
    assert new
    assert (new.call_back_asked_at, new.call_back_by) == (NOW, NOW + 4 * HOUR)


def test_a_closed_alert_asks_nobody(ward: Ward) -> None:
    alert = wish(ward, "urgent")
    answering.resolve(alert.pk, by=ward.second, outcome="advice_given", now=NOW)
    sweeping.sweep(now=NOW + 9 * HOUR)
    assert not alert.log.filter(action="call_back_overdue").exists()


def test_only_a_clinician_of_the_patient_has_called(ward: Ward) -> None:
    alert = wish(ward, "urgent")
    address = f"/api/v1/alerts/{alert.pk}/called-back"
    assert client_of(ward.administrator).post(address).status_code == 403
    assert client_of(make_clinician()).post(address).status_code == 404
    assert client_of(ward.patient.user).post(address).status_code == 404
    alert.refresh_from_db()
    assert alert.call_back_by
    answer = client_of(ward.duty).post(address)
    assert (answer.status_code, answer.json()["call_back_by"]) == (200, None)
