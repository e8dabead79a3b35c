"""A patient moves to another clinic: the diary goes along, no alert is dropped."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from alerts.domain.outcomes import OUTCOMES
from alerts.models import Alert, Delivery
from alerts.services import answering, sweeping
from tests import factories
from tests.factories import CANARY, client_of
from tests.integration.sync.conftest import Phone, pain, token_of
from tracker.domain import consent
from tracker.errors import DomainError
from tracker.models import Clinic, ClinicMove, Consent, Invitation, PainLog, Patient
from tracker.services import enrolment, people
from tracker.services.moving import move_to_clinic


pytestmark = pytest.mark.django_db


#: An outcome that closes an emergency.
EXAMINED = next(known.code for known in OUTCOMES if known.closes_emergency)


def danger(**fields):
    return {
        "id": "safety.check.1",
        "recorded_at": timezone.now().isoformat(),
        "saddle_anal_numbness": "new",
    } | fields


def a_code(clinic: Clinic, team=None, *, now=None) -> str:
    return enrolment.invite(
        patient_name=f"{CANARY} moves",
        clinic=clinic,
        care_team=team,
        created_by=factories.make_administrator(clinic),
        now=now or timezone.now(),
    )[1]


def move(patient: Patient, clinic: Clinic, team=None) -> Patient:
    return move_to_clinic(
        patient,
        a_code(clinic, team),
        consent_version=consent.VERSION,
        by=patient.user,
        now=timezone.now(),
    )


def post_move(user, **body):
    return client_of(user).post("/api/v1/me/clinic", body)


class Wards:
    """An old and a new clinic with a nurse each, and a patient of the old one."""

    def __init__(self) -> None:
        self.old, self.new = factories.make_clinic(), factories.make_clinic()
        self.old_nurse = factories.make_clinician(self.old)
        self.new_nurse = factories.make_clinician(self.new)
        self.patient = factories.make_patient(self.old)
        self.phone = Phone(token_of(self.patient.user))


@pytest.fixture
def wards(db) -> Wards:
    return Wards()


def test_the_patient_moves_with_the_new_clinics_code(wards):
    team = factories.make_team(wards.new)
    answer = post_move(
        wards.patient.user,
        code=a_code(wards.new, team),
        consent_version=consent.VERSION,
    )
    assert answer.status_code == 200
    assert answer.json()["clinic"]["id"] == wards.new.pk
    wards.patient.refresh_from_db()
    assert (wards.patient.clinic, wards.patient.care_team) == (wards.new, team)
    made = ClinicMove.objects.get()
    assert (made.from_clinic, made.to_clinic, made.moved_by) == (
        wards.old,
        wards.new,
        wards.patient.user,
    )
    ended, given = Consent.objects.order_by("pk")
    assert (ended.clinic, ended.withdrawn_at is None) == (wards.old, False)
    assert (given.clinic, given.withdrawn_at) == (wards.new, None)
    assert Invitation.objects.filter(patient=wards.patient).count() == 2


def test_without_agreeing_to_the_current_text_nothing_moves(wards):
    code = a_code(wards.new)
    refused = post_move(wards.patient.user, code=code, consent_version="2020-01")
    assert refused.json()["code"] == "consent_outdated"
    wards.patient.refresh_from_db()
    assert wards.patient.clinic == wards.old
    again = post_move(wards.patient.user, code=code, consent_version=consent.VERSION)
    assert again.status_code == 200


@pytest.mark.parametrize("why", ["unknown", "expired", "used", "own clinic"])
def test_a_code_that_leads_nowhere(wards, why):
    codes = {
        "unknown": lambda: "0000-0000-0000-0000",
        "expired": lambda: a_code(wards.new, now=timezone.now() - timedelta(days=15)),
        "used": lambda: _used(wards.new),
        "own clinic": lambda: a_code(wards.old),
    }
    refused = post_move(
        wards.patient.user, code=codes[why](), consent_version=consent.VERSION
    )
    expected = (
        (409, "already_there") if why == "own clinic" else (400, "invitation_invalid")
    )
    assert (refused.status_code, refused.json()["code"]) == expected
    assert not ClinicMove.objects.exists()


def _used(clinic: Clinic) -> str:
    code = a_code(clinic)
    move_to_clinic(
        factories.make_patient(),
        code,
        consent_version=consent.VERSION,
        by=factories.make_administrator(),
        now=timezone.now(),
    )
    ClinicMove.objects.all().delete()
    return code


def test_the_old_clinic_sees_nothing_after_and_the_new_one_everything(wards):
    wards.phone.full_sync({"pain_logs": [pain("before.01")]})
    move(wards.patient, wards.new)
    address = f"/api/v1/patients/{wards.patient.pk}"
    for path in ("", "/diary/pain_logs", "/flags", "/quarantine", "/episodes"):
        assert client_of(wards.old_nurse).get(address + path).status_code == 404
        assert client_of(wards.new_nurse).get(address + path).status_code == 200
    assert client_of(wards.old_nurse).get("/api/v1/patients").json()["results"] == []


def test_the_phone_goes_on_as_if_nothing_had_happened(wards):
    wards.phone.full_sync({"pain_logs": [pain("before.01")]})
    move(wards.patient, wards.new)
    reply = wards.phone.full_sync({"pain_logs": [pain("offline.1")]})
    assert reply["outcomes"]["new"] == 1
    assert [row["id"] for row in reply["changes"]["pain_logs"]] == ["offline.1"]
    found = client_of(wards.new_nurse).get(
        f"/api/v1/patients/{wards.patient.pk}/diary/pain_logs"
    )
    assert len(found.json()["results"]) == 2


def test_an_open_alert_goes_to_whoever_is_on_duty_at_the_new_clinic(wards):
    wards.phone.sync({"red_flag_checks": [danger()]})
    alert = Alert.objects.get()
    move(wards.patient, wards.new)
    waiting = Delivery.objects.filter(alert=alert, state="queued", step__gte=1)
    assert set(waiting.values_list("recipient", flat=True)) == {wards.new_nurse.pk}
    alert.refresh_from_db()
    assert (alert.state, alert.step) == ("open", 1)
    assert alert.next_step_at is not None
    actions = list(alert.log.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["handed_over", "told"]
    sweeping.sweep(now=timezone.now())
    told = client_of(wards.new_nurse).get("/api/v1/alerts").json()["results"]
    assert [each["id"] for each in told] == [str(alert.pk)]
    assert client_of(wards.old_nurse).get("/api/v1/alerts").json()["results"] == []


def test_an_alert_that_the_old_clinic_had_taken_is_open_again(wards):
    wards.phone.sync({"red_flag_checks": [danger()]})
    alert = Alert.objects.get()
    answering.acknowledge(alert.pk, by=wards.old_nurse, now=timezone.now())
    wards.phone.full_sync()
    move(wards.patient, wards.new)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by, alert.step) == ("open", None, 1)
    waiting = Delivery.objects.filter(alert=alert, state="queued", step__gte=1)
    assert set(waiting.values_list("recipient", flat=True)) == {wards.new_nurse.pk}
    (synced,) = wards.phone.full_sync()["changes"]["alerts"]
    assert (synced["id"], synced["state"]) == (str(alert.pk), "open")


def test_what_is_resolved_stays_resolved(wards):
    wards.phone.sync({"red_flag_checks": [danger()]})
    alert = Alert.objects.get()
    answering.resolve(
        alert.pk, by=wards.old_nurse, outcome=EXAMINED, now=timezone.now()
    )
    move(wards.patient, wards.new)
    alert.refresh_from_db()
    assert alert.state == "resolved"


def test_a_new_danger_goes_to_the_new_clinic_only(wards):
    move(wards.patient, wards.new)
    wards.phone.sync({"red_flag_checks": [danger()]})
    told = Delivery.objects.filter(step__gte=1).values_list("recipient", flat=True)
    assert set(told) == {wards.new_nurse.pk}


def test_what_was_sealed_comes_in_at_the_new_clinic(wards):
    people.withdraw_consent(wards.patient, now=timezone.now())
    wards.phone.sync({"pain_logs": [pain("sealed.01")], "red_flag_checks": [danger()]})
    assert not PainLog.objects.exists()
    move(wards.patient, wards.new)
    assert PainLog.objects.get().pk == "sealed.01"
    told = Delivery.objects.filter(step__gte=1).values_list("recipient", flat=True)
    assert set(told) == {wards.new_nurse.pk}


def test_a_caregiver_stays_a_caregiver(wards):
    carer = Phone(token_of(factories.make_caregiver(wards.patient).user))
    carer.full_sync()
    move(wards.patient, wards.new)
    wards.phone.sync({"pain_logs": [pain("after.001")]})
    assert carer.full_sync()["changes"]["pain_logs"][0]["id"] == "after.001"


def test_moving_back_works(wards):
    wards.patient = move(wards.patient, wards.new)
    wards.patient = move(wards.patient, wards.old)
    assert ClinicMove.objects.count() == 2
    seen = client_of(wards.old_nurse).get(f"/api/v1/patients/{wards.patient.pk}")
    assert seen.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_one_code_moves_one_patient_and_enrols_nobody_else():
    clinic = factories.make_clinic()
    patients = [factories.make_patient(), factories.make_patient()]
    code = a_code(clinic)
    refused = []
    barrier = threading.Barrier(2)

    def try_it(patient):
        barrier.wait()
        try:
            move_to_clinic(
                patient,
                code,
                consent_version=consent.VERSION,
                by=patient.user,
                now=timezone.now(),
            )
        except DomainError:
            refused.append(patient)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it, args=(each,)) for each in patients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Patient.objects.filter(clinic=clinic).count() == 1


class TestAdmin:
    """An operator moves a patient on their word."""

    def act(self, client, patient, **fields):
        client.force_login(factories.make_superuser())
        return client.post(
            "/admin/tracker/patient/",
            {"action": "move", "_selected_action": [str(patient.pk)]} | fields,
            follow=True,
        ).content.decode()

    def test_with_the_code_and_the_patients_agreement(self, client, wards):
        page = self.act(client, wards.patient, code=a_code(wards.new), agreed="on")
        assert "has moved" in page
        wards.patient.refresh_from_db()
        assert wards.patient.clinic == wards.new

    def test_not_without_the_agreement(self, client, wards):
        page = self.act(client, wards.patient, code=a_code(wards.new))
        assert "agreed" in page
        wards.patient.refresh_from_db()
        assert wards.patient.clinic == wards.old

    def test_a_wrong_code_is_said(self, client, wards):
        page = self.act(client, wards.patient, code="0000", agreed="on")
        assert "not valid" in page

    def test_the_clinic_itself_cannot_be_typed_over(self, client, wards):
        client.force_login(factories.make_superuser())
        page = client.get(f"/admin/tracker/patient/{wards.patient.pk}/change/")
        assert 'name="clinic"' not in page.content.decode()
