"""What leaves the screen: one page whatever there is to say, and every entry."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.utils import timezone
from pypdf import PdfReader

from tests import clinic_scene, factories
from tests.clinic_scene import Scene
from tracker.domain import diary
from tracker.models import Imaging, PainLog, Patient, SyncCounter, WeaknessLog
from tracker.models.clinical import FINDING_GRADES
from tracker.services import clinical


pytestmark = pytest.mark.django_db

MARKUP = '#panic("x") *Bold* $x$ = <b> "quoted" \\ @ref'


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


def fetch(client, patient: Patient, name: str) -> bytes:
    response = client.get(f"/patients/{patient.pk}/{name}")
    assert response.status_code == 200
    return response.content


def read(pdf: bytes) -> tuple[int, str]:
    pages = PdfReader(BytesIO(pdf)).pages
    return len(pages), " ".join("".join(p.extract_text() for p in pages).split())


def test_the_summary_says_who_why_where_and_what_was_done(nurse, patient, scene):
    episode = patient.episodes.get()
    today = timezone.now().date()
    for ago, left in ((20, 5), (2, 3)):
        findings = [
            {"kind": "power", "location": "L5", "side": "left", "grade": left},
            {"kind": "power", "location": "L5", "side": "right", "grade": 5},
        ]
        clinical.record_exam(
            episode,
            fields={"examined_on": today - timedelta(days=ago), "findings": findings},
            by=scene.nurse,
        )
    pages, text = read(fetch(nurse, patient, "referral.pdf"))
    assert pages == 1
    for said in (
        "Ana Drop",
        "EMERGENCY",
        "Left heel walk fell from 3 to 1 of 3",
        "likely L5 or L4, left",
        "Power: heel walk",
        "L5 Power, 0-5 3 5 5 5",
        "since",
        "physiotherapy",
        "disc herniation",
        "Nora Nurse",
    ):
        assert said in text, said


def test_it_stays_one_page_whatever_there_is_to_say(nurse, patient, scene):
    now = timezone.now()
    patient.name = "Maximiliana Alexandra von Hohenstaufen-Wittelsbach " * 2
    patient.save()
    episode = patient.episodes.get()
    for number in range(6):
        fields = {"reason": "\n".join(["A long reason of several words."] * 4)}
        clinic_scene.make_alert(
            patient,
            tier="urgent",
            hours=number,
            now=now,
            category=f"c{number}",
            **fields,
        )
    for test in diary.TESTS:
        for ago in range(40):
            factories.make_entry(
                WeaknessLog,
                patient,
                local_day=now.date() - timedelta(days=ago),
                side="right",
                test=test,
                score=2,
            )
    for number in range(12):
        factories.make_treatment(
            episode, started_on=now.date() - timedelta(days=30 * number)
        )
        Imaging.objects.create(
            episode=episode,
            kind="mri",
            performed_on=now.date() - timedelta(days=number),
            finding="A finding in many words that goes on. " * 9,
        )
    for _ in range(2):
        clinical.record_exam(
            episode,
            fields={"examined_on": now.date(), "findings": every_finding()},
            by=scene.nurse,
        )
    pages, text = read(fetch(nurse, patient, "referral.pdf"))
    assert pages == 1
    assert "further self-tests" in text


def every_finding() -> list[dict[str, object]]:
    return [
        {"kind": kind, "location": where, "side": side, "grade": low}
        for kind, (places, (low, _)) in FINDING_GRADES.items()
        for where in places
        for side in ("left", "right")
    ]


def test_what_people_typed_is_never_markup(nurse, patient):
    patient.name = MARKUP
    patient.save()
    _, text = read(fetch(nurse, patient, "referral.pdf"))
    assert MARKUP in text


def test_a_patient_without_any_entry_has_a_summary(nurse, scene):
    pages, text = read(fetch(nurse, scene.quiet, "referral.pdf"))
    assert pages == 1
    assert "No alert is open." in text
    assert "None recorded." in text


def test_a_sealed_diary_leaves_no_paper(nurse, patient):
    SyncCounter.objects.filter(pk=patient.pk).update(is_sealed=True)
    for name in ("referral.pdf", "visit.pdf", "diary.zip", "diary.xlsx"):
        response = nurse.get(f"/patients/{patient.pk}/{name}")
        assert response.status_code == 302
        assert response.headers["Location"] == f"/patients/{patient.pk}/"
    assert (
        "Referral summary" not in nurse.get(f"/patients/{patient.pk}/").content.decode()
    )


def csv_rows(packed: bytes, name: str) -> list[dict[str, str]]:
    with ZipFile(BytesIO(packed)) as archive:
        text = archive.read(f"{name}.csv").decode()
    return list(csv.DictReader(StringIO(text, newline="")))


def test_the_diary_leaves_nothing_out_and_makes_nothing_up(nurse, patient):
    silent = factories.make_entry(
        PainLog, patient, local_day=timezone.now().date(), regions=["heel", "sole"]
    )
    rows = csv_rows(fetch(nurse, patient, "diary.zip"), "pain_logs")
    assert len(rows) == PainLog.objects.filter(patient=patient).count()
    mine = next(row for row in rows if row["id"] == silent.pk)
    assert (mine["intensity"], mine["regions"]) == ("", "heel; sole")
    assert sum(bool(row["withdrawn_at"]) for row in rows) == 1
    tests = csv_rows(fetch(nurse, patient, "diary.zip"), "weakness_logs")
    assert len(tests) == WeaknessLog.objects.filter(patient=patient).count()
    assert {row["score"] for row in tests} == {"1", "3"}


def test_no_cell_is_run_as_a_formula(nurse, patient):
    note = '=HYPERLINK("http://example.org","+1")'
    factories.make_entry(PainLog, patient, local_day=timezone.now().date(), note=note)
    rows = csv_rows(fetch(nurse, patient, "diary.zip"), "pain_logs")
    assert f"'{note}" in {row["note"] for row in rows}
    with ZipFile(BytesIO(fetch(nurse, patient, "diary.xlsx"))) as book:
        assert "=HYPERLINK" in book.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_the_workbook_has_the_same_rows(nurse, patient):
    with ZipFile(BytesIO(fetch(nurse, patient, "diary.xlsx"))) as book:
        names = re.findall(
            r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode()
        )
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert names[: len(diary.COLLECTIONS)] == list(diary.COLLECTIONS)
    rows = len(csv_rows(fetch(nurse, patient, "diary.zip"), "pain_logs"))
    assert len(re.findall("<row ", sheet)) == rows + 1
