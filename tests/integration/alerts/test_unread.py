"""A patient who has not read an emergency is told again, and not once they have."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from alerts.models import Alert, ContactPoint, Delivery
from alerts.services import answering, receipts, sweeping, unread
from alerts.services.opening import open_alerts_for_flags
from tests.factories import make_caregiver
from tests.integration.alerts.conftest import (
    NOW,
    Ward,
    make_alert,
    make_flag,
    make_ward,
)
from tracker.models import User


MINUTE = timedelta(minutes=1)


@pytest.fixture
def ward(db: None) -> Ward:
    """A ward whose patient has a telephone."""
    ward = make_ward()
    telephone(ward.patient.user)
    return ward


def telephone(user: User) -> ContactPoint:
    return ContactPoint.objects.create(
        user=user,
        kind="webhook",
        address=f"https://phone.example/{user.pk}",
        keys={"secret": "whsec_AAAA"},
        created_at=NOW,
    )


def rings(alert: Alert, user: User) -> int:
    """Return how often the telephone of somebody was to ring for the alert."""
    rows = Delivery.objects.filter(alert=alert, recipient=user, step=0)
    return rows.exclude(channel="in_app").count()


def all_out() -> None:
    """Let the provider take whatever waits."""
    Delivery.objects.filter(state="queued").update(state="sent", sent_at=NOW)


def minute(count: float) -> None:
    """Let the sweep look at this minute after the alert, and all messages get out."""
    unread.tell_again(now=NOW + count * MINUTE)
    all_out()


def when_rung(alert: Alert, user: User, *, until: int) -> list[int]:
    """Return the minutes at which the telephone rang, looked at every minute."""
    heard, minutes = rings(alert, user), []
    for count in range(1, until + 1):
        minute(count)
        if rings(alert, user) > heard:
            heard = rings(alert, user)
            minutes.append(count)
    return minutes


@pytest.mark.parametrize(
    ("tier", "minutes"),
    [
        ("emergency", [10, 30, 60, 120, 240]),
        ("urgent", [240, 1440]),
        ("soon", []),
    ],
)
def test_an_unread_danger_rings_again_at_its_times(
    ward: Ward, tier: str, minutes: list[int]
) -> None:
    alert = make_alert(ward, tier=tier)
    all_out()
    assert rings(alert, ward.patient.user) == 1
    assert when_rung(alert, ward.patient.user, until=1500) == minutes
    lines = alert.log.filter(action="patient_told_again")
    assert [line.detail["people"] for line in lines] == [[ward.patient.user_id]] * len(
        minutes
    )


def test_staff_are_not_told_again_with_the_patient(ward: Ward) -> None:
    alert = make_alert(ward)
    all_out()
    before = Delivery.objects.filter(alert=alert, step__gte=1).count()
    minute(10)
    assert Delivery.objects.filter(alert=alert, step__gte=1).count() == before


@pytest.mark.parametrize("how", ["answer", "receipt"])
def test_it_ends_when_the_patient_has_read_it(ward: Ward, how: str) -> None:
    alert, user = make_alert(ward), ward.patient.user
    all_out()
    minute(10)
    if how == "answer":
        answering.patient_acknowledge(alert.pk, by=user, now=NOW + 11 * MINUTE)
    else:
        message = Delivery.objects.filter(alert=alert, recipient=user, step=0).last()
        assert message
        receipts.note(message.pk, by=user, state="seen", now=NOW + 11 * MINUTE)
    assert when_rung(alert, user, until=300) == []


def test_delivered_is_not_read(ward: Ward) -> None:
    alert, user = make_alert(ward), ward.patient.user
    all_out()
    message = Delivery.objects.get(alert=alert, channel="webhook", recipient=user)
    receipts.note(message.pk, by=user, state="delivered", now=NOW)
    assert when_rung(alert, user, until=10) == [10]


def test_it_goes_on_while_a_clinician_has_it_and_ends_with_the_outcome(
    ward: Ward,
) -> None:
    alert, user = make_alert(ward), ward.patient.user
    all_out()
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW)
    assert when_rung(alert, user, until=10) == [10]
    answering.resolve(
        alert.pk, by=ward.duty, outcome="emergency_admission", now=NOW + 11 * MINUTE
    )
    assert when_rung(alert, user, until=300) == []


def test_a_caregiver_who_has_read_it_is_left_alone_and_the_patient_is_not(
    ward: Ward,
) -> None:
    caregiver = make_caregiver(ward.patient, now=NOW)
    telephone(caregiver.user)
    alert, user = make_alert(ward), ward.patient.user
    all_out()
    theirs = Delivery.objects.get(
        alert=alert, channel="webhook", recipient=caregiver.user
    )
    receipts.note(theirs.pk, by=caregiver.user, state="seen", now=NOW)
    minute(10)
    assert (rings(alert, user), rings(alert, caregiver.user)) == (2, 1)


def test_what_is_still_tried_is_not_sent_twice(ward: Ward) -> None:
    alert, user = make_alert(ward), ward.patient.user
    unread.tell_again(now=NOW + 10 * MINUTE)  # the provider has not taken the first
    assert rings(alert, user) == 1
    all_out()
    assert when_rung(alert, user, until=20) == [20]


def test_news_of_an_alert_is_unread_though_the_first_words_were_read(
    ward: Ward,
) -> None:
    alert, user = make_alert(ward, items=("saddle",)), ward.patient.user
    all_out()
    first = Delivery.objects.get(alert=alert, channel="webhook", recipient=user)
    receipts.note(first.pk, by=user, state="seen", now=NOW)
    open_alerts_for_flags([make_flag(ward.patient, items=("bladder",))], NOW)
    all_out()
    assert rings(alert, user) == 2
    receipts.note(first.pk, by=user, state="seen", now=NOW)  # the old words once more
    assert when_rung(alert, user, until=10) == [10]


def test_a_clock_that_jumped_puts_nothing_out_of_reach(ward: Ward) -> None:
    alert = make_alert(ward)
    all_out()
    Alert.objects.filter(pk=alert.pk).update(tell_patient_at=NOW + timedelta(days=400))
    assert when_rung(alert, ward.patient.user, until=1) == [1]


def test_without_a_device_nothing_is_told_again(ward: Ward) -> None:
    ContactPoint.objects.update(retired_at=NOW)
    alert = make_alert(ward)
    minute(10)
    assert not alert.log.filter(action="patient_told_again").exists()
    alert.refresh_from_db()
    assert alert.tell_patient_at is None


def test_the_sweep_does_it(ward: Ward) -> None:
    alert = make_alert(ward)
    all_out()
    sweeping.sweep(now=NOW + 10 * MINUTE)
    assert rings(alert, ward.patient.user) == 2


def test_the_worklist_still_says_which_staff_were_asked(ward: Ward) -> None:
    alert = make_alert(ward)
    all_out()
    nurse = Client()
    nurse.force_login(ward.duty)
    before = re.search("Asked: [^<]+", nurse.get("/").content.decode())
    minute(10)
    after = re.search("Asked: [^<]+", nurse.get("/").content.decode())
    assert rings(alert, ward.patient.user) == 2
    assert before
    assert after
    assert before[0] == after[0]
