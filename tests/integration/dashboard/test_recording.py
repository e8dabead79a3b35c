"""Writing into the record: nothing typed is lost, doubled or overwritten unseen."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests import clinic_scene, factories
from tests.clinic_scene import Scene
from tracker.models import (
    Episode,
    Exam,
    ExamFinding,
    Imaging,
    Message,
    Patient,
    SyncCounter,
    Treatment,
)


pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()
HTMX = {"HX-Request": "true"}


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


def url(patient: Patient, kind: str) -> str:
    return f"/patients/{patient.pk}/record/{kind}/"


def hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def exam(**typed: str) -> dict[str, str]:
    return {"examined_on": TODAY.isoformat(), "form_id": str(uuid4()), **typed}


def test_an_examination_holds_what_was_tested_and_nothing_else(nurse, patient):
    typed = exam(
        **{
            "power.L5.left": "3",
            "power.L5.right": "5",
            "reflex.achilles.left": "0",
            "straight_leg_raise.leg.left": "45",
            "note": "tripped in the hall",
        }
    )
    answer = nurse.post(url(patient, "exam"), typed)
    assert answer.headers["Location"] == f"/patients/{patient.pk}/"
    made = Exam.objects.get()
    assert made.note == "tripped in the hall"
    found = made.findings.values_list("kind", "location", "side", "grade")
    assert set(found) == {
        ("power", "L5", "left", 3),
        ("power", "L5", "right", 5),
        ("reflex", "achilles", "left", 0),
        ("straight_leg_raise", "leg", "left", 45),
    }


def test_the_rest_is_normal_only_when_somebody_says_so(nurse, patient):
    typed = exam(**{"power.L5.left": "3", "power.rest": "yes"})
    nurse.post(url(patient, "exam"), typed)
    grades = ExamFinding.objects.values_list("grade", flat=True)
    assert sorted(grades) == [3] + [5] * 9


def test_a_refused_examination_keeps_every_cell(nurse, patient):
    typed = exam(**{"power.L4.right": "2", "straight_leg_raise.leg.left": "700"})
    page = nurse.post(url(patient, "exam"), typed, headers=HTMX).content.decode()
    assert not Exam.objects.exists()
    assert "Not saved yet" in page
    assert re.search(r'name="power.L4.right".*?value="2" selected', page)
    assert 'value="700"' in page
    assert hidden(page, "form_id") == typed["form_id"]


def test_a_form_sent_twice_is_stored_once(nurse, patient):
    typed = exam(**{"power.L5.left": "3"})
    for _ in range(2):
        assert nurse.post(url(patient, "exam"), typed).status_code == 302
    assert Exam.objects.count() == 1
    words = {"text": "Please come on Monday.", "form_id": str(uuid4())}
    for _ in range(2):
        assert nurse.post(url(patient, "message"), words).status_code == 302
    assert Message.objects.get().text == "Please come on Monday."


def test_the_id_of_somebody_elses_record_overwrites_nothing(nurse, patient):
    other = factories.make_treatment(kind="discectomy")
    typed = {
        "kind": "medication",
        "started_on": TODAY.isoformat(),
        "form_id": str(other.pk),
    }
    page = nurse.post(url(patient, "treatment"), typed).content.decode()
    assert "Not saved" in page
    other.refresh_from_db()
    assert other.kind == "discectomy"
    assert other.patient_id != patient.pk


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (
            "imaging",
            {"kind": "mri", "performed_on": TODAY.isoformat(), "finding": "L5"},
        ),
        ("nerve-study", {"kind": "emg", "performed_on": TODAY.isoformat()}),
        ("outcome", {"kind": "improved", "recorded_on": TODAY.isoformat()}),
        ("treatment", {"kind": "discectomy", "started_on": TODAY.isoformat()}),
    ],
)
def test_each_kind_is_stored_and_stands_on_the_timeline(nurse, patient, kind, typed):
    assert nurse.post(url(patient, kind), typed).status_code == 302
    page = nurse.get(f"/patients/{patient.pk}/").content.decode()
    words = {"imaging": "MRI unknown: L5", "nerve-study": "EMG:"}
    assert words.get(kind, typed["kind"]) in page


def test_what_has_not_come_yet_is_refused_in_words(nurse, patient):
    later = TODAY + timedelta(days=3)
    typed = {"kind": "mri", "performed_on": later.isoformat(), "finding": "typed"}
    page = nurse.post(url(patient, "imaging"), typed).content.decode()
    assert "This day has not come yet." in page
    assert ">typed</textarea>" in page
    assert not Imaging.objects.exists()


def test_without_an_episode_one_is_begun_first(nurse, patient):
    Episode.objects.update(closed_on=TODAY)
    answer = nurse.get(url(patient, "exam"))
    assert answer.headers["Location"] == url(patient, "episode")
    typed = {"suspected_cause": "spinal_stenosis", "level": "L3/L4", "side": "both"}
    nurse.post(url(patient, "episode"), typed)
    begun = patient.episodes.get(closed_on=None)
    assert (begun.suspected_cause, begun.level) == ("spinal_stenosis", "L3/L4")


def test_the_second_of_two_sees_the_first_and_overwrites_nothing(nurse, patient):
    address = url(patient, "episode")
    mine, theirs = (
        nurse.get(address).content.decode(),
        nurse.get(address).content.decode(),
    )
    assert hidden(mine, "version") == hidden(theirs, "version")
    seen = hidden(mine, "version")
    first = {"suspected_cause": "bone_spur", "level": "L4/L5", "version": seen}
    assert nurse.post(address, first).status_code == 302

    second = {"suspected_cause": "piriformis", "level": "L5/S1", "version": seen}
    page = nurse.post(address, second).content.decode()
    assert "a colleague changed this" in page
    assert 'value="piriformis" selected' in page
    assert "Now: <strong>bone spur</strong>" in page
    assert patient.episodes.get().suspected_cause == "bone_spur"

    assert nurse.post(address, second | {"version": hidden(page, "version")})
    assert patient.episodes.get().suspected_cause == "piriformis"


def test_a_treatment_ends_and_its_end_can_be_taken_back(nurse, patient):
    given = Treatment.objects.get(patient=patient)
    address = f"/patients/{patient.pk}/treatments/{given.pk}/"
    for ended in (TODAY.isoformat(), ""):
        page = nurse.get(address).content.decode()
        typed = {"started_on": given.started_on.isoformat(), "ended_on": ended}
        before = SyncCounter.objects.get(pk=patient.pk).diary_seq
        typed["version"] = hidden(page, "version")
        assert nurse.post(address, typed).status_code == 302
        given.refresh_from_db()
        assert str(given.ended_on or "") == ended
        assert SyncCounter.objects.get(pk=patient.pk).diary_seq > before


def test_an_end_before_the_start_says_so_at_its_field(nurse, patient):
    given = Treatment.objects.get(patient=patient)
    address = f"/patients/{patient.pk}/treatments/{given.pk}/"
    typed = {"started_on": "2026-03-02", "ended_on": "2026-03-01"}
    page = nurse.post(
        address,
        typed | {"version": hidden(nurse.get(address).content.decode(), "version")},
    ).content.decode()
    assert 'id="e-ended_on">This is before the start.' in page


def test_a_treatment_of_another_patient_is_not_there(nurse, patient, scene):
    other = factories.make_treatment(factories.make_episode(scene.quiet))
    answer = nurse.get(f"/patients/{patient.pk}/treatments/{other.pk}/")
    assert answer.status_code == 404
