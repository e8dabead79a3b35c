"""Alerts over HTTP, as a phone and as a clinic's own tool call them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from alerts.models import Alert
from alerts.services import answering
from tests.factories import CANARY, client_of, make_clinician, make_superuser
from tests.integration.alerts.conftest import NOW, Ward, make_alert, make_ward


def address(alert: Alert, action: str = "") -> str:
    return f"/api/v1/alerts/{alert.pk}{action and '/' + action}"


def test_a_patient_reads_their_own_alerts(ward: Ward) -> None:
    alert = make_alert(ward, examine_by=NOW)
    make_alert(make_ward())
    answer = client_of(ward.patient.user).get("/api/v1/alerts")
    (shown,) = answer.json()["results"]
    assert shown == {
        "id": str(alert.pk),
        "patient_id": str(ward.patient.pk),
        "tier": "emergency",
        "category": "red_flag",
        "title": f"{CANARY} title",
        "text": f"{CANARY} text",
        "opened_at": "2026-03-02T09:00:00Z",
        "state": "open",
        "examine_by": "2026-03-02T09:00:00Z",
        "patient_acknowledged_at": None,
        "replaced_by": None,
    }
    assert client_of(ward.patient.user).get(address(alert)).json() == shown


def test_a_patient_acknowledges_and_resolves_nothing(ward: Ward) -> None:
    alert = make_alert(ward)
    client = client_of(ward.patient.user)
    shown = client.post(address(alert, "acknowledge")).json()
    assert shown["patient_acknowledged_at"]
    assert shown["state"] == "open"
    body = {"outcome": "false_alarm"}
    assert client.post(address(alert, "resolve"), body).status_code == 404
    assert client.get(address(alert, "log")).status_code == 404


def test_a_clinician_takes_and_resolves(ward: Ward) -> None:
    alert = make_alert(ward)
    client = client_of(ward.duty)
    (listed,) = client.get("/api/v1/alerts?state=open&tier=emergency").json()["results"]
    assert listed["reason"] == f"{CANARY} explanation"
    assert [flag["rule"] for flag in listed["flags"]] == ["R01"]
    taken = client.post(address(alert, "acknowledge")).json()
    assert taken["state"] == "acknowledged"
    assert taken["acknowledged_by"]["id"] == ward.duty.pk
    second = client_of(ward.second).post(address(alert, "acknowledge"))
    assert (second.status_code, second.json()["code"]) == (409, "alert_already_taken")
    wrong = client.post(address(alert, "resolve"), {"outcome": "advice_given"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "outcome_invalid")
    body = {"outcome": "examined_referred", "note": "seen"}
    done = client.post(address(alert, "resolve"), body).json()
    assert (done["state"], done["outcome"]) == ("resolved", "examined_referred")
    assert client.get("/api/v1/alerts?state=open").json()["results"] == []


def test_the_log_tells_every_hop(ward: Ward) -> None:
    alert = make_alert(ward)
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW)
    lines = client_of(ward.administrator).get(address(alert, "log")).json()["results"]
    assert [line["action"] for line in lines] == ["opened", "told", "acknowledge"]
    assert lines[-1]["actor"]["id"] == ward.duty.pk
    assert CANARY not in str([line["detail"] for line in lines])


def test_an_administrator_reads_and_answers_nothing(ward: Ward) -> None:
    alert = make_alert(ward)
    client = client_of(ward.administrator)
    assert client.get(address(alert)).json()["id"] == str(alert.pk)
    refused = client.post(address(alert, "acknowledge"))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_a_clinician")
    body = {"outcome": "false_alarm"}
    assert client.post(address(alert, "resolve"), body).status_code == 403


@pytest.mark.parametrize("action", ["", "log", "acknowledge", "resolve"])
def test_not_found_and_not_yours_are_one_answer(ward: Ward, action: str) -> None:
    alert = make_alert(ward)
    body = {"outcome": "false_alarm"}
    nowhere = Alert(pk=uuid4())
    for stranger in (make_clinician(), make_ward().patient.user, make_superuser()):
        client = client_of(stranger)
        answers = [
            client.get(address(which, action))
            if action in ("", "log")
            else client.post(address(which, action), body)
            for which in (alert, nowhere)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        first, second = ({**a.json(), "request_id": ""} for a in answers)
        assert first == second
    alert.refresh_from_db()
    assert alert.state == "open"


def test_nobody_sees_nothing(ward: Ward) -> None:
    alert = make_alert(ward)
    assert client_of(None).get("/api/v1/alerts").status_code == 401
    assert client_of(None).post(address(alert, "acknowledge")).status_code == 401


@pytest.mark.parametrize(
    "query", ["state=nonsense", "tier=1", "cursor=cD1ub25zZW5zZQ=="]
)
def test_a_bad_filter_is_told(ward: Ward, query: str) -> None:
    make_alert(ward)
    assert client_of(ward.duty).get(f"/api/v1/alerts?{query}").status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"outcome": 7}, {"outcome": "false_alarm", "note": "x" * 2001}, []]
)
def test_a_bad_resolution_is_told(ward: Ward, body: object) -> None:
    alert = make_alert(ward)
    answer = client_of(ward.duty).post(address(alert, "resolve"), body, format="json")
    assert answer.status_code == 400


def test_a_list_costs_the_same_however_long(
    ward: Ward, django_assert_max_num_queries
) -> None:
    for number in range(6):
        alert = make_alert(ward, rule=f"X{number}")
        answering.resolve(alert.pk, by=ward.duty, outcome="false_alarm", now=NOW)
    client = client_of(ward.duty)
    with django_assert_max_num_queries(8):
        assert len(client.get("/api/v1/alerts").json()["results"]) == 6


def test_the_admin_shows_no_clinical_content(ward: Ward, client) -> None:
    alert = make_alert(ward)
    client.force_login(make_superuser())
    for model in (
        "alert",
        "alertlog",
        "delivery",
        "shift",
        "holiday",
        "cover",
        "escalationpolicy",
    ):
        page = client.get(reverse(f"admin:alerts_{model}_changelist"))
        assert page.status_code == 200
        assert f"{CANARY} explanation" not in page.content.decode()
    page = client.get(reverse("admin:alerts_alert_change", args=[alert.pk]))
    assert page.status_code == 200
    assert f"{CANARY} explanation" not in page.content.decode()
    assert f"{CANARY} text" not in page.content.decode()
    assert client.get(reverse("admin:alerts_alert_add")).status_code == 403
