"""A clinic lets somebody use a patient's diary, sees who may, and ends it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.integration.alerts.conftest import make_ward
from tracker.models import Caregiver, CaregiverInvitation, User
from tracker.services import caregivers


pytestmark = pytest.mark.django_db

CODE = re.compile(r"<code>([^<]+)</code>")


@pytest.fixture
def patient():
    return factories.make_patient(team=factories.make_team())


@pytest.fixture
def nurse(patient, client: Client) -> Client:
    client.force_login(factories.make_clinician(team=patient.care_team))
    return client


def page_of(patient) -> str:
    return f"/patients/{patient.pk}/caregivers/"


def test_a_code_is_shown_once_and_makes_a_caregiver(nurse, patient):
    wish = {"may_write": "write", "patient_agreed": "on"}
    made = nurse.post(page_of(patient), wish)
    code = CODE.search(made.content.decode())[1]
    assert "<svg" in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert code not in nurse.get(page_of(patient)).content.decode()
    sister = factories.make_user()
    User.objects.filter(pk=sister.pk).update(name="Sister Sue")
    caregivers.accept(code, user=sister, now=timezone.now())
    assert Caregiver.objects.get(user=sister).may_write
    assert "Sister Sue" in nurse.get(page_of(patient)).content.decode()
    assert "Sister Sue" in nurse.get(f"/patients/{patient.pk}/").content.decode()


def test_the_patient_is_asked_first_and_nobody_makes_many(nurse, patient):
    refused = nurse.post(page_of(patient), {"may_write": "read"})
    assert "Ask the patient first." in refused.content.decode()
    assert not CaregiverInvitation.objects.exists()
    wish = {"may_write": "read", "patient_agreed": "on"}
    for _ in range(caregivers.MOST_OPEN):
        assert CODE.search(nurse.post(page_of(patient), wish).content.decode())
    more = nurse.post(page_of(patient), wish).content.decode()
    assert "Too many codes wait" in more
    assert not CODE.search(more)
    assert not CaregiverInvitation.objects.filter(may_write=True).exists()


def test_an_access_and_a_code_end(nurse, patient):
    carer = factories.make_caregiver(patient)
    code, _ = caregivers.invite_caregiver(
        patient.pk, may_write=False, by=patient.user, now=timezone.now()
    )
    ended = nurse.post(f"{page_of(patient)}{carer.pk}/end/", follow=True)
    assert "Ended. They see nothing" in ended.content.decode()
    again = nurse.post(f"{page_of(patient)}{carer.pk}/end/", follow=True)
    assert "it had ended already" in again.content.decode()
    carer.refresh_from_db()
    assert carer.revoked_by.memberships.exists()
    address = f"{page_of(patient)}codes/{code.pk}/cancellation/"
    assert "opens nothing" in nurse.post(address, follow=True).content.decode()
    assert "Nothing was changed" in nurse.post(address, follow=True).content.decode()


def test_no_patient_leads_to_the_caregivers_of_another(nurse, patient):
    other = factories.make_patient(team=make_ward().team)
    carer = factories.make_caregiver(other)
    code, _ = caregivers.invite_caregiver(
        other.pk, may_write=False, by=other.user, now=timezone.now()
    )
    for where in (patient, other):
        nurse.post(f"{page_of(where)}{carer.pk}/end/")
        nurse.post(f"{page_of(where)}codes/{code.pk}/cancellation/")
    carer.refresh_from_db()
    code.refresh_from_db()
    assert carer.revoked_at is None
    assert code.cancelled_at is None


def test_the_page_asks_no_more_for_many(nurse, patient, django_assert_max_num_queries):
    for _ in range(8):
        factories.make_caregiver(patient)
        caregivers.invite_caregiver(
            patient.pk, may_write=False, by=patient.user, now=timezone.now()
        )
    with django_assert_max_num_queries(10):
        nurse.get(page_of(patient))
