"""What clinicians wrote down stands on the patient page again, with who wrote it."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.services import answering
from tests import clinic_scene
from tests.clinic_scene import Scene
from tracker.models import Exam, Imaging, Message, Outcome
from tracker.services.counter import next_change_number


pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=NOW)


@pytest.fixture
def nurse(scene, client):
    client.force_login(scene.nurse)
    return client


def page_of(client, patient) -> str:
    return unescape(client.get(f"/patients/{patient.pk}/").content.decode())


def test_the_note_of_an_outcome(nurse, scene):
    words = "MRI tomorrow at nine,\nbed 4 is held."
    answering.resolve(
        scene.emergency.pk,
        by=scene.colleague,
        outcome="examined_referred",
        note=words,
        now=NOW,
    )
    page = page_of(nurse, scene.emergency.patient)
    assert "alert resolved: examined referred" in page
    assert "MRI tomorrow at nine,<br>bed 4 is held." in page
    assert "Sam Surgeon" in page


def test_until_when_it_was_snoozed_and_why(nurse, scene):
    sleep = answering.Sleep(
        until=NOW + timedelta(hours=2),
        reason="appointment_booked",
        note="Comes at two with her daughter.",
    )
    answering.snooze(scene.urgent.pk, sleep, by=scene.colleague, now=NOW)
    answering.resolve(scene.urgent.pk, by=scene.nurse, outcome="watching", now=NOW)
    page = page_of(nurse, scene.urgent.patient)
    assert "alert snoozed until" in page
    assert f"{NOW + timedelta(hours=2):%H:%M}: An appointment is booked" in page
    assert "Comes at two with her daughter." in page


def test_each_snooze_keeps_its_own_words(nurse, scene):
    for minutes, words in ((0, "First words."), (5, "Second words.")):
        at = NOW + timedelta(minutes=minutes)
        sleep = answering.Sleep(
            until=at + timedelta(hours=1), reason="other", note=words
        )
        answering.snooze(scene.urgent.pk, sleep, by=scene.nurse, now=at)
        answering.acknowledge(scene.urgent.pk, by=scene.nurse, now=at)
    page = page_of(nurse, scene.urgent.patient)
    assert page.count("alert snoozed until") == 2
    timeline = page.split('id="time-title"')[1]
    assert timeline.count("Second words.") == 1  # and not told of the first one, too


def test_notes_of_the_record_and_who_wrote_them(nurse, scene):
    patient = scene.emergency.patient
    episode, today = patient.episodes.get(), NOW.date()
    by = {"episode": episode, "recorded_by": scene.colleague}
    trips = "Trips on stairs <b>daily</b>."
    Exam.objects.create(**by, examined_on=today, note=trips)
    Imaging.objects.create(**by, kind="mri", performed_on=today, note="Read by phone.")
    Outcome.objects.create(
        **by, kind="improved", recorded_on=today, note="Walks again."
    )
    page = page_of(nurse, patient)
    for words in ("Read by phone.", "Walks again.", "Written down by Sam Surgeon."):
        assert words in page
    raw = nurse.get(f"/patients/{patient.pk}/").content.decode()
    # Under its grid and on the timeline, and never as markup.
    assert raw.count("Trips on stairs &lt;b&gt;daily&lt;/b&gt;.") == 2


def test_what_the_patient_was_written(nurse, scene):
    patient = scene.quiet
    typed = {"text": "Please log your power again."}
    nurse.post(f"/patients/{patient.pk}/record/message/", typed)
    assert Message.objects.count() == 1
    page = page_of(nurse, patient)
    assert "Please log your power again." in page
    assert "sent to the patient" in page


def test_a_move_at_night_stands_on_the_day_of_the_clinic(nurse, scene):
    clinic = scene.quiet.clinic
    clinic.timezone = "Pacific/Kiritimati"  # fourteen hours ahead: another day
    clinic.save()
    patient = scene.quiet
    sent_at = NOW.replace(hour=12, minute=0) - timedelta(days=3)
    Message.objects.create(
        patient=patient,
        sent_by=scene.nurse,
        sent_at=sent_at,
        text="At night.",
        seq=next_change_number(patient.pk, analyse=False),
    )
    day = (sent_at + timedelta(days=1)).date()
    line = page_of(nurse, patient).split("sent to the patient")[0].rsplit("<li>", 1)[1]
    assert f'datetime="{day}"' in line


def test_many_messages_ask_the_database_no_more(nurse, scene):
    patient = scene.quiet

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page_of(nurse, patient)
        return len(asked)

    def send(count: int) -> None:
        for number in range(count):
            nurse.post(
                f"/patients/{patient.pk}/record/message/", {"text": f"Word {number}"}
            )

    send(1)
    queries()
    before = queries()
    send(6)
    assert queries() == before
