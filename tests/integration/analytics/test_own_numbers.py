"""Numbers of the rules for one patient: same bounds, an end, a reason, replayed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from analytics.models import Flag, RuleOverride
from analytics.selectors.own_numbers import numbers_in_force
from analytics.services import claims
from analytics.services.analyse import analyse_patients
from analytics.services.overriding import (
    LONGEST_OWN,
    OwnNumber,
    override_for_patient,
    override_rule,
)
from tests.factories import (
    client_of,
    make_administrator,
    make_clinic,
    make_clinician,
    make_patient,
)
from tests.integration.analytics.test_explain import explained
from tests.integration.analytics.test_rule_overrides import fall_silent
from tracker.errors import Conflict


TODAY = timezone.now().date()
SOON = (TODAY + timedelta(days=30)).isoformat()


@pytest.fixture
def clinician(patient):
    return make_clinician(patient.clinic)


@pytest.fixture
def choose(patient, clinician):
    client = client_of(clinician)
    address = f"/api/v1/patients/{patient.pk}/rules"

    def ask(rule, setting, value, **more):
        wish = {"rule": rule, "setting": setting, "value": value, "why": "lives alone"}
        return client.post(address, wish | {"expires_on": SOON} | more, format="json")

    ask.client, ask.address = client, address
    return ask


def changes_of(patient, at):
    return numbers_in_force({patient.pk: patient.clinic_id}, at=at)[patient.pk].changes


def test_a_flag_keeps_the_patients_numbers_and_explain_uses_them_later(
    patient, weak, choose, now
):
    assert choose("R06", "evidence", 1.25).status_code == 201
    analyse_patients([patient.pk], timezone.now())
    flag = Flag.objects.filter(rule="R06").earliest("raised_on")
    assert flag.rule_changes == {"R06": {"parameters": {"evidence": 1.25}}}
    told = {"rule": "R06", "setting": "evidence", "value": 1.25, "until": SOON}
    assert flag.evidence["own_numbers"] == [told]
    then = explained(flag)
    assert f"chosen for this patient then  evidence = 1.25 until {SOON}" in then
    assert "chosen by the clinic then" not in then
    assert "the same flag is raised." in then
    assert choose("R06", "evidence", None).status_code == 201
    assert explained(flag) == then


def test_a_rule_is_silent_for_that_patient_only(patient, choose, now):
    neighbour = make_patient(patient.clinic)
    fall_silent(patient, now)
    fall_silent(neighbour, now)
    assert choose("R15", "enabled", 0).status_code == 201
    analyse_patients([patient.pk, neighbour.pk], timezone.now())
    found = Flag.objects.filter(rule="R15")
    assert {flag.patient_id for flag in found} == {neighbour.pk}


def test_it_goes_before_the_clinics_choice_and_ends_by_itself(patient, choose):
    boss = make_administrator(patient.clinic)
    override_rule(
        clinic=patient.clinic,
        choice=("R11", "rise_points", 2.5),
        why="many flares",
        by=boss,
        now=timezone.now(),
    )
    assert choose("R11", "rise_points", 3).status_code == 201
    now = timezone.now()
    assert changes_of(patient, now) == {"R11": {"parameters": {"rise_points": 3.0}}}
    neighbour = make_patient(patient.clinic)
    clinics = {"R11": {"parameters": {"rise_points": 2.5}}}
    assert changes_of(neighbour, now) == clinics
    assert changes_of(patient, now + timedelta(days=29)) != clinics
    assert changes_of(patient, now + timedelta(days=31)) == clinics
    assert choose("R11", "rise_points", None, expires_on=None).status_code == 201
    assert changes_of(patient, timezone.now()) == clinics
    history = choose.client.get(f"{choose.address}/history").json()["results"]
    assert [each["value"] for each in history] == [None, 3.0]


def test_what_the_clinic_switched_off_stays_off(patient, choose):
    override_rule(
        clinic=patient.clinic,
        choice=("R15", "enabled", 0),
        why="we telephone",
        by=make_administrator(patient.clinic),
        now=timezone.now(),
    )
    assert choose("R15", "enabled", 1).status_code == 201
    assert changes_of(patient, timezone.now()) == {"R15": {"enabled": False}}


def test_it_does_not_come_along_to_another_clinic(patient, choose):
    assert choose("R11", "rise_points", 3).status_code == 201
    elsewhere = make_clinic()
    at = timezone.now()
    moved = numbers_in_force({patient.pk: elsewhere.pk}, at=at)[patient.pk]
    assert (moved.changes, moved.own) == ({}, [])


@pytest.mark.parametrize(
    ("rule", "setting", "value", "until", "said"),
    [
        ("R05", "enabled", 0, SOON, "emergency rule"),
        ("R01", "refractory_days", 5, SOON, "emergency rule"),
        ("R17", "enabled", 0, SOON, "cannot be disabled"),
        ("R06", "enabled", 0, SOON, "no setting enabled"),
        ("R06", "evidence", 2.05, SOON, "must be from"),  # less sensitive
        ("R11", "rise_points", 99, SOON, "must be from"),
        ("R11", "rise_points", 3, None, "until when"),
        ("R11", "rise_points", 3, (TODAY - timedelta(days=2)).isoformat(), "until"),
        (
            "R11",
            "rise_points",
            3,
            (TODAY + LONGEST_OWN + timedelta(days=2)).isoformat(),
            "until when",
        ),
        ("R99", "enabled", 0, SOON, "no rule R99"),
    ],
)
def test_no_bound_is_wider_than_the_clinics(choose, rule, setting, value, until, said):
    answer = choose(rule, setting, value, expires_on=until)
    assert (answer.status_code, answer.json()["code"]) == (400, "rules_invalid")
    assert said in answer.json()["detail"]
    assert not RuleOverride.objects.exists()


def test_it_is_news_for_the_analysis_at_once(patient, weak, choose, now):
    analyse_patients([patient.pk], now)
    assert claims.claim_one(patient.pk, now) is None
    assert choose("R11", "rise_points", 3).status_code == 201
    assert claims.claim_one(patient.pk, now) is not None


def test_it_is_chosen_once_and_never_edited(patient, clinician):
    number = OwnNumber(rule="R11", setting="rise_points", value=3, until=TODAY)
    now = timezone.now()
    made = [
        override_for_patient(
            patient, number=number, why="lives alone", by=clinician, now=now, seen=0
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    other = OwnNumber(rule="R11", setting="rise_points", value=2.5, until=TODAY)
    with pytest.raises(Conflict):
        override_for_patient(
            patient, number=other, why="x", by=clinician, now=now, seen=0
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleOverride.objects.update(value=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleOverride.objects.create(
            patient=patient,
            clinic=patient.clinic,
            rule="R11",
            setting="rise_points",
            value=3,
            why="without an end",
            changed_by=clinician,
            changed_at=now,
        )
