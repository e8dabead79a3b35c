"""A withdrawn consent: its text promises that the clinic will be told."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tracker.domain import consent
from tracker.services import people


pytestmark = pytest.mark.django_db

TOLD = "Consent withdrawn"


def page_of(user, address: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(address).content.decode()


def test_the_clinic_sees_it_until_it_is_given_again():
    patient = factories.make_patient()
    nurse = factories.make_clinician(patient.clinic)
    administrator = factories.make_administrator(patient.clinic)
    own_page = reverse("dashboard:patient", args=[patient.pk])
    people.give_consent(patient, version=consent.VERSION, now=timezone.now())
    assert TOLD not in page_of(nurse, "/") + page_of(nurse, own_page)

    people.withdraw_consent(patient, now=timezone.now())
    for address in ("/", reverse("dashboard:worklist"), own_page):
        assert TOLD in page_of(nurse, address)
        assert TOLD in page_of(administrator, address)
    assert TOLD not in page_of(factories.make_clinician(), "/")

    people.give_consent(patient, version=consent.VERSION, now=timezone.now())
    assert TOLD not in page_of(nurse, "/") + page_of(nurse, own_page)
