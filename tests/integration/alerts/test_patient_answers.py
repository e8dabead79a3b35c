"""What a patient says of their alert reaches whoever has it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.models import Alert, Delivery
from alerts.services import answering, sweeping
from tests.factories import client_of, make_caregiver
from tests.integration.alerts.conftest import NOW, Ward, make_alert, make_flag


MINUTE = timedelta(minutes=1)


def answer(ward: Ward, alert: Alert, said: str | None = None) -> tuple[int, str]:
    body = {"answer": said} if said else None
    client = client_of(ward.patient.user)
    reply = client.post(f"/api/v1/alerts/{alert.pk}/acknowledge", body)
    alert.refresh_from_db()
    return reply.status_code, reply.json().get("code", "")


def mailed(alert: Alert) -> list[int]:
    rows = Delivery.objects.filter(alert=alert, channel="email").order_by("wave", "pk")
    return [row.recipient_id for row in rows]


def test_each_answer_replaces_the_last_but_reading_takes_nothing_back(ward: Ward):
    alert = make_alert(ward)
    said = []
    for code in (None, "going_now", "read", "going_now", "called"):
        assert answer(ward, alert, code)[0] == 200
        said.append(alert.patient_answer)
    assert said == ["read", "going_now", "going_now", "going_now", "called"]
    log = alert.log.filter(action="patient_acknowledged").order_by("pk")
    assert list(log.values_list("detail__said", flat=True)) == [
        "read",
        "going_now",
        "called",
    ]
    assert alert.state == "open"  # the clinic still has to answer


def test_an_unknown_answer_is_refused(ward: Ward):
    alert = make_alert(ward)
    assert answer(ward, alert, "fine")[0] == 400
    assert alert.patient_acknowledged_at is None


def test_whoever_has_the_alert_is_asked_to_call_back_once(ward: Ward):
    alert = make_alert(ward)
    sweeping.sweep(now=NOW)
    answering.acknowledge(alert.pk, by=ward.second, now=NOW + MINUTE)
    for said in ("call_me", "going_now", "call_me"):
        assert answer(ward, alert, said)[0] == 200
    assert mailed(alert) == [ward.duty.pk, ward.second.pk]
    assert alert.log.filter(action="call_back_asked").count() == 1


def test_before_anybody_has_it_all_who_were_told_are_asked(ward: Ward):
    alert = make_alert(ward)
    sweeping.sweep(now=NOW)
    sweeping.sweep(now=NOW + 30 * MINUTE)
    assert mailed(alert) == [ward.duty.pk, ward.second.pk]
    answer(ward, alert, "call_me")
    assert sorted(mailed(alert)[2:]) == sorted([ward.duty.pk, ward.second.pk])


def test_of_a_closed_alert_the_patient_is_told_to_call(ward: Ward):
    alert = make_alert(ward)
    answering.resolve(alert.pk, by=ward.duty, outcome="false_alarm", now=NOW)
    assert answer(ward, alert, "call_me") == (409, "alert_closed")
    assert answer(ward, alert, "read")[0] == 200
    assert alert.call_back_asked_at is None


def test_a_worse_danger_asks_anew(ward: Ward):
    alert = make_alert(ward, items=("urine_leak",))
    answer(ward, alert, "going_now")
    make_flag(ward.patient, items=("stool_leak",))
    sweeping.sweep(now=NOW + MINUTE)
    alert.refresh_from_db()
    assert (alert.patient_answer, alert.patient_acknowledged_at) == ("", None)


@pytest.mark.parametrize("said", ["read", "call_me"])
def test_a_caregiver_does_not_speak_for_the_patient(ward: Ward, said: str):
    alert = make_alert(ward)
    carer = make_caregiver(ward.patient).user
    address = f"/api/v1/alerts/{alert.pk}/acknowledge"
    assert client_of(carer).post(address, {"answer": said}).status_code == 403
    alert.refresh_from_db()
    assert alert.patient_answer == ""


def test_staff_read_it_on_their_pages(ward: Ward, client):
    alert = make_alert(ward)
    answer(ward, alert, "call_me")
    client.force_login(ward.duty)
    for page in ("/", f"/patients/{ward.patient.pk}/"):
        assert "The patient asks to be called back" in client.get(page).content.decode()
