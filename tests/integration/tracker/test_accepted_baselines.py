"""What is usual by a clinician's word: written once, withdrawn once, never too early."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from alerts.models import Alert
from tests.factories import (
    client_of,
    make_baseline,
    make_clinician,
    make_episode,
    make_patient,
)
from tracker.errors import Conflict
from tracker.models import AcceptedBaseline
from tracker.selectors.clinical import accepted_baselines
from tracker.selectors.motor import known_state
from tracker.services import clinical
from tracker.services.counter import next_change_number


pytestmark = pytest.mark.django_db


@pytest.fixture
def episode():
    return make_episode()


@pytest.fixture
def clinician(episode):
    return make_clinician(episode.patient.clinic)


def fields(**changes):
    return {
        "side": "left",
        "signal": "numbness",
        "value": 3.0,
        "from_day": timezone.now().date(),
        "why": "three weeks after the injection, as before",
        **changes,
    }


def add_alert(patient, *, tier="emergency", patient_tier="emergency", state="open"):
    now = timezone.now()
    Alert.objects.create(
        patient=patient,
        category="motor",
        tier=tier,
        patient_tier=patient_tier,
        state=state,
        opened_at=now,
        acknowledged_at=now,
        resolved_at=now,
        seq=next_change_number(patient.pk, analyse=False),
    )


@pytest.mark.parametrize(
    ("tier", "patient_tier", "state", "status"),
    [
        ("emergency", "emergency", "open", 409),
        ("emergency", "emergency", "notified", 409),
        ("urgent", "emergency", "open", 409),  # the patient was sent in (R02)
        ("emergency", "emergency", "acknowledged", 201),
        ("emergency", "emergency", "resolved", 201),
        ("urgent", "urgent", "open", 201),
    ],
)
def test_an_emergency_must_be_answered_first(
    episode, clinician, tier, patient_tier, state, status
):
    add_alert(episode.patient, tier=tier, patient_tier=patient_tier, state=state)
    add_alert(make_patient(episode.patient.clinic))
    client = client_of(clinician)
    url = f"/api/v1/episodes/{episode.pk}/baselines"
    told = client.post(url, fields() | {"from_day": str(timezone.now().date())})
    assert told.status_code == status
    assert AcceptedBaseline.objects.exists() is (status == 201)
    if status == 409:
        assert told.json()["code"] == "emergency_unanswered"
        assert "Acknowledge it" in told.json()["title"]


def test_a_form_that_is_sent_twice_accepts_once(episode, clinician):
    pk = uuid4()
    for _ in range(2):
        made = clinical.record(
            episode,
            "baselines",
            fields=fields(seen=None),
            by=clinician,
            record_id=pk,
        )
        assert made.pk == pk
    assert AcceptedBaseline.objects.count() == 1


def test_who_did_not_see_the_last_one_is_told(episode, clinician):
    first = clinical.record_baseline(episode, fields=fields(seen=None), by=clinician)
    with pytest.raises(Conflict):
        clinical.record_baseline(
            episode, fields=fields(seen=None, value=4), by=clinician
        )
    other = fields(seen=None, side="right")
    clinical.record_baseline(episode, fields=other, by=clinician)
    clinical.record_baseline(
        episode, fields=fields(seen=first.pk, value=5), by=clinician
    )
    standing = accepted_baselines(episode.patient_id)
    assert [each.value for each in standing.filter(side="left")] == [3, 5]


def test_it_is_withdrawn_once_with_a_reason(episode, clinician):
    baseline = make_baseline(episode)
    client = client_of(clinician)
    url = f"/api/v1/episodes/{episode.pk}/baselines/{baseline.pk}/withdraw"
    assert client.post(url, {"why": " "}).status_code == 400
    told = client.post(url, {"why": "wrong leg"}).json()
    assert told["withdrawn_at"]
    assert client.post(url, {"why": "again"}).json() == told
    assert not accepted_baselines(episode.patient_id)
    (listed,) = client.get(f"/api/v1/episodes/{episode.pk}/baselines").json()["results"]
    assert listed == told
    elsewhere = make_episode(episode.patient)
    wrong = url.replace(str(episode.pk), str(elsewhere.pk))
    assert client.post(wrong, {"why": "x"}).status_code == 404


def test_history_is_never_edited(episode, clinician):
    baseline = make_baseline(episode)
    with pytest.raises(DatabaseError), transaction.atomic():
        AcceptedBaseline.objects.update(value=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        AcceptedBaseline.objects.all().delete()
    now = timezone.now()
    clinical.withdraw_baseline(baseline, why="wrong leg", by=clinician, now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        AcceptedBaseline.objects.update(
            withdrawn_at=None, withdrawn_by=None, withdrawn_why=""
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        AcceptedBaseline.objects.create(
            episode=episode, recorded_by=clinician, **fields(value=11)
        )


@pytest.mark.parametrize(
    ("signal", "value", "ago", "dropped"),
    [
        ("test_heel_walk", 2, 0, True),
        ("test_heel_walk", 2, 13, True),
        ("test_heel_walk", 2, 15, False),
        ("test_heel_walk", 3, 0, False),  # nothing is lost
        ("numbness", 2, 0, False),
    ],
)
def test_a_weaker_leg_accepted_lately_is_a_drop_for_the_red_flags(
    episode, signal, value, ago, dropped
):
    """So that fever beside it is the emergency that it would be without (R18)."""
    make_baseline(episode, signal=signal, value=value)
    later = timezone.now() + timedelta(days=ago)
    assert known_state(episode.patient_id, now=later).recent_motor_drop is dropped
