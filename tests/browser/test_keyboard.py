"""Every task by the keyboard alone: Tab finds it, its focus is seen, nothing is a trap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from alerts.models import Shift
from analytics.models import RuleOverride
from tests import factories
from tests.browser.test_narrow_pages import paths
from tracker.models import AcceptedBaseline, Message


pytestmark = pytest.mark.slow

#: More stops than any page has: whoever needs so many is going round in circles.
MOST_STOPS = 400
FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const style = getComputedStyle(at);
  const area = at.getClientRects()[0];
  const over = area && document.elementFromPoint(area.x + area.width / 2, area.y + area.height / 2);
  const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const isCovered = !over || !(at.contains(over) || over.contains(at));
  window.stops ??= new Map();
  if (!window.stops.has(at)) window.stops.set(at, window.stops.size);
  return {
    stop: window.stops.get(at),
    fault: `${isSeen ? "" : "no outline "}${isCovered ? "covered" : ""}`,
    words: at.outerHTML.slice(0, 90),
  };
}"""
#: What ought to be a stop of Tab. Of a group of radio buttons only one is.
MISSED = """() => {
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
  const isShown = (part) => part.checkVisibility({ visibilityProperty: true }) && !part.disabled;
  return stops.filter(isShown).filter((part) => part.type !== "radio" && part.type !== "hidden")
    .filter((part) => !window.stops.has(part)).map((part) => part.outerHTML.slice(0, 90));
}"""


def step(page: Page, key: str = "Tab") -> int | None:
    """Press a key; return which stop it led to, None where the page ends."""
    page.keyboard.press(key)
    found = page.evaluate(FOCUS)
    if found is None:
        return None
    assert found["fault"] == "", (page.url, found["words"])
    return found["stop"]


def walk_to(page: Page, goal: Locator) -> None:
    """Press Tab until the goal has the focus."""
    expect(goal).to_be_visible()
    for _ in range(MOST_STOPS):
        step(page)
        if goal.evaluate("part => part === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to {goal}")


def press(page: Page, goal: Locator) -> None:
    walk_to(page, goal)
    page.keyboard.press("Enter")


def write(page: Page, goal: Locator, text: str) -> None:
    walk_to(page, goal)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


@pytest.fixture
def door(page, live_server, scene, complaints):
    """Return the page at the login."""
    page.goto(live_server.url)
    yield page
    assert complaints == []


def test_from_the_login_to_a_chosen_patient(door, live_server, scene):
    page = door
    page.evaluate("document.activeElement.blur()")
    write(page, page.get_by_label("E-mail"), scene.nurse.email)
    write(page, page.get_by_label("Password"), factories.PASSWORD)
    press(page, button(page, "Log in"))
    page.wait_for_url(f"{live_server.url}/")

    press(page, page.get_by_role("link", name="Skip to the content"))
    walk_to(page, page.get_by_label("Tier"))
    page.keyboard.type("Urg")
    expect(page.locator("#worklist .name")).to_have_text(["Ben Numb"])
    press(page, page.locator("summary", has_text="Save this view"))
    write(page, page.get_by_label("Name of the view"), "Urgent ones")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Urgent ones")).to_be_visible()
    walk_to(page, page.get_by_label("Search by name"))
    page.keyboard.type("ben")
    expect(page.locator("#worklist .name")).to_have_text(["Ben Numb"])
    walk_to(page, page.get_by_role("checkbox", name="Choose the alert of Ben Numb"))
    page.keyboard.press("Space")
    walk_to(page, page.get_by_label("Hand over the ticked alerts to"))
    page.keyboard.type("Sam")
    press(page, button(page, "Hand over"))
    expect(page.locator("#worklist [data-said]")).to_contain_text("Sam Surgeon")
    press(page, page.get_by_role("link", name="Ben Numb"))
    expect(page.get_by_role("heading", name="Ben Numb")).to_be_visible()


def test_what_is_done_about_an_alert(logged_in, live_server, scene):
    page, alert = logged_in, scene.urgent
    page.goto(f"{live_server.url}/patients/{alert.patient_id}/")
    press(page, page.locator(f"#ack-{alert.pk}"))
    expect(page.get_by_text("Nora Nurse has it")).to_be_visible()
    expect(page.locator("#alerts-title")).to_be_focused()

    press(page, page.locator(f"#snooze-{alert.pk}"))
    walk_to(page, page.get_by_label("Until when"))
    until = timezone.now() + timedelta(hours=2)
    page.keyboard.type(f"{until:%m%d%Y%I%M%p}")
    walk_to(page, page.get_by_label("Why may it wait?"))
    page.keyboard.type("An app")
    press(page, button(page, "Snooze the alert"))
    expect(page.get_by_text("snoozed until")).to_be_visible()

    press(page, page.locator(f"#hand-over-{alert.pk}"))
    walk_to(page, page.get_by_label("To whom?"))
    page.keyboard.type("Sam")
    press(page, button(page, "Hand over the alert"))
    expect(page.locator("#alerts [data-said]")).to_contain_text("is asked to take")

    press(page, page.locator(f"#resolve-{alert.pk}"))
    walk_to(page, page.get_by_label("What came of it?"))
    page.keyboard.type("Seen;")
    write(page, page.get_by_label("Note"), "By telephone.")
    press(page, button(page, "Resolve the alert"))
    expect(page.get_by_text("No open alerts")).to_be_visible()
    alert.refresh_from_db()
    assert (alert.outcome, alert.outcome_note) == ("watching", "By telephone.")


def test_what_is_written_down(logged_in, live_server, scene):
    page = logged_in
    patient = f"{live_server.url}/patients/{scene.emergency.patient_id}/"
    page.goto(f"{live_server.url}/patients/{scene.quiet.pk}/")
    press(page, page.get_by_role("link", name="Message"))
    page.wait_for_url("**/record/message/")
    write(page, page.locator("textarea"), "Please test your heels.")
    press(page, button(page, "Send the message"))
    expect(page.get_by_text("The message is sent.")).to_be_visible()
    assert Message.objects.get().text == "Please test your heels."

    scene.emergency.refresh_from_db()
    patient = f"{live_server.url}/patients/{scene.emergency.patient_id}/"
    page.goto(f"{patient}record/treatment/")
    walk_to(page, page.get_by_label("What"))
    page.keyboard.type("Physio")
    press(page, button(page, "Save the treatment"))
    expect(page.get_by_text("The treatment is saved.")).to_be_visible()


def test_a_new_usual_level(logged_in, live_server, scene):
    page = logged_in
    factories.make_episode(scene.quiet)
    page.goto(f"{live_server.url}/patients/{scene.quiet.pk}/")
    press(page, page.get_by_role("link", name="Baseline", exact=True))
    page.wait_for_url("**/baselines/new/")
    walk_to(page, page.get_by_label("Side"))
    page.keyboard.type("Left")
    walk_to(page, page.get_by_label("What is measured"))
    page.keyboard.type("Heel w")
    write(page, page.get_by_label("Usual level"), "2")
    write(page, page.get_by_label("Why"), "Stable since the operation.")
    press(page, button(page, "Accept as usual"))
    expect(page.get_by_text("Accepted.")).to_be_visible()
    made = AcceptedBaseline.objects.get()
    assert (made.side, made.signal, made.value) == ("left", "test_heel_walk", 2)


def test_a_number_of_a_rule_and_a_shift(everybody, live_server, scene):
    page = everybody
    page.goto(f"{live_server.url}/clinic/rules/")
    press(page, page.locator("summary", has_text="R11"))
    press(page, page.locator("a[href$='/R11/rise_points/']"))
    page.wait_for_url("**/rise_points/")
    write(page, page.locator("#number-value"), "2.5")
    write(page, page.get_by_label("Why"), "Too many flares.")
    press(page, button(page, "Save"))
    expect(page.get_by_text("Too many flares.")).to_be_visible()
    assert RuleOverride.objects.get().value == 2.5

    before = Shift.objects.count()
    page.goto(f"{live_server.url}/clinic/on-call/")
    press(page, page.locator("summary", has_text="Add a shift"))
    form = page.locator("#add-shift")
    walk_to(page, form.get_by_label("Who", exact=True))
    page.keyboard.type("Sam")
    walk_to(page, form.get_by_label("From"))
    page.keyboard.type("0800AM")
    walk_to(page, form.get_by_label("To, the next day"))
    page.keyboard.type("0500PM")
    press(page, form.get_by_role("button"))
    expect(button(page, "Remove the shift of Sam Surgeon")).to_be_visible()
    assert Shift.objects.count() == before + 1


def test_tab_reaches_everything_and_leaves_again(everybody, live_server, scene):
    page, wrong = everybody, {}
    for path in paths(scene):
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        if page.locator("#looking-back[hx-get]").count():
            page.locator("#looking-back").scroll_into_view_if_needed()
            expect(page.locator("#responses-title")).to_be_visible()
        page.evaluate("document.activeElement.blur()")
        for _ in range(MOST_STOPS):
            if step(page) is None:
                break
        else:
            wrong[path] = ["Tab never leaves the page"]
        missed = page.evaluate(MISSED)
        if missed:
            wrong[path] = missed
        assert step(page, "Shift+Tab") is not None, path
    assert wrong == {}


def test_what_is_loaded_late_takes_over_the_focus(logged_in, live_server, scene):
    page = logged_in
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    page.locator("#looking-back a").focus()  # comes into sight, and is replaced
    expect(page.locator("#responses-title")).to_be_focused()
