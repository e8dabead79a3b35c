"""Coming in: the clinic invites, the code makes the account."""

from __future__ import annotations

import json
import secrets
import threading
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.throttling import ScopedRateThrottle

from tests.factories import (
    CANARY,
    PASSWORD,
    client_of,
    make_administrator,
    make_clinic,
    make_clinician,
    make_patient,
    make_team,
    make_user,
)
from tracker.domain import consent
from tracker.models import Consent, Invitation, Patient, SyncCounter, User
from tracker.services import enrolment


pytestmark = pytest.mark.django_db


def invite(user, **fields):
    body = {"patient_name": f"{CANARY} new"} | fields
    return client_of(user).post("/api/v1/invitations", body)


def enrol(code, /, **fields):
    body = {
        "code": code,
        "email": "canary.new@example.org",
        "password": PASSWORD,
        "consent_version": consent.VERSION,
        "timezone": "Europe/Berlin",
    }
    raw = json.dumps(body | fields)  # DRF's own renderer cannot write a lone surrogate
    return client_of(None).post(
        "/api/v1/enrolments", raw, content_type="application/json"
    )


def a_code(team=None, **fields):
    team = team or make_team()
    return enrolment.invite(
        patient_name=f"{CANARY} new",
        clinic=team.clinic,
        care_team=team,
        created_by=make_administrator(team.clinic),
        now=fields.pop("now", timezone.now()),
    )[1]


def test_an_invited_person_becomes_a_patient_of_the_team():
    team = make_team()
    made = invite(make_administrator(team.clinic), care_team=team.pk)
    assert made.status_code == 201
    code = made.json()["code"]
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]

    answer = enrol(code.lower().replace("-", " "), sex="female", birth_year=1970)

    assert answer.status_code == 201
    patient = Patient.objects.get(pk=answer.json()["patient_id"])
    assert (patient.clinic, patient.care_team) == (team.clinic, team)
    assert patient.name == f"{CANARY} new"
    assert SyncCounter.objects.get(patient=patient).seq == 1
    assert Consent.objects.get(patient=patient).version == consent.VERSION
    assert EmailAddress.objects.get(user=patient.user).verified
    me = client_of(None).get(
        "/api/v1/me", headers={"X-Session-Token": answer.json()["session_token"]}
    )
    assert me.json()["patient"]["id"] == str(patient.pk)


def test_a_code_is_kept_as_a_hash_only():
    code = a_code()
    row = Invitation.objects.get()
    kept = [str(getattr(row, field.attname)) for field in Invitation._meta.fields]
    assert not any(code in text or code.replace("-", "") in text for text in kept)


def test_a_code_works_once():
    code = a_code()
    assert enrol(code).status_code == 201
    again = enrol(code, email="canary.second@example.org")
    assert (again.status_code, again.json()["code"]) == (400, "invitation_invalid")


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(days=14) - timedelta(minutes=1), 201),
        (timedelta(days=14), 400),
        (timedelta(days=15), 400),
    ],
)
def test_a_code_works_for_14_days(age, status):
    assert enrol(a_code(now=timezone.now() - age)).status_code == status


def test_an_unknown_code_is_answered_like_a_used_one():
    code = a_code()
    enrol(code)
    used, unknown = (
        enrol(it, email="canary.x@example.org").json() | {"request_id": ""}
        for it in (code, "0000-0000-0000-0000")
    )
    assert used == unknown


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "123456789012"}, "password"),
        ({"email": "no address"}, "email"),
        ({"birth_year": 1899}, "birth_year"),
        ({"birth_year": 2999}, "birth_year"),
        ({"birth_year": "x"}, "birth_year"),
        ({"sex": "x"}, "sex"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"language": "de;drop"}, "language"),
        ({"name": "nul\x00"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"phone": "\ud800"}, "phone"),
        ({"code": "\x00"}, "code"),
        ({"code": ["a"]}, "code"),
        ({"code": "x" * 65}, "code"),
    ],
)
def test_a_bad_field_is_named_and_leaves_the_code_usable(fields, field):
    code = a_code()
    answer = enrol(code, **fields)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert field in answer.json()["errors"]
    assert not Patient.objects.exists()
    assert enrol(code).status_code == 201


def test_an_old_consent_text_is_refused_and_leaves_the_code_usable():
    code = a_code()
    answer = enrol(code, consent_version="2020-01")
    assert (answer.status_code, answer.json()["code"]) == (400, "consent_outdated")
    assert enrol(code).status_code == 201


def test_a_known_address_is_refused_in_any_case_and_leaves_the_code_usable():
    make_user("canary.known@example.org")
    code = a_code()
    answer = enrol(code, email="Canary.KNOWN@example.org")
    assert (answer.status_code, answer.json()["code"]) == (409, "account_exists")
    assert enrol(code).status_code == 201


def test_a_known_address_is_not_told_to_somebody_without_a_code():
    make_user("canary.known@example.org")
    answer = enrol("0000-0000-0000-0000", email="canary.known@example.org")
    assert answer.json()["code"] == "invitation_invalid"


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_one_code_one_wins():
    code = a_code()
    start = threading.Barrier(2)
    statuses = []

    def try_it(number):
        start.wait()
        try:
            statuses.append(enrol(code, email=f"canary.{number}@example.org"))
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it, args=[n]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in statuses) == [201, 400]
    assert Patient.objects.count() == 1
    assert User.objects.filter(email__startswith="canary.").count() == 1


def test_the_door_is_throttled_hard(monkeypatch):
    rates = ScopedRateThrottle.THROTTLE_RATES | {"enrol": "2/hour"}
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", rates)
    nobody_else = f"fd00::{secrets.randbelow(2**16):x}"  # workers share the cache
    client = Client(REMOTE_ADDR=nobody_else)
    body = {
        "code": "0000-0000-0000-0000",
        "email": "canary@example.org",
        "password": PASSWORD,
        "consent_version": consent.VERSION,
    }
    answers = [
        client.post("/api/v1/enrolments", body, content_type="application/json")
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[-1].json()["code"] == "throttled"
    assert int(answers[-1]["Retry-After"]) > 0


def test_the_consent_text_is_public():
    answer = client_of(None).get("/api/v1/consent")
    assert answer.json() == {"version": consent.VERSION, "text": consent.TEXT}


# --- who may invite


def test_staff_invite_to_their_own_clinic():
    clinic = make_clinic()
    for user in (make_administrator(clinic), make_clinician(clinic)):
        made = invite(user)
        assert made.status_code == 201
        assert made.json()["clinic"]["id"] == clinic.pk
    listed = client_of(user).get("/api/v1/invitations").json()["results"]
    assert len(listed) == 2
    assert not any("code" in invitation for invitation in listed)


def test_a_patient_invites_nobody():
    answer = invite(make_patient().user)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_staff")


def test_another_clinics_team_is_not_found_like_a_team_that_is_not_there():
    user = make_administrator()
    foreign = invite(user, care_team=make_team().pk)
    missing = invite(user, care_team=2**62)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() | {"request_id": ""} == missing.json() | {"request_id": ""}


def test_staff_of_two_clinics_say_which():
    user = make_administrator()
    other = make_clinic()
    user.memberships.create(clinic=other, role="clinician")
    unsure = invite(user)
    assert (unsure.status_code, list(unsure.json()["errors"])) == (400, ["clinic"])
    assert invite(user, clinic=other.pk).json()["clinic"]["id"] == other.pk


@pytest.mark.parametrize(
    "fields",
    [
        {"patient_name": ""},
        {"patient_name": "\x00"},
        {"patient_name": None},
        {"care_team": 2**63},
        {"care_team": -1},
        {"care_team": "x"},
        {"care_team": {}},
    ],
)
def test_a_bad_invitation_is_refused(fields):
    assert invite(make_administrator(), **fields).status_code == 400
