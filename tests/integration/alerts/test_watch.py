"""Every alert on schedule, how fast people hear and answer, and how much is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.models import Alert, Delivery
from alerts.selectors import watch
from alerts.services import answering, sweeping
from tests.factories import make_clinic
from tests.integration.alerts.conftest import (
    NOW,
    Ward,
    make_alert,
    make_flag,
    make_ward,
)
from tracker.models import Consent


MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def alert(ward: Ward) -> Alert:
    """An emergency opened at NOW, its messages queued and not yet sent."""
    return make_alert(ward)


def test_an_alert_that_was_sent_is_on_schedule_while_nobody_answers(alert: Alert):
    sweeping.sweep(now=NOW)
    assert watch.on_schedule(now=NOW + 10 * MINUTE)


def test_a_step_not_taken_is_not(alert: Alert):
    sweeping.sweep(now=NOW)
    assert watch.on_schedule(now=NOW + 16 * MINUTE)  # within the grace
    assert not watch.on_schedule(now=NOW + 18 * MINUTE)
    sweeping.sweep(now=NOW + 18 * MINUTE)
    assert watch.on_schedule(now=NOW + 18 * MINUTE)


def test_a_watch_that_calls_nobody_is_no_delay(ward: Ward):
    make_alert(ward, rule="R15", tier="watch", category="adherence")
    sweeping.sweep(now=NOW)
    assert watch.on_schedule(now=NOW + timedelta(days=3))


def test_a_message_not_sent_is_not(alert: Alert):
    assert watch.on_schedule(now=NOW + MINUTE)
    assert not watch.on_schedule(now=NOW + 3 * MINUTE)


def test_an_alert_that_was_tried_and_reached_nobody_is_not(alert: Alert):
    """The mail server is down: the next try is in time, but nobody knows."""
    sweeping.sweep(now=NOW)
    Delivery.objects.filter(channel="email").update(
        state="queued", sent_at=None, due_at=NOW + 5 * MINUTE
    )
    assert watch.on_schedule(now=NOW + MINUTE)
    assert not watch.on_schedule(now=NOW + 3 * MINUTE)


def test_one_person_who_heard_is_enough(alert: Alert, ward: Ward):
    sweeping.sweep(now=NOW)
    first = Delivery.objects.filter(channel="email").first()
    assert first
    first.pk, first.recipient, first.state = None, ward.second, "failed"
    first.save()
    assert watch.on_schedule(now=NOW + 3 * MINUTE)


def test_a_flag_without_an_alert_is_not(ward: Ward):
    make_flag(ward.patient)
    assert watch.on_schedule(now=NOW + MINUTE)
    assert not watch.on_schedule(now=NOW + 3 * MINUTE)


def test_responses_are_quantiles_by_tier(db: None):
    for minutes in (10, 20, 90):
        ward = make_ward()
        alert = make_alert(ward)
        sweeping.sweep(now=NOW + MINUTE)
        answering.acknowledge(alert.pk, by=ward.duty, now=NOW + minutes * MINUTE)
    (row,) = watch.responses(now=NOW + DAY)
    assert row.tier == "emergency"
    assert row.heard_within == {0.5: MINUTE, 0.9: MINUTE}
    # Between the second and the third of three, four fifths of the way.
    assert row.answered_within == {0.5: 20 * MINUTE, 0.9: 76 * MINUTE}


def test_the_patient_has_heard_when_a_device_was_told_and_not_the_app(
    ward: Ward,
) -> None:
    alert = make_alert(ward)
    sweeping.sweep(now=NOW + MINUTE)
    (row,) = watch.responses(now=NOW + DAY)
    assert row.patient_heard_within == {}
    Delivery.objects.filter(alert=alert, recipient=ward.patient.user).update(
        channel="fcm", sent_at=NOW + 2 * MINUTE
    )
    (row,) = watch.responses(now=NOW + DAY)
    assert row.patient_heard_within == {0.5: 2 * MINUTE, 0.9: 2 * MINUTE}
    assert row.heard_within == {0.5: MINUTE, 0.9: MINUTE}


def test_responses_of_alerts_long_ago_are_forgotten(alert: Alert):
    sweeping.sweep(now=NOW)
    assert [row.answered_within for row in watch.responses(now=NOW + DAY)] == [{}]
    assert list(watch.responses(now=NOW + 8 * DAY)) == []


def test_the_load_is_alerts_for_the_time_under_consent(ward: Ward, alert: Alert):
    """One patient agreed at NOW: a fortnight later one alert in two patient-weeks."""
    load = watch.load(ward.clinic, now=NOW + 14 * DAY)
    assert (load.alerts, load.patient_weeks) == ({"emergency": 1}, 2)
    assert (load.per_100(), load.per_100("urgent")) == (50, 0)
    assert not load.too_much  # two weeks are too short to say so
    assert watch.load(now=NOW + 14 * DAY) == load


def test_the_load_looks_back_four_weeks(ward: Ward, alert: Alert):
    load = watch.load(ward.clinic, now=NOW + 100 * DAY)
    assert (load.total, load.patient_weeks) == (0, 4)


def test_a_renewed_consent_counts_once_and_a_withdrawn_one_not(ward: Ward):
    consent = Consent.objects.get(patient=ward.patient)
    Consent.objects.create(
        patient=ward.patient, clinic=ward.clinic, version="2", given_at=NOW + DAY
    )
    assert watch.load(ward.clinic, now=NOW + 7 * DAY).patient_weeks == 1
    Consent.objects.exclude(pk=consent.pk).delete()
    Consent.objects.update(withdrawn_at=NOW + DAY)
    assert watch.load(ward.clinic, now=NOW + 7 * DAY).patient_weeks == 0


def test_alerts_of_another_clinic_are_not_this_clinics_load(ward: Ward, alert: Alert):
    assert watch.load(make_clinic(), now=NOW + DAY).total == 0
    assert watch.load(ward.clinic, now=NOW + DAY).total == 1
