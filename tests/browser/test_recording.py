"""A nurse writes down an examination: by keyboard, and when the session has ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import forget_session, log_in
from tests.browser.test_accessibility import broken_rules
from tracker.models import Exam


pytestmark = pytest.mark.slow


def address(live_server, scene, kind: str) -> str:
    return f"{live_server.url}/patients/{scene.emergency.patient_id}/record/{kind}/"


@pytest.fixture
def form(logged_in, live_server, scene):
    logged_in.goto(address(live_server, scene, "exam"))
    return logged_in


def test_an_examination_by_keyboard_alone(form, scene):
    form.get_by_label("Power, MRC grade, L5 big-toe extension, left").focus()
    form.keyboard.type("3")
    form.keyboard.press("Tab")
    form.keyboard.type("5")
    form.get_by_role("button", name="Save the examination").focus()
    form.keyboard.press("Enter")
    expect(form.get_by_text("The examination is saved.")).to_be_visible()
    found = Exam.objects.get().findings.values_list("location", "side", "grade")
    assert set(found) == {("L5", "left", 3), ("L5", "right", 5)}
    expect(form.get_by_role("rowheader", name="L5")).to_be_visible()


def test_nothing_typed_is_lost_when_the_session_ends(page, live_server, scene):
    # Not `logged_in`: the browser itself notes the refusal in its console.
    form = page
    log_in(form, live_server.url, scene.nurse.email)
    form.goto(address(live_server, scene, "exam"))
    form.get_by_label("Power, MRC grade, L5 big-toe extension, left").select_option("2")
    form.get_by_label("Note").fill("Trips on stairs since Monday.")
    forget_session(form)
    form.get_by_role("button", name="Save the examination").click()
    expect(form.locator("#connection")).to_contain_text("What you typed is still here")
    other = form.context.new_page()
    log_in(other, live_server.url, scene.nurse.email)
    other.close()
    form.get_by_role("button", name="Save the examination").click()
    expect(form.get_by_text("The examination is saved.")).to_be_visible()
    made = Exam.objects.get()
    assert made.note == "Trips on stairs since Monday."
    assert made.findings.get().grade == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_forms_break_no_rule_and_fit_a_phone(form, live_server, scene, scheme):
    form.emulate_media(color_scheme=scheme)
    assert broken_rules(form) == []
    form.set_viewport_size({"width": 390, "height": 844})
    assert form.evaluate("document.documentElement.scrollWidth") == 390
    for kind in ("treatment", "message", "episode"):
        form.goto(address(live_server, scene, kind))
        assert broken_rules(form) == [], kind
