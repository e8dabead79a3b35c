"""Staff see whether the patient has read an alert, or no device of theirs took it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from alerts.domain import retries
from alerts.models import Alert, ContactPoint, Delivery
from alerts.services import answering, receipts
from tests.integration.alerts.conftest import Ward, make_alert, make_ward
from tracker.models import Device


pytestmark = pytest.mark.django_db

UNREAD = "The patient has not read it yet."
READ = "The patient read it"
CANNOT = "The patient cannot be told of this: telephone them."


@pytest.fixture
def ward() -> Ward:
    """A ward whose patient has a telephone that gets messages."""
    ward = make_ward()
    ContactPoint.objects.create(
        user=ward.patient.user,
        kind="fcm",
        address="token-of-the-android-phone",
        created_at=timezone.now(),
    )
    return ward


def shown(ward: Ward) -> list[tuple[bool, bool, bool]]:
    """Return what the worklist and the patient's page say to the nurse on duty."""
    nurse = Client()
    nurse.force_login(ward.duty)
    pages = [
        nurse.get(address).content.decode()
        for address in ("/", f"/patients/{ward.patient.pk}/")
    ]
    return [(UNREAD in page, READ in page, CANNOT in page) for page in pages]


def to_patient(alert: Alert) -> Delivery:
    return Delivery.objects.get(alert=alert, channel="fcm", step=0)


@pytest.mark.parametrize("by", ["answer", "receipt"])
def test_read_or_not(ward: Ward, by: str) -> None:
    now = timezone.now()
    alert = make_alert(ward, now=now, tier="urgent")
    assert shown(ward) == [(True, False, False)] * 2
    user = ward.patient.user
    if by == "answer":
        answering.patient_acknowledge(alert.pk, by=user, now=now)
    else:
        receipts.note(to_patient(alert).pk, by=user, state="delivered", now=now)
        assert shown(ward) == [(True, False, False)] * 2
        receipts.note(to_patient(alert).pk, by=user, state="seen", now=now)
    assert shown(ward) == [(False, True, False)] * 2


def test_of_what_may_wait_nothing_is_said(ward: Ward) -> None:
    make_alert(ward, now=timezone.now(), tier="soon")
    assert shown(ward) == [(False, False, False)] * 2


@pytest.mark.parametrize(
    "refused",
    [
        {"state": "failed", "error_code": "invalid_argument"},
        {"state": "queued", "attempt_count": retries.REFUSED},
    ],
)
def test_a_telephone_that_no_provider_reaches_is_said(
    ward: Ward, refused: dict[str, object]
) -> None:
    now = timezone.now()
    alert = make_alert(ward, now=now, tier="urgent")
    Delivery.objects.filter(pk=to_patient(alert).pk).update(**refused)
    assert shown(ward) == [(False, False, True)] * 2
    # Until the app is heard, which shows the alert by itself.
    at = now + timedelta(minutes=1)
    Device.objects.create(
        device_id=uuid4(), patient=ward.patient, first_seen_at=at, last_seen_at=at
    )
    assert shown(ward) == [(True, False, False)] * 2
