"""A clinic that reaches nobody is found, shown, and not activated."""

from __future__ import annotations

from datetime import datetime, time
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from alerts import tasks
from alerts.models import CoverageCheck, EscalationPolicy, Shift
from alerts.selectors import on_call, schedule
from alerts.services import sweeping
from alerts.services.quiet import set_quiet_hours
from tests.factories import client_of, make_administrator, make_clinic
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.test_alert_escalation import mailed
from tracker.models import Heartbeat


def only_on_duty(ward: Ward) -> None:
    policy = EscalationPolicy.objects.create(
        clinic=ward.clinic, weekdays=[0, 1, 2, 3, 4]
    )
    policy.steps.create(whom="on_duty", after_percent=0)


def address(ward: Ward, action: str) -> str:
    return f"/api/v1/clinics/{ward.clinic.pk}/{action}"


def test_a_clinic_at_work_reaches_somebody_at_every_hour(ward: Ward) -> None:
    (found,) = client_of(ward.administrator).get(address(ward, "coverage")).json()
    assert found == {
        "care_team": ward.team.pk,
        "holes": [],
        "left": [],
        "reaches_nobody": False,
    }
    call_command("check_coverage", clinic=ward.clinic.pk, stdout=StringIO())


def test_who_leaves_is_noticed_by_the_job(ward: Ward, caplog) -> None:
    only_on_duty(ward)
    tasks.check_coverage()
    assert CoverageCheck.objects.get().nobody_hours == 0
    ward.duty.is_active = False
    ward.duty.save()
    tasks.check_coverage()
    assert CoverageCheck.objects.get().nobody_hours == 31 * 24
    assert "a clinic reaches nobody" in caplog.text
    assert schedule.counters(timezone.now())["clinics_reaching_nobody"] == 1
    assert Heartbeat.objects.filter(name="alerts.coverage").exists()
    (found,) = client_of(ward.administrator).get(address(ward, "coverage")).json()
    assert found["reaches_nobody"]
    with pytest.raises(CommandError):
        call_command("check_coverage", stdout=StringIO())


def test_the_hours_without_anybody_are_told_to_the_operator(
    ward: Ward, client: Client
) -> None:
    """Nobody on the first line: the second and the team stand in."""
    Shift.objects.filter(clinician=ward.duty).delete()
    tasks.check_coverage()
    page = client.get("/metrics").content.decode()
    assert 'rootwatch_uncovered_hours{kind="nobody"} 0.0' in page
    assert 'rootwatch_uncovered_hours{kind="not_at_once"} 744.0' in page


def test_a_clinic_that_reaches_nobody_is_not_activated(ward: Ward) -> None:
    ward.clinic.activated_at = None
    ward.clinic.save()
    client = client_of(ward.administrator)
    wish = {"patient_name": "CANARY", "care_team": ward.team.pk}
    refused = client.post("/api/v1/invitations", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "clinic_not_active")
    only_on_duty(ward)
    Shift.objects.filter(line=1).update(weekday=0, starts=time(8), ends=time(20))
    refused = client.post(address(ward, "activate"))
    assert (refused.status_code, refused.json()["code"]) == (
        409,
        "clinic_reaches_nobody",
    )
    Shift.objects.filter(line=1).update(weekday=None, ends=time(8))
    assert client.post(address(ward, "activate")).json()["activated_at"]
    assert client.post("/api/v1/invitations", wish).status_code == 201


def test_the_pages_say_what_is_broken(ward: Ward, client) -> None:
    only_on_duty(ward)
    ward.clinic.activated_at = None
    ward.clinic.save()
    Shift.objects.filter(line=1).delete()
    client.force_login(ward.administrator)
    page = client.get("/clinic/").content.decode()
    assert "This clinic is broken" in page
    assert "Nobody is reached" in page
    answer = client.post("/clinic/activation/", follow=True)
    assert "would reach nobody named" in answer.content.decode()
    refused = client.post("/clinic/invitations/", {"patient_name": "x"}, follow=True)
    assert "not active yet" in refused.content.decode()
    Shift.objects.all().delete()  # without any shift the team is on duty
    page = client.post("/clinic/activation/", follow=True).content.decode()
    assert "not active yet" not in page
    assert "broken" not in page


def test_a_new_clinic_reaches_nobody_until_it_has_people(db: None) -> None:
    clinic = make_clinic(activated_at=None)
    (found,) = on_call.coverage_of(clinic, now=NOW)
    assert found.reaches_nobody
    make_administrator(clinic)
    (found,) = on_call.coverage_of(clinic, now=NOW)
    assert found.reaches_nobody  # an administrator alone examines nobody


@pytest.mark.parametrize("tier", ["emergency", "urgent", "soon", "watch"])
def test_the_simulator_tells_what_then_happens(ward: Ward, tier: str) -> None:
    told = on_call.simulate(ward.clinic, ward.team, tier=tier, raised_at=NOW)
    alert = make_alert(ward, tier=tier, rule="R06", category="motor")
    for moment in told.moments[:5]:
        sweeping.sweep(now=moment.at)
    channel = mailed(alert) if tier != "watch" else []
    expected = [set(each.hop.people) for each in told.moments[:5]]
    assert channel == (expected if tier != "watch" else [])
    lines = alert.log.filter(action__in=("told", "escalated")).order_by("pk")
    assert [(line.at, set(line.detail["people"])) for line in lines] == [
        (moment.at, set(moment.hop.people)) for moment in told.moments[:5]
    ]


def test_an_administrator_asks_for_a_saturday_night(ward: Ward, client) -> None:
    raised = datetime(2026, 3, 28, 23, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    night: dict[str, Any] = {
        "starts": time(22),
        "ends": time(8),
        "timezone": "Europe/Berlin",
    }
    set_quiet_hours(ward.duty, **night)
    query: dict[str, Any] = {
        "tier": "urgent",
        "at": raised.isoformat(),
        "care_team": ward.team.pk,
    }
    api = client_of(ward.administrator)
    shown = api.get(address(ward, "simulation"), query).json()
    assert [moment["at"] for moment in shown["moments"]] == [
        "2026-03-28T22:10:00Z",
        "2026-03-30T09:00:00Z",
        "2026-03-30T11:00:00Z",
    ]
    assert shown["moments"][0]["people"] == [ward.duty.pk]
    held = {str(ward.duty.pk): "2026-03-29T06:00:00Z"}  # the clocks have changed
    assert [moment["held"] for moment in shown["moments"]] == [held, {}, {}]
    emergency = query | {"tier": "emergency"}
    shown = api.get(address(ward, "simulation"), emergency).json()
    assert not any(moment["held"] for moment in shown["moments"])
    other = query | {"care_team": ward.team.pk + 1}
    assert api.get(address(ward, "simulation"), other).status_code == 404
    out = StringIO()
    call_command(
        "simulate_alert",
        str(ward.clinic.pk),
        "urgent",
        "2026-03-28T23:10",
        team=ward.team.pk,
        stdout=out,
    )
    assert "Sat 28 Mar 23:10  on_duty:" in out.getvalue()
    assert "(quiet hours: Sun 08:00)" in out.getvalue()
    client.force_login(ward.administrator)
    query["at"] = "2026-03-28T23:10"
    page = client.get("/clinic/simulator/", query).content.decode()
    assert "Mon 30 Mar, 11:00" in page
    assert "called at Sun 29 Mar, 08:00, after quiet hours" in page
    assert client.get("/clinic/simulator/", {"tier": "x"}).status_code == 200
    assert not CoverageCheck.objects.exists()
