"""A German browser reads German, wherever it looks; what is stored stays as it is."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from alerts.models import Alert, AlertLog
from analytics.models import Flag
from tests import clinic_scene
from tests.clinic_scene import Scene
from tests.factories import make_administrator, make_user


pytestmark = pytest.mark.django_db

GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
#: Words that no German page has, but names of people, products and standards.
ENGLISH = re.compile(
    r"\b(?:the|and|with|without|for|not|yet|none|left|right|alerts?|patients?|days?|"
    r"ago|never|clinic|team|save|choose|waiting|since|last|open|from|until|usual|"
    r"entries|entry|treatment|answer|examine|leg)\b"
)
#: Whatever is a name, in whatever language.
NAMES = (
    "Spine clinic",
    "Nora Nurse",
    "nurse@clinic.example",
    "surgeon@clinic.example",
    "Left heel",
)
REASON = (
    "Left heel walk is 1 of 3, confirmed by a repeat; the usual is 3. "
    "The diary speaks 2,512 to 1 for a true loss."
)


@pytest.fixture
def scene() -> Scene:
    scene = clinic_scene.make_scene(now=timezone.now())
    Alert.objects.update(reason=REASON)
    told = "You need emergency care now"
    Flag.objects.update(explanation=REASON, patient_title=told)
    return scene


@pytest.fixture
def nurse(scene: Scene) -> Client:
    client = Client(headers=GERMAN)
    client.force_login(scene.nurse)
    return client


def words_of(page: str) -> str:
    """Return what a reader sees or hears of a page."""
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    heard = re.findall(r'(?:aria-label|placeholder|data-label|title)="([^"]*)"', page)
    seen = re.sub(r"<[^>]*>", " ", page)
    return " ".join([seen, *heard])


def english_in(page: str, *names: str) -> set[str]:
    text = re.sub(r"CANARY (?:team \d+|treatment)", "", words_of(page))
    for name in names:
        text = text.replace(name, "")
    return {found.group() for found in ENGLISH.finditer(text)}


def look(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    page = answer.content.decode()
    assert '<html lang="de">' in page
    return page


def test_a_clinician_reads_german_everywhere(nurse: Client, scene: Scene) -> None:
    patient = f"/patients/{scene.emergency.patient_id}/"
    kinds = (
        *("exam", "treatment", "imaging", "nerve-study"),
        *("outcome", "episode", "message"),
    )
    pages = ["/", "/?tier=soon&mine=on", "/told/"]
    pages += ["/clinic/on-call/", "/clinic/figures/"]
    pages += [patient, f"{patient}looking-back/", f"{patient}caregivers/"]
    pages += [*(f"{patient}record/{kind}/" for kind in kinds)]
    for address in pages:
        assert not english_in(look(nurse, address), *NAMES), address


def test_an_administrator_reads_german_everywhere(scene: Scene) -> None:
    boss = Client(headers=GERMAN)
    boss.force_login(make_administrator(scene.quiet.clinic, email="boss@demo.example"))
    for address in (
        "/clinic/",
        "/clinic/people/",
        "/clinic/rules/",
        "/clinic/rules/R11/rise_points/",
        "/clinic/on-call/",
        "/clinic/simulator/",
        "/clinic/figures/",
    ):
        assert not english_in(look(boss, address), *NAMES), address


def test_reasons_dates_and_numbers_are_german(nurse: Client, scene: Scene) -> None:
    page = words_of(look(nurse, f"/patients/{scene.emergency.patient_id}/"))
    assert (
        "Fersengang links: 1 von 3, durch Wiederholung bestätigt; üblich ist 3." in page
    )
    assert "2512 zu 1 für einen echten Kraftverlust" in page
    assert f"{timezone.now():%d.%m.%Y}" in page
    assert "Mittel der letzten 7 Tage 4,0" in page


def test_a_reader_who_chose_english_reads_what_is_stored(
    nurse: Client, scene: Scene
) -> None:
    nurse.post("/language/", {"language": "en"})
    page = nurse.get("/").content.decode()
    assert REASON in page
    assert "Worklist" in page


def test_data_are_the_same_in_both_languages(nurse: Client, scene: Scene) -> None:
    address = f"/patients/{scene.emergency.patient_id}/"
    charts = {}
    for language in ("de", "en"):
        nurse.post("/language/", {"language": language})
        charts[language] = nurse.get(f"{address}charts.json").json()["charts"]
    numbers = [[_numbers(chart) for chart in charts[each]] for each in ("de", "en")]
    assert numbers[0] == numbers[1]
    assert [chart["title"] for chart in charts["de"]][1].startswith("Beinschmerz (0-10")
    assert not english_in(
        json.dumps(
            [
                each["spec"]["title"] if "title" in each["spec"] else each["title"]
                for each in charts["de"]
            ]
        )
    )
    assert '"decimal": ","' in json.dumps(charts["de"])
    assert '"decimal": "."' in json.dumps(charts["en"])


def _numbers(chart: dict) -> list:
    """Return what is drawn, without the words to it."""
    rows = chart["spec"]["datasets"].get("answers", [])
    return [(row["day"], row["leg"], row["value"]) for row in rows]


def test_files_for_programs_know_no_language(nurse: Client) -> None:
    files = {}
    for language in ("de", "en"):
        nurse.post("/language/", {"language": language})
        files[language] = nurse.get("/clinic/figures/months.csv").content
    assert files["de"] == files["en"]


def test_an_answer_is_said_in_german_and_stored_without_a_language(
    nurse: Client, scene: Scene
) -> None:
    address = f"/alerts/{scene.urgent.pk}/acknowledge/"
    said = nurse.post(address, headers={"HX-Request": "true"}).content.decode()
    assert "Sie haben den Alarm von Ben Numb übernommen." in said
    scene.urgent.refresh_from_db()
    assert scene.urgent.reason == REASON
    stored = [json.dumps(row, default=str) for row in AlertLog.objects.values()]
    assert not [row for row in stored if re.search(r"übernommen|Alarm ", row)]


def test_a_form_that_is_refused_says_why_in_german(nurse: Client, scene: Scene) -> None:
    address = f"/patients/{scene.emergency.patient_id}/record/imaging/"
    tomorrow = timezone.now().date() + timedelta(days=9)
    page = nurse.post(address, {"performed_on": str(tomorrow)}).content.decode()
    assert "Dieser Tag ist noch nicht gekommen." in page
    assert "erforderlich" in page
    assert not english_in(page, *NAMES)


@pytest.mark.parametrize(
    ("sheet", "title"),
    [("referral", "Überweisungsbericht"), ("visit", "Vor dem Besuch")],
)
def test_the_sheets_are_german(
    nurse: Client, scene: Scene, sheet: str, title: str
) -> None:
    made = nurse.get(f"/patients/{scene.emergency.patient_id}/{sheet}.pdf").content
    pages = PdfReader(BytesIO(made)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert title in text
    assert "NOTFALL" in text
    assert not english_in(text, *NAMES)


def test_a_patient_and_who_has_no_clinic_read_german_too(scene: Scene) -> None:
    patient = Client(headers=GERMAN)
    patient.force_login(scene.quiet.user)
    assert not english_in(look(patient, "/"), *NAMES)
    nobody = Client(headers=GERMAN)
    nobody.force_login(make_user())
    assert not english_in(look(nobody, "/"), *NAMES)
    lost = nobody.get("/nothing/").content.decode()
    assert not english_in(lost)
    assert "Hier ist nichts" in lost
