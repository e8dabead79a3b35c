"""A clinic's numbers: chosen over the API, used by the analysis, told by each flag."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from analytics.models import Flag, RuleOverride
from analytics.services.analyse import analyse_patients
from analytics.services.overriding import override_rule
from tests.factories import client_of, make_administrator, make_clinic, make_patient
from tests.integration.analytics.conftest import heel_walk
from tests.integration.analytics.test_explain import explained
from tests.integration.sync.conftest import Phone
from tests.integration.sync.conftest import token_of as sync_token


@pytest.fixture
def administrator(patient):
    return make_administrator(patient.clinic)


@pytest.fixture
def rules(patient, administrator):
    client = client_of(administrator)
    address = f"/api/v1/clinics/{patient.clinic_id}/rules"

    def choose(rule, setting, value, why="too many calls"):
        wish = {"rule": rule, "setting": setting, "value": value, "why": why}
        return client.post(address, wish, format="json")

    choose.client, choose.address = client, address
    return choose


def fall_silent(patient, now):
    days = (now - timedelta(days=ago) for ago in range(36, 9, -1))
    tests = [heel_walk(day, 3, name=f"{patient.pk}-{day:%m%d}") for day in days]
    Phone(sync_token(patient.user)).sync({"weakness_logs": tests})


def test_a_rule_that_the_clinic_switched_off_is_silent_there_only(patient, rules, now):
    elsewhere = make_patient(make_clinic())
    fall_silent(patient, now)
    fall_silent(elsewhere, now)
    assert rules("R15", "enabled", 0).status_code == 201
    analyse_patients([patient.pk, elsewhere.pk], timezone.now())

    found = Flag.objects.filter(rule="R15")
    assert {flag.patient_id for flag in found} == {elsewhere.pk}
    assert rules("R15", "enabled", None).status_code == 201
    analyse_patients([patient.pk], timezone.now())
    assert found.filter(patient=patient).exists()


def test_a_flag_keeps_the_numbers_and_explain_uses_them_later(
    patient, weak, rules, now
):
    assert rules("R06", "evidence", 1.25).status_code == 201
    analyse_patients([patient.pk], timezone.now())
    flag = Flag.objects.filter(rule="R06").earliest("raised_on")
    assert flag.rule_changes == {"R06": {"parameters": {"evidence": 1.25}}}
    then = explained(flag)
    assert "chosen by the clinic then  evidence = 1.25, by default " in then
    assert "the same flag is raised." in then

    assert rules("R06", "evidence", None).status_code == 201
    assert explained(flag) == then


def test_the_clinic_reads_its_numbers_and_who_chose_them(rules, administrator):
    rules("R11", "rise_points", 2.5, why="many flares here")
    listed = rules.client.get(rules.address).json()
    assert {each["rule"] for each in listed}.isdisjoint({"R01", "R04", "R05", "R19"})
    (number,) = (
        each
        for each in listed
        if (each["rule"], each["setting"]) == ("R11", "rise_points")
    )
    assert (number["value"], number["default"]) == (2.5, 2.0)
    assert (number["low"], number["high"]) == (1.5, 3.0)
    assert number["chosen"]["why"] == "many flares here"

    rules("R11", "rise_points", None)
    told = rules.client.get(f"{rules.address}/history").json()["results"]
    assert [each["value"] for each in told] == [None, 2.5]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (("R01", "enabled", 0), "R01 is an emergency rule"),
        (("R05", "severe_drop_steps", 3), "R05 is an emergency rule"),
        (("R11", "rise_points", 3.1), "rise_points must be from 1.5 to 3"),
        (("R06", "enabled", 0), "R06 has no setting enabled"),
        (("R07", "evidence", 2), "evidence must be from 0.5 to"),
        (("R11", "x", 1), "R11 has no setting x"),
        (("R99", "enabled", 0), "There is no rule R99"),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_reason(rules, wish, says):
    reply = rules(*wish)
    assert reply.status_code == 400
    assert reply.json()["code"] == "rules_invalid"
    assert says in reply.json()["detail"]
    assert not RuleOverride.objects.exists()


def test_a_choice_without_a_reason_is_refused(rules):
    assert rules("R11", "rise_points", 2.5, why=" ").status_code == 400
    assert not RuleOverride.objects.exists()


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_rewrite_history(patient, administrator, now, change):
    choice = ("R11", "rise_points", 2.5)
    made = override_rule(
        clinic=patient.clinic, choice=choice, why="x", by=administrator, now=now
    )
    rows = RuleOverride.objects.filter(pk=made.pk)
    refused = pytest.raises(DatabaseError, match="Cannot update or delete")
    with refused, transaction.atomic():
        rows.update(value=3) if change == "update" else rows.delete()


def test_the_operator_chooses_for_all_clinics(patient, administrator, now):
    fall_silent(patient, now)
    out = StringIO()
    chosen = {"by": administrator.email, "why": "recalled", "stdout": out}
    call_command("override_rule", "R15", "enabled", "0", **chosen)
    assert "R15 enabled is 0 from the next analysis on." in out.getvalue()
    analyse_patients([patient.pk], timezone.now())
    assert not Flag.objects.filter(rule="R15").exists()
    with pytest.raises(CommandError, match="R01 is an emergency rule"):
        call_command("override_rule", "R01", "enabled", "0", **chosen)
    with pytest.raises(CommandError, match="VALUE must be"):
        call_command("override_rule", "R15", "enabled", "off", **chosen)


def test_the_clinic_page_shows_what_is_changed(administrator, rules, client):
    client.force_login(administrator)
    assert "None: all as in the catalogue." in client.get("/clinic/").content.decode()
    rules("R15", "enabled", 0, why="we phone them anyway")
    rules("R11", "rise_points", 2.5)
    page = client.get("/clinic/").content.decode()
    assert "R15 We miss your diary: <strong>switched off</strong>" in page
    assert "we phone them anyway" in page
    assert "rise of the pain, in points of 10 <strong>2.50</strong>" in page
