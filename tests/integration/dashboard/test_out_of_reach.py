"""A patient whom nothing tells is named where a clinician looks: page and alert."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import ContactPoint
from tests.factories import make_caregiver, make_entry
from tests.integration.alerts.conftest import Ward, make_alert, make_ward
from tracker.models import Device, PainLog, Patient, User


pytestmark = pytest.mark.django_db

CANNOT = "The patient cannot be told of this: telephone them."
NOTHING = "Rootwatch cannot tell this patient anything."
ONLY_THERE = "they see what they are told when they open the app"


@pytest.fixture
def ward() -> Ward:
    ward = make_ward()
    make_alert(ward, now=timezone.now(), tier="urgent")
    Patient.objects.update(phone="+441632960123")
    return ward


def heard(patient: Patient, days: int) -> None:
    at = timezone.now() - timedelta(days=days)
    Device.objects.create(
        device_id=uuid4(), patient=patient, first_seen_at=at, last_seen_at=at
    )


def called(user: User, *, gone: bool = False) -> None:
    now = timezone.now()
    ContactPoint.objects.create(
        user=user,
        kind="fcm",
        address=f"token-{user.pk}",
        created_at=now,
        retired_at=now if gone else None,
    )


def shown(ward: Ward) -> tuple[str, str]:
    """Return the worklist and the patient's page, as the nurse on duty sees them."""
    nurse = Client()
    nurse.force_login(ward.duty)
    return (
        nurse.get("/").content.decode(),
        nurse.get(f"/patients/{ward.patient.pk}/").content.decode(),
    )


def assert_out_of_reach(ward: Ward, *, out: bool) -> str:
    worklist, page = shown(ward)
    assert [CANNOT in worklist, CANNOT in page, NOTHING in page] == [out] * 3
    return page


def test_nobody_ever_heard_of_an_app(ward: Ward) -> None:
    page = assert_out_of_reach(ward, out=True)
    assert "no app has ever been heard" in page
    assert "+441632960123" in page


def test_an_app_that_fell_silent_tells_nobody(ward: Ward) -> None:
    heard(ward.patient, days=8)
    here = ZoneInfo(ward.clinic.timezone)
    day = timezone.now().astimezone(here) - timedelta(days=8)
    page = assert_out_of_reach(ward, out=True)
    assert f"no app has been heard since {day.day} {day:%b %Y}" in page


def test_an_app_in_use_tells_when_it_is_opened(ward: Ward) -> None:
    heard(ward.patient, days=6)
    assert ONLY_THERE in assert_out_of_reach(ward, out=False)


def test_an_app_that_names_no_device_is_heard_by_its_entries(ward: Ward) -> None:
    make_entry(PainLog, ward.patient, local_day=timezone.now().date())
    assert ONLY_THERE in assert_out_of_reach(ward, out=False)


def test_a_device_that_gets_messages_is_enough(ward: Ward) -> None:
    called(ward.patient.user)
    assert ONLY_THERE not in assert_out_of_reach(ward, out=False)


def test_a_device_that_its_provider_calls_dead_is_none(ward: Ward) -> None:
    called(ward.patient.user, gone=True)
    assert_out_of_reach(ward, out=True)


def test_the_device_of_a_colleague_or_of_another_patient_does_not_count(
    ward: Ward,
) -> None:
    called(ward.duty)
    called(make_ward().patient.user)
    assert_out_of_reach(ward, out=True)


def test_a_caregivers_device_counts_while_they_care(ward: Ward) -> None:
    caregiver = make_caregiver(ward.patient)
    called(caregiver.user)
    assert_out_of_reach(ward, out=False)
    caregiver.revoked_at, caregiver.revoked_by = timezone.now(), ward.patient.user
    caregiver.save()
    assert_out_of_reach(ward, out=True)
