"""Pages speak the language of whoever reads them; programs are always answered alike."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone, translation

from alerts.channels import email, message
from alerts.models import Delivery
from tests.factories import make_clinician, make_patient
from tracker.models import User
from tracker.services.people import change_profile


pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def language_of(client: Client, wish: str = "", page: str = LOGIN) -> str:
    answer = client.get(page, headers={"Accept-Language": wish} if wish else {})
    language = answer["Content-Language"]
    assert f'<html lang="{language}">' in answer.content.decode()
    return language


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("", "en-gb"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("en-US,de;q=0.9", "en-gb"),
        ("es,de;q=0.9", "de"),  # Spanish is for patients: no page is in it
        ("fr", "en-gb"),
        ("x" * 900, "en-gb"),
        ("de;q=0,en", "en-gb"),
    ],
)
def test_a_browser_is_answered_in_the_first_language_that_we_have(
    client: Client, wish: str, language: str
) -> None:
    assert language_of(client, wish) == language


def test_what_was_chosen_wins_and_the_reader_stays_where_they_were(
    client: Client,
) -> None:
    client.force_login(make_clinician())
    asked = {"language": "de", "next": "/?silent=on"}
    answer = client.post("/language/", asked)
    assert answer["Location"] == "/?silent=on"
    assert language_of(client, "en-GB", "/") == "de"
    client.post("/language/", {"language": "en"})
    assert language_of(client, "de", "/") == "en-gb"


@pytest.mark.parametrize("choice", ["es", "tlh", "../de", ""])
def test_a_choice_that_there_is_no_page_for_changes_nothing(
    client: Client, choice: str
) -> None:
    client.post("/language/", {"language": choice})
    assert language_of(client, "de") == "de"


def test_a_choice_leads_to_no_other_place(client: Client) -> None:
    asked = {"language": "de", "next": "https://elsewhere.example/"}
    assert client.post("/language/", asked)["Location"] == "/"


def test_no_cache_mixes_two_languages(client: Client) -> None:
    vary = client.get(LOGIN)["Vary"]
    assert "Accept-Language" in vary
    assert "Cookie" in vary


def test_a_page_that_is_not_there_is_answered_in_german_too(client: Client) -> None:
    german = client.get("/nothing", headers={"Accept-Language": "de"})
    assert german.status_code == 404
    assert '<html lang="de">' in german.content.decode()


def test_programs_are_answered_alike_whatever_they_wish(client: Client) -> None:
    client.post("/language/", {"language": "de"})
    wish = {"Accept-Language": "de"}
    for path in ("/api/v1/alerts", "/health/live", "/api/v1/nothing"):
        german, english = client.get(path, headers=wish), client.get(path)
        assert "Content-Language" not in german
        same = [each.json() | {"request_id": ""} for each in (german, english)]
        assert same[0] == same[1]


def test_the_language_ends_with_the_answer(client: Client) -> None:
    client.get(LOGIN, headers={"Accept-Language": "de"})
    assert translation.get_language() == "en-gb"


def test_the_choice_goes_along_to_another_browser(client: Client) -> None:
    nurse = make_clinician()
    client.force_login(nurse)
    client.post("/language/", {"language": "de"})
    other = Client(headers={"Accept-Language": "en-GB"})
    assert language_of(other) == "en-gb"
    other.force_login(nurse)
    assert language_of(other, page="/") == "de"
    other.post("/language/", {"language": "en"})
    assert language_of(client, "de", "/") == "en-gb"


def test_one_readers_choice_is_not_the_next_ones(client: Client) -> None:
    german, english = make_clinician(), make_clinician()
    for reader, language in ((german, "de"), (english, "en")):
        client.force_login(reader)
        client.post("/language/", {"language": language})
    client.force_login(german)
    assert language_of(client, page="/") == "de"


def sent_to(user: User) -> tuple[str, str]:
    """Return the subject of an e-mail and the text of a push about an alert."""
    user = User.objects.get(pk=user.pk)
    delivery = Delivery(recipient=user, alert_id=uuid4(), created_at=timezone.now())
    return str(email.message(delivery).subject), message.body(delivery)


GERMAN = ("Rootwatch: Bitte öffnen Sie die Übersicht", "Bitte öffnen Sie Rootwatch.")
ENGLISH = ("Rootwatch: please open the dashboard", "Please open Rootwatch.")


def test_messages_speak_the_language_of_the_pages(client: Client) -> None:
    nurse = make_clinician()
    assert sent_to(nurse) == ENGLISH
    client.force_login(nurse)
    client.post("/language/", {"language": "de"})
    assert sent_to(nurse) == GERMAN


def test_a_patients_messages_and_pages_agree(client: Client) -> None:
    patient = make_patient(language="en")
    client.force_login(patient.user)
    client.post("/language/", {"language": "de"})
    assert sent_to(patient.user) == GERMAN
    change_profile(patient.user, {"language": "en-US"})
    assert sent_to(patient.user) == ENGLISH
    assert language_of(client, "de", "/") == "en-gb"


def test_a_patient_told_in_spanish_stays_so_whatever_page_they_read(
    client: Client,
) -> None:
    patient = make_patient(language="es-MX")
    client.force_login(patient.user)
    client.post("/language/", {"language": "de"})
    patient.refresh_from_db()
    assert patient.language == "es-MX"
    assert sent_to(patient.user)[1].startswith("Por favor, abra")
