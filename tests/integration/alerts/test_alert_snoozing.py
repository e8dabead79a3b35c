"""An alert that waits with a reason: never an emergency, and not for long."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from alerts.errors import SnoozeRefused
from alerts.models import Alert, Delivery
from alerts.selectors import schedule
from alerts.services import answering, sweeping
from alerts.services.opening import open_alerts_for_flags
from tests.factories import client_of, make_clinician
from tests.integration.alerts.conftest import (
    NOW,
    Ward,
    make_alert,
    make_flag,
    make_ward,
)
from tracker.signals import patient_moved


HOUR = timedelta(hours=1)
WEAKER = {"rule": "R06", "tier": "urgent", "category": "motor", "side": "left"}


def snoozed(ward: Ward, hours: float = 20, **fields) -> Alert:
    alert = make_alert(ward, **WEAKER | fields)
    sleep = answering.Sleep(until=NOW + hours * HOUR, reason="appointment_booked")
    return answering.snooze(alert.pk, sleep, by=ward.second, now=NOW)


def raise_flag(ward: Ward, at: datetime, **fields) -> None:
    flag = make_flag(ward.patient, raised_at=at, **WEAKER | fields)
    open_alerts_for_flags([flag], at)


def mails(alert: Alert) -> int:
    return Delivery.objects.filter(alert=alert, channel="email", state="sent").count()


def test_a_snoozed_alert_is_silent_and_comes_back_by_itself(ward: Ward) -> None:
    alert = snoozed(ward)
    sweeping.sweep(now=NOW + 20 * HOUR - timedelta(seconds=1))
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by, mails(alert)) == (
        "snoozed",
        ward.second,
        0,
    )
    morning = NOW + 20 * HOUR  # 6:00 in Berlin: an answer is due at 13:00
    sweeping.sweep(now=morning)
    alert.refresh_from_db()
    assert (alert.state, alert.step, alert.snoozed_until) == ("notified", 1, None)
    assert alert.acknowledge_by == morning + 7 * HOUR
    assert alert.next_step_at == morning + 5 * HOUR  # half of four working hours
    assert mails(alert) == 1
    lines = alert.log.filter(action__in=("snooze", "wake")).order_by("pk")
    assert [(line.actor, line.from_state, line.to_state) for line in lines] == [
        (ward.second, "open", "snoozed"),
        (None, "snoozed", "open"),
    ]
    assert lines[0].detail == {
        "due": (NOW + 4 * HOUR).isoformat(),
        "reason": "appointment_booked",
        "until": morning.isoformat(),
    }


@pytest.mark.parametrize(
    "worse",
    [
        {"rule": "R07"},  # a rule that the clinician had not seen
        {"items": ("quadriceps",)},  # another body part of the same rule
    ],
)
def test_what_is_worse_wakes_it_at_once(ward: Ward, worse: dict) -> None:
    alert = snoozed(ward)
    raise_flag(ward, NOW + HOUR, patient_title="CANARY worse", **worse)
    alert.refresh_from_db()
    assert (alert.state, alert.patient_title) == ("open", "CANARY worse")
    assert alert.flags.count() == 2
    sweeping.sweep(now=NOW + HOUR)
    assert mails(alert) == 1
    told = Delivery.objects.filter(alert=alert, recipient=ward.patient.user)
    assert told.filter(state="sent").count() == 2


def test_a_higher_tier_replaces_it_at_once(ward: Ward) -> None:
    alert = snoozed(ward)
    raise_flag(ward, NOW + HOUR, rule="R05", tier="emergency")
    alert.refresh_from_db()
    new = alert.superseded_by
    assert alert.state == "superseded"
    assert new
    assert (new.tier, new.state) == ("emergency", "open")
    # The snoozed one was answered; the emergency has a time of its own.
    assert (new.acknowledge_by, new.step) == (NOW + HOUR + HOUR / 2, 1)
    sweeping.sweep(now=NOW + HOUR)
    assert mails(new) == 1


def test_more_of_the_same_lets_it_sleep_but_not_beyond_the_examination(
    ward: Ward,
) -> None:
    alert = snoozed(ward)
    raise_flag(ward, NOW + HOUR)
    alert.refresh_from_db()
    assert (alert.state, alert.flags.count()) == ("snoozed", 2)
    raise_flag(ward, NOW + HOUR, examine_by=NOW + 3 * HOUR)
    sweeping.sweep(now=NOW + 3 * HOUR)
    alert.refresh_from_db()
    assert alert.state == "notified"


@pytest.mark.parametrize(
    ("fields", "hours", "reason", "note"),
    [
        ({"tier": "emergency"}, 1, "patient_away", ""),
        ({"evidence": {"patient_tier": "emergency"}}, 1, "patient_away", ""),
        ({}, 0, "patient_away", ""),
        ({}, 24.1, "patient_away", ""),
        ({"examine_by": NOW + 2 * HOUR}, 3, "patient_away", ""),
        ({"examine_by": NOW - HOUR}, 1, "patient_away", ""),
        ({}, 1, "nonsense", ""),
        ({}, 1, "other", ""),
        ({}, 1, "other", "x" * 2001),
    ],
)
def test_no_emergency_sleeps_and_nothing_for_long(
    ward: Ward, fields: dict, hours: float, reason: str, note: str
) -> None:
    alert = make_alert(ward, **WEAKER | fields)
    sleep = answering.Sleep(until=NOW + hours * HOUR, reason=reason, note=note)
    with pytest.raises(SnoozeRefused):
        answering.snooze(alert.pk, sleep, by=ward.duty, now=NOW)
    alert.refresh_from_db()
    assert alert.state == "open"


def test_the_database_itself_keeps_an_emergency_awake(ward: Ward) -> None:
    alert = make_alert(ward)
    later = {"snoozed_until": NOW + HOUR, "next_step_at": NOW + HOUR}
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(state="snoozed", **later)


def test_waking_beside_an_open_alert_makes_one_of_two(ward: Ward) -> None:
    alert = make_alert(ward, **WEAKER)
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW)
    raise_flag(ward, NOW, rule="R07")
    sleep = answering.Sleep(until=NOW + HOUR, reason="result_awaited")
    answering.snooze(alert.pk, sleep, by=ward.duty, now=NOW)
    sweeping.sweep(now=NOW + HOUR)
    alert.refresh_from_db()
    assert alert.state == "superseded"
    assert alert.superseded_by
    assert alert.superseded_by.flags.count() == 2


@pytest.mark.parametrize(("tier", "days"), [("urgent", 2), ("soon", 8)])
def test_a_sleep_ends_with_a_move_or_a_jump_of_the_clock(
    ward: Ward, tier: str, days: int
) -> None:
    alert = snoozed(ward, tier=tier)
    jumped = NOW + timedelta(days=days)
    Alert.objects.filter(pk=alert.pk).update(next_step_at=jumped, snoozed_until=jumped)
    sweeping.sweep(now=NOW)
    alert.refresh_from_db()
    assert alert.state == "notified"
    other = snoozed(make_ward())
    patient_moved.send(None, patient_id=other.patient_id, now=NOW)
    other.refresh_from_db()
    assert other.state == "open"


def test_the_auditor_sees_an_alert_that_overslept(ward: Ward) -> None:
    alert = snoozed(ward)
    late = NOW + 20 * HOUR + timedelta(minutes=3)
    assert list(schedule.alerts_behind_schedule(late)) == [alert]


def test_a_clinician_snoozes_over_http(ward: Ward) -> None:
    alert = make_alert(ward, **WEAKER)
    address = f"/api/v1/alerts/{alert.pk}/snooze"
    until = timezone.now() + HOUR
    body = {"until": until.isoformat(), "reason": "other", "note": "CANARY"}
    shown = client_of(ward.duty).post(address, body).json()
    assert (shown["state"], shown["snooze_note"]) == ("snoozed", "CANARY")
    again = client_of(ward.second).post(address, body)
    assert (again.status_code, again.json()["code"]) == (409, "alert_already_taken")
    own = client_of(ward.patient.user).get(f"/api/v1/alerts/{alert.pk}").json()
    assert own["state"] == "acknowledged"
    assert "CANARY" not in str(alert.log.values_list("detail", flat=True))
    body["until"] = (timezone.now() - HOUR).isoformat()
    refused = client_of(ward.duty).post(address, body)
    assert (refused.status_code, refused.json()["code"]) == (400, "snooze_refused")
    assert client_of(make_clinician()).post(address, body).status_code == 404


def test_a_clinician_snoozes_on_the_patient_page(ward: Ward, client) -> None:
    alert = make_alert(ward, **WEAKER)
    emergency = make_alert(ward)
    client.force_login(ward.duty)
    address, page = f"/alerts/{alert.pk}/snooze/", f"/patients/{ward.patient.pk}/"
    shown = client.get(page).content.decode()
    assert f"snooze-{alert.pk}" in shown
    assert f"snooze-{emergency.pk}" not in shown
    local = (timezone.now() + HOUR).astimezone(ZoneInfo(ward.clinic.timezone))
    body = {"until": f"{local:%Y-%m-%dT%H:%M}", "reason": "patient_away"}
    htmx = {"from": "patient"}
    for wrong in ({}, {"reason": "x"}, {"until": "2020-01-01T10:00"}):
        sent = (body | wrong if wrong else {}) | htmx
        answer = client.post(address, sent, headers={"HX-Request": "true"})
        assert "Not snoozed" in answer.content.decode()
    assert client.post(address, body | htmx).status_code == 302
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == ("snoozed", ward.duty)
    assert "The patient is away" in client.get(page).content.decode()
