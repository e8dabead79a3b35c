"""The sheet before a visit: what happened since the last examination, on two pages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from alerts.models import Alert
from alerts.services import answering
from dashboard.selectors import visit
from tests import clinic_scene, factories
from tests.clinic_scene import Scene
from tests.integration.dashboard.test_papers import MARKUP, fetch, read
from tracker.domain import diary
from tracker.models import PainLog, Patient, WeaknessLog
from tracker.services import clinical


pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture
def nurse(scene, client):
    client.force_login(scene.nurse)
    return client


@pytest.fixture
def patient(scene) -> Patient:
    return scene.emergency.patient


@pytest.fixture
def today() -> date:
    return timezone.now().date()


def examine(patient: Patient, scene: Scene, on: date) -> None:
    clinical.record_exam(
        patient.episodes.get(),
        fields={
            "examined_on": on,
            "findings": [
                {"kind": "power", "location": "L5", "side": "left", "grade": 5}
            ],
        },
        by=scene.nurse,
    )


def test_the_sheet_says_what_happened_since_the_last_examination(
    nurse, patient, scene, today
):
    seen = today - timedelta(days=12)
    examine(patient, scene, seen)
    factories.make_treatment(
        patient.episodes.get(),
        kind="epidural_steroid_injection",
        started_on=today - timedelta(days=3),
    )
    clinic_scene.make_alert(
        patient,
        tier="soon",
        hours=24 * 40,
        now=timezone.now(),
        category="sensory",
        reason="Long ago.",
    )
    Alert.objects.filter(pk=scene.emergency.pk).update(
        acknowledged_at=scene.emergency.opened_at + timedelta(minutes=42),
        acknowledged_by=scene.nurse,
    )
    pages, text = read(fetch(nurse, patient, "visit.pdf"))
    assert pages == 2
    for said in (
        "Ana Drop",
        "Since the examination of",
        "13 days",
        "epidural steroid injection",
        "Left heel walk fell from 3 to 1 of 3",
        "answered after 42 min by Nora Nurse; no outcome yet",
        "Power: heel walk left leg",
        "Left leg, never tested: big-toe lift, heel raise, chair rise",
        "response after 2 weeks",
        "Entries on",
    ):
        assert said in text, said
    assert "Long ago." not in text  # opened before the examination


def test_worst_and_usual_are_of_these_days_only(patient, scene, today):
    examine(patient, scene, today - timedelta(days=9))
    PainLog.objects.filter(patient=patient).update(withdrawn_at=timezone.now())
    for ago, pain in ((30, 10), (8, 2), (7, 2), (5, 6), (4, 6), (2, 3), (1, 2), (0, 1)):
        factories.make_entry(
            PainLog,
            patient,
            local_day=today - timedelta(days=ago),
            site="leg",
            side="left",
            intensity=pain,
        )
    since = visit.since_last_exam(patient, today=today)
    (pain,) = (
        each
        for each in visit.measures(visit.course(patient, since))
        if each.title == "Leg pain"
    )
    assert (pain.leg, pain.days, pain.usual, pain.lately) == (
        "left leg",
        7,
        "2.0",
        "3.6",
    )
    worst = today - timedelta(days=4)
    assert pain.worst == f"6 ({worst.day} {worst:%b})"


@pytest.mark.parametrize(
    ("ago", "days"), [(0, 1), (visit.LONGEST - 1, 180), (visit.LONGEST, 180)]
)
def test_an_examination_long_ago_does_not_stretch_the_sheet(
    patient, scene, today, ago, days
):
    examine(patient, scene, today - timedelta(days=ago))
    assert visit.since_last_exam(patient, today=today).days == days


def test_without_any_entry_or_examination_there_is_a_sheet(nurse, scene):
    pages, text = read(fetch(nurse, scene.quiet, "visit.pdf"))
    assert pages == 2
    for said in (
        "No examination is recorded",
        "No answers in these days.",
        "Left leg: no self-test was ever done.",
        "The safety questions were never answered.",
        "No episode is recorded",
        "Nothing that Rootwatch knows of.",
    ):
        assert said in text, said


def test_it_stays_two_pages_whatever_there_is_to_say(nurse, patient, scene, today):
    patient.name = f"{MARKUP} " * 3
    patient.save()
    for number in range(8):
        clinic_scene.make_alert(
            patient,
            tier="urgent",
            hours=number,
            now=timezone.now(),
            category=f"c{number}",
            reason="A long reason of several words. " * 20,
        )
        factories.make_treatment(
            patient.episodes.get(), started_on=today - timedelta(days=number)
        )
    for test in diary.TESTS:
        for side in diary.LEGS:
            factories.make_entry(
                WeaknessLog, patient, local_day=today, side=side, test=test, score=2
            )
    pages, text = read(fetch(nurse, patient, "visit.pdf"))
    assert pages == 2
    assert "#panic" in text
    assert "Longest gap: 9 days." in text


def test_what_was_written_of_an_alert_stands_beside_its_outcome(nurse, scene, patient):
    answering.resolve(
        scene.emergency.pk,
        by=scene.colleague,
        outcome="examined_referred",
        note="MRI tomorrow\nat nine. " + "And so on. " * 40,
        now=timezone.now(),
    )
    pages, text = read(fetch(nurse, patient, "visit.pdf"))
    assert "MRI tomorrow at nine." in " ".join(text.split())
    assert pages == 2
