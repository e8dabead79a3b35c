"""Caregivers: a patient lets somebody in, and ends it; nobody else is let in."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from alerts.models import Alert, Delivery
from tests.clinic_scene import make_alert
from tests.factories import (
    CANARY,
    PASSWORD,
    client_of,
    make_administrator,
    make_caregiver,
    make_clinician,
    make_patient,
)
from tests.integration.sync.conftest import Phone, pain, token_of
from tracker.errors import InvitationInvalid, NotAPatient, NotFound, PatientNotNamed
from tracker.models import Caregiver, CaregiverInvitation, Patient
from tracker.selectors.access import synced_patient
from tracker.services import caregivers


pytestmark = pytest.mark.django_db


def redeem(code: str, **fields):
    body = {
        "code": code,
        "email": "canary.carer@example.org",
        "password": PASSWORD,
        "name": f"{CANARY} carer",
    }
    return client_of(None).post("/api/v1/caregivers", body | fields)


def danger(**fields):
    return {
        "id": "safety.check.1",
        "recorded_at": timezone.now().isoformat(),
        "saddle_anal_numbness": "new",
    } | fields


def a_code(patient: Patient, *, may_write: bool = False) -> str:
    made = client_of(patient.user).post(
        "/api/v1/me/caregivers", {"may_write": may_write}
    )
    assert made.status_code == 201
    return made.json()["code"]


def test_a_patient_lets_somebody_in_with_a_code():
    patient = make_patient()
    answer = redeem(a_code(patient, may_write=True))
    assert answer.status_code == 201
    assert answer.json()["patient_id"] == str(patient.pk)
    phone = Phone(answer.json()["session_token"])
    assert phone.full_sync({"pain_logs": [pain()]})["outcomes"]["new"] == 1
    (shown,) = client_of(patient.user).get("/api/v1/me/caregivers").json()["results"]
    assert (shown["name"], shown["may_write"]) == (f"{CANARY} carer", True)


def test_a_code_works_once_and_is_kept_as_a_hash_only():
    code = a_code(make_patient())
    assert redeem(code).status_code == 201
    again = redeem(code, email="canary.other@example.org")
    assert (again.status_code, again.json()["code"]) == (400, "invitation_invalid")
    row = CaregiverInvitation.objects.get()
    kept = [str(getattr(row, field.attname)) for field in row._meta.fields]
    assert not any(code in text or code.replace("-", "") in text for text in kept)


@pytest.mark.parametrize(("days", "works"), [(6.99, True), (7, False)])
def test_a_code_ends_after_a_week(days, works):
    patient = make_patient()
    made = timezone.now() - timedelta(days=days)
    _, code = caregivers.invite_caregiver(
        patient.pk, may_write=False, by=patient.user, now=made
    )
    assert (redeem(code).status_code == 201) is works


def test_a_failed_redemption_leaves_the_code_usable():
    patient = make_patient()
    code = a_code(patient)
    taken = redeem(code, email=patient.user.email)
    assert (taken.status_code, taken.json()["code"]) == (409, "account_exists")
    assert redeem(code, password="12345").status_code == 400
    assert redeem(code).status_code == 201


def test_staff_make_a_code_only_when_the_patient_said_so():
    patient = make_patient()
    address = f"/api/v1/patients/{patient.pk}/caregivers"
    nurse = client_of(make_clinician(patient.clinic))
    assert nurse.post(address, {"patient_agreed": False}).status_code == 400
    assert nurse.post(address, {}).status_code == 400
    made = nurse.post(address, {"patient_agreed": True})
    assert redeem(made.json()["code"]).status_code == 201
    assert nurse.get(address).json()["results"][0]["may_write"] is False


def test_codes_that_wait_are_few():
    client = client_of(make_patient().user)
    for _ in range(caregivers.MOST_OPEN):
        assert client.post("/api/v1/me/caregivers", {}).status_code == 201
    assert client.post("/api/v1/me/caregivers", {}).status_code == 409


def test_nobody_cares_for_themselves_or_twice_for_one_patient():
    patient = make_patient()
    carer = make_caregiver(patient).user
    for user in (patient.user, carer):
        answer = client_of(user).post("/api/v1/me/patients", {"code": a_code(patient)})
        assert (answer.status_code, answer.json()["code"]) == (
            400,
            "invitation_invalid",
        )


@pytest.mark.django_db(transaction=True)
def test_two_people_with_one_code_at_once_make_one_caregiver():
    patient = make_patient()
    users = [make_clinician(), make_clinician()]
    code = a_code(patient)
    refused = []
    barrier = threading.Barrier(2)

    def try_it(user):
        barrier.wait()
        try:
            caregivers.accept(code, user=user, now=timezone.now())
        except InvitationInvalid:
            refused.append(user)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Caregiver.objects.count() == 1


class TestWhoseDiary:
    """Which diary a request is about."""

    def test_who_cares_for_one_names_nobody(self):
        patient = make_patient()
        carer = make_caregiver(patient).user
        assert synced_patient(carer).patient == patient

    def test_who_cares_for_several_names_one(self):
        first, second = make_patient(), make_patient()
        carer = make_caregiver(first).user
        make_caregiver(second, carer)
        with pytest.raises(PatientNotNamed):
            synced_patient(carer)
        assert synced_patient(carer, first.pk).patient == first
        assert synced_patient(carer, second.pk).patient == second

    def test_ones_own_diary_needs_no_name(self):
        """A patient's phone must not stop to work because they care for somebody."""
        patient, other = make_patient(), make_patient()
        make_caregiver(other, patient.user)
        assert synced_patient(patient.user).patient == patient
        assert synced_patient(patient.user, other.pk).patient == other

    def test_not_yours_is_answered_like_not_there(self):
        carer = make_caregiver(make_patient()).user
        for named in (make_patient().pk, "6f9619ff-8b86-4011-b42d-00cf4fc964ff"):
            reply = Phone(token_of(carer)).post({"patient": str(named)})
            assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
            for part in ("digest", "status"):
                found = client_of(carer).get(f"/api/v1/sync/{part}?patient={named}")
                assert found.status_code == 404

    def test_who_has_no_diary_at_all(self):
        with pytest.raises(NotAPatient):
            synced_patient(make_clinician())
        with pytest.raises(NotFound):
            synced_patient(make_clinician(), make_patient().pk)

    def test_a_malformed_name_is_an_error_of_the_app(self):
        carer = make_caregiver(make_patient()).user
        assert Phone(token_of(carer)).post({"patient": "x"}).status_code == 400
        digest = client_of(carer).get("/api/v1/sync/digest?patient=x")
        assert digest.status_code == 400
        assert digest.json()["errors"] == {
            "patient": ["Use an id of GET /api/v1/me/patients."]
        }


def test_one_caregiver_keeps_two_diaries_apart():
    first, second = make_patient(), make_patient()
    carer = make_caregiver(first, may_write=True).user
    make_caregiver(second, carer, may_write=True)
    token = token_of(carer)
    phones = {patient: Phone(token) for patient in (first, second)}
    for patient, phone in phones.items():
        record = pain(note=f"{CANARY} {patient.pk}")
        phone.full_sync({"pain_logs": [record]}, patient=str(patient.pk))
    for patient, phone in phones.items():
        reply = Phone(token).sync(patient=str(patient.pk))
        (found,) = reply["changes"]["pain_logs"]
        assert found["note"] == f"{CANARY} {patient.pk}"
        # A cursor stays with its patient.
        other = next(each for each in phones if each != patient)
        wrong = phone.post({"cursor": phone.cursor, "patient": str(other.pk)})
        assert (wrong.status_code, wrong.json()["code"]) == (400, "cursor_invalid")


def test_what_one_writes_the_other_reads():
    patient = make_patient()
    carer = make_caregiver(patient, may_write=True).user
    theirs, own = Phone(token_of(carer)), Phone(token_of(patient.user))
    theirs.full_sync({"pain_logs": [pain("written.by.carer")]})
    own.full_sync({"pain_logs": [pain("written.by.self")]})
    theirs.full_sync()
    assert theirs.held.keys() == own.held.keys()
    digests = [
        client_of(user).get("/api/v1/sync/digest").json()
        for user in (carer, patient.user)
    ]
    assert digests[0] == digests[1]


def test_a_revoked_caregiver_sees_nothing_more():
    patient = make_patient()
    carer = make_caregiver(patient)
    phone = Phone(token_of(carer.user))
    phone.full_sync()
    address = f"/api/v1/me/caregivers/{carer.pk}/revoke"
    assert client_of(make_patient().user).post(address).status_code == 404
    assert client_of(patient.user).post(address).status_code == 204
    assert client_of(patient.user).post(address).status_code == 404
    reply = phone.post({"cursor": phone.cursor, "patient": str(patient.pk)})
    assert reply.status_code == 404
    assert client_of(carer.user).get("/api/v1/me/patients").json() == []
    assert client_of(carer.user).get("/api/v1/alerts").status_code == 403


def test_a_caregiver_can_come_back_with_a_new_code():
    patient = make_patient()
    carer = make_caregiver(patient)
    client = client_of(carer.user)
    left = client.post(f"/api/v1/me/patients/{patient.pk}/leave")
    assert left.status_code == 204
    back = client.post("/api/v1/me/patients", {"code": a_code(patient)})
    assert back.status_code == 201
    assert [each["patient_id"] for each in back.json()] == [str(patient.pk)]
    assert Caregiver.objects.filter(user=carer.user).count() == 2


def test_an_alert_for_the_patient_reaches_the_caregiver():
    patient = make_patient()
    make_clinician(patient.clinic)
    carer = make_caregiver(patient).user
    gone = make_caregiver(patient)
    caregivers.revoke(patient.pk, gone.pk, by=patient.user, now=timezone.now())
    reply = Phone(token_of(patient.user)).sync({"red_flag_checks": [danger()]})
    assert reply["guidance"][0]["tier"] == "emergency"
    alert = Alert.objects.get(patient=patient)
    told = Delivery.objects.filter(step=0).values_list("recipient", flat=True)
    assert set(told) == {patient.user_id, carer.pk}
    client = client_of(carer)
    (listed,) = client.get("/api/v1/alerts").json()["results"]
    assert (listed["id"], listed["patient_id"]) == (str(alert.pk), str(patient.pk))
    assert client.get(f"/api/v1/alerts/{alert.pk}").json() == listed
    (synced,) = Phone(token_of(carer)).sync()["changes"]["alerts"]
    assert synced["id"] == str(alert.pk)
    (flag,) = client.get("/api/v1/flags").json()["results"]
    assert flag["patient_id"] == str(patient.pk)


def test_that_a_caregiver_has_read_an_alert_is_not_that_the_patient_has():
    patient = make_patient()
    carer = make_caregiver(patient).user
    alert = make_alert(patient, tier="urgent", hours=1, now=timezone.now())
    answer = client_of(carer).post(f"/api/v1/alerts/{alert.pk}/acknowledge")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_the_patient")
    alert.refresh_from_db()
    assert alert.patient_acknowledged_at is None


def test_the_page_of_a_caregiver_says_whose_diary_it_is(client):
    patient = make_patient()
    carer = make_caregiver(patient).user
    client.force_login(carer)
    page = client.get("/").content.decode()
    assert f"The diary of {patient.name}" in page
    assert "Hello" not in page


def test_a_member_of_staff_may_care_for_a_relative_elsewhere():
    patient = make_patient()
    nurse = make_administrator()
    make_caregiver(patient, nurse)
    assert synced_patient(nurse).patient == patient
    seen = client_of(nurse).get(f"/api/v1/patients/{patient.pk}")
    assert seen.status_code == 404


def test_a_code_that_nobody_redeemed_is_cancelled_and_says_by_whom():
    patient = make_patient()
    app = client_of(patient.user)
    made = app.post("/api/v1/me/caregivers", {"may_write": True}).json()
    (waiting,) = app.get("/api/v1/me/caregivers/codes").json()["results"]
    assert (waiting["id"], waiting["may_write"]) == (made["id"], True)
    assert "code" not in waiting
    cancel = f"/api/v1/me/caregivers/codes/{made['id']}/cancel"
    assert app.post(cancel).status_code == 204
    assert redeem(made["code"]).json()["code"] == "invitation_invalid"
    assert app.get("/api/v1/me/caregivers/codes").json()["results"] == []
    row = CaregiverInvitation.objects.get()
    assert row.cancelled_by == patient.user
    assert app.post(cancel).status_code == 404


def test_a_code_that_was_redeemed_cannot_be_cancelled():
    patient = make_patient()
    app = client_of(patient.user)
    made = app.post("/api/v1/me/caregivers", {}).json()
    assert redeem(made["code"]).status_code == 201
    answer = app.post(f"/api/v1/me/caregivers/codes/{made['id']}/cancel")
    assert answer.status_code == 404
    assert Caregiver.objects.get().revoked_at is None


def test_nobody_cancels_the_code_of_another_patient():
    made = client_of(make_patient().user).post("/api/v1/me/caregivers", {}).json()
    stranger = client_of(make_patient().user)
    answer = stranger.post(f"/api/v1/me/caregivers/codes/{made['id']}/cancel")
    assert answer.status_code == 404
    assert redeem(made["code"]).status_code == 201


def test_cancelled_codes_make_room_for_new_ones():
    patient = make_patient()
    app = client_of(patient.user)
    made = [app.post("/api/v1/me/caregivers", {}).json() for _ in range(10)]
    assert app.post("/api/v1/me/caregivers", {}).status_code == 409
    app.post(f"/api/v1/me/caregivers/codes/{made[0]['id']}/cancel")
    assert app.post("/api/v1/me/caregivers", {}).status_code == 201


def test_whoever_has_a_caregiver_is_there_for_that_caregiver_alone():
    mine, other = make_patient(), make_patient()
    carer = make_caregiver(mine, may_write=True).user
    make_caregiver(other, may_write=True)
    for user, diaries in ((carer, [mine]), (mine.user, [mine]), (make_clinician(), [])):
        listed = client_of(user).get("/api/v1/me/patients").json()
        assert [each["patient_id"] for each in listed] == [str(p.pk) for p in diaries]
        phone = {"X-Session-Token": token_of(user)}
        asked = {"patient": str(other.pk)}
        answers = [
            Phone(token_of(user)).post(asked | {"changes": {}}),
            client_of(user).get("/api/v1/sync/digest", asked, headers=phone),
            client_of(user).get(
                "/api/v1/sync/rxdb/pain_logs/pull", asked, headers=phone
            ),
        ]
        assert {answer.status_code for answer in answers} == {404}
