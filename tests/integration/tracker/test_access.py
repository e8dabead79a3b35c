"""Who sees whom: a patient, her clinicians, and strangers."""

from __future__ import annotations

import uuid

import pytest

from tests.factories import (
    CANARY,
    client_of,
    make_administrator,
    make_clinic,
    make_clinician,
    make_entry,
    make_patient,
    make_quarantined,
    make_superuser,
    make_team,
    make_user,
    token_of,
)
from tracker.models import PainLog, Patient, Quarantine, User


pytestmark = pytest.mark.django_db


def listed(user):
    return {
        row["id"] for row in client_of(user).get("/api/v1/patients").json()["results"]
    }


def test_a_clinician_sees_the_patients_of_their_teams_and_those_without_a_team():
    clinic = make_clinic()
    mine, other = make_team(clinic), make_team(clinic)
    in_mine, in_other = make_patient(team=mine), make_patient(team=other)
    without = make_patient(clinic)
    make_patient()

    assert listed(make_clinician(team=mine)) == {str(in_mine.pk), str(without.pk)}
    assert listed(make_clinician(clinic)) == {str(without.pk)}
    assert listed(make_administrator(clinic)) == {
        str(patient.pk) for patient in (in_mine, in_other, without)
    }


def test_a_role_at_one_clinic_opens_nothing_at_another():
    """An administrator here who is a clinician there stays a clinician there."""
    here, there = make_clinic(), make_clinic()
    hidden = make_patient(team=make_team(there))
    user = make_administrator(here)
    user.memberships.create(clinic=there, role="clinician")
    assert str(hidden.pk) not in listed(user)


@pytest.mark.parametrize("role", [make_clinician, make_administrator, make_superuser])
def test_not_yours_is_answered_like_not_there(role):
    client = client_of(role())
    patient = make_patient()
    answers = [
        client.get(f"/api/v1/patients/{pk}").json() | {"request_id": ""}
        for pk in (patient.pk, uuid.uuid4())
    ]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


def test_patients_do_not_read_patients():
    patient, other = make_patient(), make_patient()
    client = client_of(patient.user)
    assert client.get("/api/v1/patients").json()["code"] == "not_staff"
    for pk in (patient.pk, other.pk):
        assert client.get(f"/api/v1/patients/{pk}").status_code == 404


def test_patients_are_listed_by_name_in_pages():
    clinic = make_clinic()
    names = [f"{CANARY} {letter}" for letter in "dacbe"]
    for name in names:
        make_patient(clinic, name=name)
    client = client_of(make_clinician(clinic))
    seen, url = [], "/api/v1/patients?page_size=2"
    while url:
        page = client.get(url).json()
        assert len(page["results"]) <= 2
        seen += [row["name"] for row in page["results"]]
        url = page["next"]
    assert seen == sorted(names)


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=%00",
        "cursor=cD0lMDA%3D",
        "cursor=bz05OTk5OTk5OTk5OTk5OTk5OTk5",
        "page_size=99999999999",
        "page_size=-1",
        "page_size=%00",
    ],
)
def test_a_made_up_page_is_never_a_fault(query):
    answer = client_of(make_clinician()).get(f"/api/v1/patients?{query}")
    assert answer.status_code in (200, 400)


# --- tokens


def test_no_token_is_401_with_a_challenge():
    answer = client_of(None).get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "X-Session-Token"


@pytest.mark.parametrize("token", ["x", "x" * 32, "x" * 10_000, "ü" * 32, "a\x00" * 16])
def test_a_made_up_token_is_401(token):
    client = client_of(None)
    client.credentials(HTTP_X_SESSION_TOKEN=token)
    assert client.get("/api/v1/me").status_code == 401


def test_a_revoked_or_expired_token_is_401():
    user = make_clinician()
    client = client_of(None)
    for make_invalid in (_flush, _expire, _change_password, _deactivate):
        token = token_of(user)
        client.credentials(HTTP_X_SESSION_TOKEN=token)
        assert client.get("/api/v1/me").status_code == 200
        make_invalid(user, token)
        assert client.get("/api/v1/me").status_code == 401, make_invalid


def _flush(user, token):
    _session(token).flush()


def _expire(user, token):
    session = _session(token)
    session.set_expiry(-1)
    session.save()


def _change_password(user, token):
    user.set_password("another long pass phrase")
    user.save()


def _deactivate(user, token):
    user.is_active = False
    user.save()


def _session(token):
    from django.contrib.sessions.backends.db import SessionStore

    return SessionStore(token)


def test_a_clinician_has_no_diary_to_push_to():
    body = {"protocol": 1, "cursor": None, "changes": {}}
    answer = client_of(make_clinician()).post("/api/v1/sync", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_patient")


# --- oneself


def test_me_of_a_patient_and_of_staff():
    patient = make_patient()
    mine = client_of(patient.user).get("/api/v1/me").json()
    assert mine["patient"]["id"] == str(patient.pk)
    assert mine["patient"]["consent"]["withdrawn_at"] is None
    assert mine["memberships"] == []

    team = make_team()
    theirs = client_of(make_clinician(team=team)).get("/api/v1/me").json()
    assert theirs["patient"] is None
    (membership,) = theirs["memberships"]
    assert membership["role"] == "clinician"
    assert [it["id"] for it in membership["care_teams"]] == [team.pk]

    nobody = client_of(make_user()).get("/api/v1/me").json()
    assert (nobody["patient"], nobody["memberships"]) == (None, [])


def test_a_patient_changes_what_they_send_and_nothing_else():
    patient = make_patient()
    client = client_of(patient.user)
    sent = {"timezone": "America/New_York", "phone": "", "clinic": 1, "email": "x@y.z"}
    answer = client.patch("/api/v1/me", sent)
    assert answer.status_code == 200
    after = Patient.objects.get(pk=patient.pk)
    assert (after.timezone, after.phone) == ("America/New_York", "")
    assert (after.clinic, after.name) == (patient.clinic, patient.name)
    assert User.objects.get(pk=patient.user_id).email == patient.user.email


@pytest.mark.parametrize(
    "body",
    [
        {"timezone": "x"},
        {"timezone": "../../etc/passwd"},
        {"birth_year": 1899},
        {"name": ""},
        {"name": "\x00"},
        {"name": None},
        [],
        "x",
        7,
    ],
)
def test_a_bad_profile_is_refused(body):
    answer = client_of(make_patient().user).patch("/api/v1/me", body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "raw", ["", "{", '{"a":' * 10_000, "[" * 10_000, "NaN", b"\xff\xfe", "null"]
)
def test_what_is_not_json_is_refused(raw):
    client = client_of(make_patient().user)
    answer = client.patch("/api/v1/me", raw, content_type="application/json")
    assert answer.status_code in (200, 400)


def test_a_huge_body_is_refused():
    raw = b'{"name": "' + b"x" * 2_000_000 + b'"}'
    client = client_of(make_patient().user)
    answer = client.patch("/api/v1/me", raw, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_consent_is_withdrawn_and_given_again():
    patient = make_patient()
    client = client_of(patient.user)
    assert client.post("/api/v1/me/consent/withdraw").status_code == 204
    assert client.post("/api/v1/me/consent/withdraw").status_code == 404
    clinician = client_of(make_clinician(patient.clinic))
    shown = clinician.get(f"/api/v1/patients/{patient.pk}").json()["consent"]
    assert shown["withdrawn_at"] is not None

    version = client.get("/api/v1/consent").json()["version"]
    old = client.post("/api/v1/me/consent", {"version": "1999"})
    assert old.json()["code"] == "consent_outdated"
    for _ in range(2):
        given = client.post("/api/v1/me/consent", {"version": version})
        assert given.json()["withdrawn_at"] is None
    assert patient.consents.count() == 2


# --- the diary, read by staff


@pytest.fixture
def patient():
    return make_patient()


def test_staff_read_entries_between_two_days(patient):
    from datetime import date

    days = [date(2026, 3, day) for day in (1, 2, 3)]
    for day in days:
        make_entry(PainLog, patient, local_day=day, intensity=0, regions=["heel"])
    make_entry(PainLog, make_patient(), local_day=days[1])
    client = client_of(make_clinician(patient.clinic))
    url = f"/api/v1/patients/{patient.pk}/diary/pain_logs"

    rows = client.get(f"{url}?from=2026-03-02&to=2026-03-03").json()["results"]

    assert [row["local_day"] for row in rows] == ["2026-03-03", "2026-03-02"]
    assert (rows[0]["intensity"], rows[0]["worst"]) == (0, None)
    assert client.get(f"{url}?from=yesterday").json()["errors"].keys() == {"from"}
    assert client.get(f"{url}?to=%00").status_code == 400
    assert client.get(f"{url}?to=99999-01-01").status_code == 400
    unknown = client.get(f"/api/v1/patients/{patient.pk}/diary/secrets")
    assert unknown.status_code == 404


def test_revisions_of_an_entry_whose_id_has_dots(patient):
    from datetime import date

    entry = make_entry(
        PainLog, patient, local_day=date(2026, 3, 1), id="a.b.c.d.e", intensity=3
    )
    PainLog.objects.filter(pk=entry.pk).update(intensity=5, revision=2)
    client = client_of(make_clinician(patient.clinic))
    base = f"/api/v1/patients/{patient.pk}/diary"

    rows = client.get(f"{base}/pain_logs/a.b.c.d.e/revisions").json()

    assert [(row["revision"], row["intensity"]) for row in rows] == [(2, 5), (1, 3)]
    for strange in ("numbness_logs/a.b.c.d.e", "pain_logs/%00", "pain_logs/nothing1"):
        assert client.get(f"{base}/{strange}/revisions").status_code == 404
    other = make_patient(patient.clinic)
    foreign = f"/api/v1/patients/{other.pk}/diary/pain_logs/a.b.c.d.e/revisions"
    assert client.get(foreign).status_code == 404


# --- quarantine


def test_staff_look_at_quarantine_and_close_it_once(patient):
    record = make_quarantined(patient)
    make_quarantined(make_patient())
    client = client_of(make_clinician(patient.clinic))
    rows = client.get(f"/api/v1/patients/{patient.pk}/quarantine").json()["results"]
    assert [row["id"] for row in rows] == [record.pk]
    assert CANARY in rows[0]["raw"]

    url = f"/api/v1/quarantine/{record.pk}/resolve"
    assert client.post(url, {"resolution": "\x00"}).status_code == 400
    assert client.post(url, {}).status_code == 400
    assert client.post(url, {"resolution": f"{CANARY} asked"}).status_code == 200
    again = client.post(url, {"resolution": "again"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert Quarantine.objects.get(pk=record.pk).resolution == f"{CANARY} asked"


def test_a_stranger_closes_nothing(patient):
    record = make_quarantined(patient)
    for user in (make_clinician(), patient.user):
        for pk in (record.pk, 2**70):
            answer = client_of(user).post(
                f"/api/v1/quarantine/{pk}/resolve", {"resolution": "x"}
            )
            assert answer.status_code == 404
