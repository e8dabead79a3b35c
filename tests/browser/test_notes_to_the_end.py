"""What a note of a call leads to: it stands in the timeline, and the wish is met."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from alerts.models import AlertNote
from alerts.services import answering
from tests.browser.test_accessibility import broken_rules
from tests.browser.test_keyboard import button, press, walk_to, write


pytestmark = pytest.mark.slow

WORDS = "Foot slaps on stairs; <b>comes</b> at four."


@pytest.fixture
def wished(logged_in, live_server, scene) -> Page:
    """Return the page of a patient who asked to be called."""
    alert = scene.soon
    answering.patient_acknowledge(
        alert.pk, by=alert.patient.user, answer="call_me", now=timezone.now()
    )
    logged_in.goto(f"{live_server.url}/patients/{alert.patient_id}/")
    return logged_in


def note(page: Page, alert, kind: str, words: str = "") -> None:
    """Write a note by the keyboard alone."""
    press(page, page.locator(f"#write-{alert.pk}"))
    walk_to(page, page.get_by_label("What happened?"))
    page.keyboard.type(kind)
    if words:
        write(page, page.locator(f"#own-note-{alert.pk}"), words)
    press(page, button(page, "Write it down"))
    expect(page.locator("#alerts [data-said]")).to_be_visible()


def waiting_for_a_call(page: Page, address: str):
    page.goto(address)
    walk_to(page, page.get_by_label("Waits for a call"))
    page.keyboard.press("Space")
    return page.locator("#worklist .row .name")


def test_the_wish_lasts_until_somebody_has_spoken(wished, live_server, scene):
    page, alert = wished, scene.soon
    patient = page.url
    note(page, alert, "Called, not")
    expect(button(page, "I have called the patient")).to_be_visible()
    names = waiting_for_a_call(page, f"{live_server.url}/")
    expect(names).to_have_text(["Cleo Creep"])

    page.goto(patient)
    note(page, alert, "Called, spoke")
    expect(button(page, "I have called the patient")).to_have_count(0)
    names = waiting_for_a_call(page, f"{live_server.url}/")
    expect(names).to_have_count(0)
    alert.refresh_from_db()
    assert alert.call_back_by is None
    assert alert.state in ("open", "notified")  # a note ends nothing
    kinds = AlertNote.objects.order_by("written_at").values_list("kind", flat=True)
    assert list(kinds) == ["not_reached", "spoke"]


def test_a_note_stands_in_the_timeline_as_it_was_typed(wished, scene):
    page, alert = wished, scene.soon
    note(page, alert, "Called, not", WORDS)
    page.reload()
    line = page.locator(".dated li", has_text=WORDS)
    expect(line).to_have_count(1)
    expect(line).to_contain_text("called, not reached")
    expect(line).to_contain_text("Nora Nurse")
    expect(line.locator("b")).to_have_count(0)
    assert broken_rules(page) == []


def test_a_note_without_words_says_so_and_keeps_the_focus_near(wished, scene):
    page, alert = wished, scene.soon
    press(page, page.locator(f"#write-{alert.pk}"))
    press(page, button(page, "Write it down"))
    expect(page.locator("#alerts [data-said]")).to_contain_text("Not written down.")
    expect(page.locator("#alerts-title")).to_be_focused()
    assert not AlertNote.objects.exists()
