"""Notes on an alert and the filter of who waits for a call, by the keyboard alone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from alerts.models import AlertNote
from alerts.services import answering
from tests.browser.test_keyboard import button, press, walk_to, write


pytestmark = pytest.mark.slow

WORDS = "Nobody answers; <b>try</b> the daughter at four."


def test_a_call_that_reached_nobody_is_written_down(logged_in, live_server, scene):
    page, alert = logged_in, scene.urgent
    page.goto(f"{live_server.url}/patients/{alert.patient_id}/")
    press(page, page.locator(f"#write-{alert.pk}"))
    walk_to(page, page.get_by_label("What happened?"))
    page.keyboard.type("Called, not")
    write(page, page.locator(f"#own-note-{alert.pk}"), WORDS)
    press(page, button(page, "Write it down"))
    notes = page.get_by_role("region", name="Notes")
    expect(notes).to_contain_text("Nora Nurse: called, not reached")
    expect(notes).to_contain_text(WORDS)
    note = AlertNote.objects.get()
    assert (note.kind, note.text, note.author) == ("not_reached", WORDS, scene.nurse)
    alert.refresh_from_db()
    assert alert.state in ("open", "notified")

    page.goto(live_server.url)
    row = page.locator(f"#row-{alert.pk}")
    expect(row).to_contain_text("called, not reached")
    expect(row).to_contain_text("try")


def test_who_waits_for_a_call_is_found(logged_in, live_server, scene):
    page, alert = logged_in, scene.soon
    answering.patient_acknowledge(
        alert.pk, by=alert.patient.user, answer="call_me", now=timezone.now()
    )
    page.goto(live_server.url)
    expect(page.locator("#worklist .row .name")).to_have_count(3)
    walk_to(page, page.get_by_label("Waits for a call"))
    page.keyboard.press("Space")
    expect(page.locator("#worklist .row .name")).to_have_text(["Cleo Creep"])
    press(page, page.get_by_role("link", name="Cleo Creep"))
    press(page, button(page, "I have called the patient"))
    expect(page.get_by_text("The patient was called back.")).to_be_visible()
