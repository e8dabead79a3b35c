"""A note on an alert that stays as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from alerts.domain import notes
from alerts.errors import NoteInvalid
from alerts.models import Alert, AlertNote
from alerts.services import answering, noting
from tests.factories import client_of, make_clinician
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tracker.errors import NotAClinician, NotFound


MINUTE = timedelta(minutes=1)
WORDS = "canary Comes in at four, <b>walks</b> on sticks."


@pytest.fixture
def alert(ward: Ward) -> Alert:
    return make_alert(ward, tier="urgent", rule="R06", category="motor")


def write(alert: Alert, by, kind: str = notes.NOTE, text: str = WORDS, at=NOW):
    return noting.write(alert.pk, by=by, kind=kind, text=text, now=at)


def test_a_note_changes_nothing_but_the_log(ward: Ward, alert: Alert) -> None:
    before = Alert.objects.filter(pk=alert.pk).values().get()
    written = write(alert, ward.duty)
    assert (written.author, written.written_at, written.text) == (ward.duty, NOW, WORDS)
    assert Alert.objects.filter(pk=alert.pk).values().get() == before
    line = alert.log.get(action="noted")
    assert (line.actor, line.detail) == (ward.duty, {"kind": "note"})


def test_sent_twice_it_is_one_note(ward: Ward, alert: Alert) -> None:
    first = write(alert, ward.duty)
    assert write(alert, ward.duty, at=NOW + MINUTE / 2) == first
    assert write(alert, ward.second, at=NOW + MINUTE / 2) != first
    assert write(alert, ward.duty, at=NOW + MINUTE) != first
    assert AlertNote.objects.count() == 3


@pytest.mark.parametrize(
    ("kind", "text"),
    [("note", ""), ("note", "   "), ("shouted", "x"), ("note", "x" * 2001)],
)
def test_nothing_and_too_much_are_refused(ward: Ward, alert, kind, text) -> None:
    with pytest.raises(NoteInvalid):
        write(alert, ward.duty, kind, text)
    assert not AlertNote.objects.exists()


def test_there_is_an_end_to_notes(ward: Ward, alert: Alert, monkeypatch) -> None:
    monkeypatch.setattr(notes, "MOST_NOTES", 2)
    for number in range(2):
        write(alert, ward.duty, text=f"note {number}")
    with pytest.raises(NoteInvalid, match="2 notes already"):
        write(alert, ward.duty, text="one more")


def test_only_a_clinician_of_the_patient_writes(ward: Ward, alert: Alert) -> None:
    with pytest.raises(NotAClinician):
        write(alert, ward.administrator)
    with pytest.raises(NotFound):
        write(alert, make_clinician())


def test_a_call_that_reached_the_patient_ends_their_wish(ward: Ward, alert) -> None:
    answering.patient_acknowledge(
        alert.pk, by=ward.patient.user, answer="call_me", now=NOW
    )
    write(alert, ward.duty, notes.NOT_REACHED, "")
    alert.refresh_from_db()
    assert alert.call_back_by
    write(alert, ward.duty, notes.SPOKE, "")
    alert.refresh_from_db()
    assert alert.call_back_by is None
    assert alert.log.filter(action="called_back").count() == 1


def test_over_the_api(ward: Ward, alert: Alert) -> None:
    address, nurse = f"/api/v1/alerts/{alert.pk}/notes", client_of(ward.duty)
    answer = nurse.post(address, {"text": WORDS}, content_type="application/json")
    assert (answer.status_code, answer.json()["kind"]) == (201, "note")
    (shown,) = nurse.get(address).json()["results"]
    assert (shown["text"], shown["author"]["id"]) == (WORDS, ward.duty.pk)
    empty = nurse.post(address, {}, content_type="application/json")
    assert (empty.status_code, empty.json()["code"]) == (400, "note_invalid")
    assert client_of(ward.patient.user).get(address).status_code == 404


def test_on_the_page_of_the_patient(ward: Ward, alert: Alert) -> None:
    client = Client()
    client.force_login(ward.duty)
    sent = {"from": "patient", "kind": "not_reached", "note": WORDS}
    client.post(f"/alerts/{alert.pk}/notes/", sent)
    page = client.get(f"/patients/{ward.patient.pk}/").content.decode()
    assert page.count("canary Comes in at four, &lt;b&gt;walks") == 2  # card, timeline
    assert "called, not reached" in page
    kept = client.post(
        f"/alerts/{alert.pk}/notes/",
        sent | {"kind": "shouted"},
        headers={"hx-request": "true"},
    )
    assert "What you typed was not stored" in kept.content.decode()
    assert "canary" in kept.content.decode()


def test_the_worklist_shows_the_newest_note(ward: Ward, alert: Alert) -> None:
    nurse = Client()
    nurse.force_login(ward.duty)
    assert "Comes in at four" not in nurse.get("/").content.decode()
    write(alert, ward.duty)
    write(alert, ward.second, notes.NOT_REACHED, "<i>Engaged</i>", at=NOW + MINUTE)
    page = nurse.get("/").content.decode()
    name = ward.second.name or ward.second.email
    assert name in page
    assert "called, not reached, “&lt;i&gt;Engaged&lt;/i&gt;”" in page
    assert "Comes in at four" not in page
