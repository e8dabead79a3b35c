"""What a nurse does, in a real browser: look, open, acknowledge, resolve."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from alerts.services.answering import acknowledge, resolve
from tests.browser.conftest import forget_session, log_in
from tests.clinic_scene import make_alert


pytestmark = pytest.mark.slow


def acknowledge_button(page, name: str):
    return page.get_by_role("button", name=f"Acknowledge the alert of {name}")


def test_from_worklist_to_outcome(logged_in, scene):
    page = logged_in
    names = page.locator("#worklist .name").all_inner_texts()
    assert names == ["Ana Drop", "Ben Numb", "Cleo Creep"]

    acknowledge_button(page, "Ana Drop").click()
    expect(
        page.locator("[data-said]").get_by_text("You have acknowledged")
    ).to_be_visible()
    expect(page.locator(f"#row-{scene.emergency.pk}")).to_contain_text(
        "Nora Nurse has it"
    )
    expect(page.locator(f"#open-{scene.emergency.pk}")).to_be_focused()

    page.get_by_role("link", name="Ana Drop").click()
    expect(page.get_by_role("heading", name="Ana Drop")).to_be_visible()
    page.get_by_text("Evidence: rule R05").click()
    expect(page.locator(".evidence")).to_contain_text("heel walk left, 1 of 3")
    page.get_by_text("Evidence: rule R05").click()

    page.get_by_text("Resolve …").click()
    page.get_by_label("What came of it?").select_option("examined_referred")
    page.get_by_label("Note").fill("MRI tomorrow at nine.")
    page.get_by_role("button", name="Resolve the alert").click()
    expect(page.get_by_text("No open alerts")).to_be_visible()
    scene.emergency.refresh_from_db()
    assert scene.emergency.outcome_note == "MRI tomorrow at nine."


def test_charts_are_drawn_with_gaps_and_without_complaints(
    logged_in, live_server, scene
):
    page = logged_in
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    pain = page.locator("[data-chart=pain] svg")
    expect(pain).to_be_visible()
    assert page.locator("#charts svg").count() == 4
    lines = pain.locator(".mark-line path")
    assert lines.count() == 4  # two legs, each broken once by silence
    assert pain.locator(".mark-rect path").count() >= 1
    page.get_by_role("link", name="30 days").click()
    expect(page.locator("#charts")).to_have_attribute("data-drawn", "range=30")
    page.get_by_text("The charts in words").click()
    expect(page.locator(".charts .alternative")).to_contain_text(
        "Left leg: last 4 of 10"
    )


def test_drawing_over_some_days_shows_these(logged_in, live_server, scene):
    page = logged_in
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    expect(page.locator("#charts[data-drawn='range=90']")).to_be_visible()
    chart = page.locator("[data-chart=events] svg")
    box = chart.bounding_box()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    y = box["y"] + 15
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=6)
    page.mouse.up()
    expect(page.locator("#charts[data-drawn^='from=']")).to_be_visible()
    first, last = (page.get_by_label(name).input_value() for name in ("From", "until"))
    shown = date.fromisoformat(last) - date.fromisoformat(first)
    assert 10 < shown.days < 30
    assert f"?from={first}&to={last}" in page.url
    page.reload()
    expect(page.get_by_label("From")).to_have_value(first)
    expect(
        page.locator(f"#charts[data-drawn='from={first}&to={last}']")
    ).to_be_visible()
    page.get_by_role("link", name="30 days").click()
    expect(page.locator("#charts[data-drawn='range=30']")).to_be_visible()


def test_everything_works_from_the_keyboard(logged_in, scene):
    page = logged_in
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(f"#open-{scene.emergency.pk}")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(f"#row-{scene.urgent.pk}")).to_contain_text("Nora Nurse has it")
    expect(page.locator(f"#open-{scene.urgent.pk}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ben Numb")).to_be_visible()
    page.locator(f"#resolve-{scene.urgent.pk}").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Examined and")
    page.keyboard.press("Tab")
    page.keyboard.type("Seen by telephone first.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No open alerts")).to_be_visible()
    scene.urgent.refresh_from_db()
    assert scene.urgent.outcome == "examined_referred"


def test_two_clinicians_at_once_see_each_other(page, browser, live_server, scene):
    """Whoever is second is told who was first, and nothing is overwritten."""
    patient = f"{live_server.url}/patients/{scene.urgent.patient_id}/"
    log_in(page, live_server.url, scene.nurse.email)
    page.goto(patient)
    page.get_by_text("Resolve …").click()  # an open form is not swept away by news
    page.get_by_label("What came of it?").select_option("watching")
    page.get_by_label("Note").fill("Mine, and late.")

    other = browser.new_context().new_page()
    log_in(other, live_server.url, scene.colleague.email)
    other.goto(patient)
    other.get_by_text("Resolve …").click()
    other.get_by_label("What came of it?").select_option("examined_referred")
    other.get_by_label("Note").fill("I was first.")
    other.get_by_role("button", name="Resolve the alert").click()
    expect(other.get_by_text("No open alerts")).to_be_visible()

    page.get_by_role("button", name="Resolve the alert").click()
    expect(page.locator("#alerts [data-said]")).to_contain_text(
        "Sam Surgeon resolved it"
    )
    expect(page.get_by_label("What you typed")).to_have_value("Mine, and late.")
    scene.urgent.refresh_from_db()
    assert scene.urgent.outcome == "examined_referred"
    assert scene.urgent.outcome_note == "I was first."


def test_news_wait_for_an_open_form_and_say_so(page, live_server, scene, complaints):
    patient = scene.urgent.patient
    log_in(page, live_server.url, scene.nurse.email)
    page.goto(f"{live_server.url}/patients/{patient.pk}/")
    page.get_by_text("Resolve …").click()
    page.get_by_label("Note").fill("Half a thought")
    look = "htmx.trigger(document.getElementById('alerts'), 'news')"
    with page.expect_response("**/alerts/"):
        page.evaluate(look)
    page.wait_for_timeout(300)
    expect(page.locator("#news")).to_be_hidden()  # nothing has changed
    make_alert(
        patient,
        tier="emergency",
        hours=1,
        now=scene.emergency.opened_at,
        category="red_flag",
    )
    page.evaluate(look)
    expect(page.locator("#news")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Half a thought")
    expect(page.locator("article.alert")).to_have_count(1)
    page.locator("#news button").press("Enter")
    expect(page.locator("article.alert")).to_have_count(2)
    expect(page.locator("#news")).to_be_hidden()
    note = page.locator(f"#resolve-{scene.urgent.pk}").locator("xpath=..")
    expect(note.get_by_label("Note")).to_have_value("Half a thought")

    acknowledge(scene.urgent.pk, by=scene.colleague, now=scene.emergency.opened_at)
    resolve(
        scene.urgent.pk,
        by=scene.colleague,
        outcome="watching",
        now=scene.emergency.opened_at,
    )
    page.evaluate(look)
    page.locator("#news button").click()
    expect(page.locator("article.alert")).to_have_count(1)
    expect(page.get_by_label("Your words, whose form")).to_have_value(
        "Half a thought\n"
    )
    assert complaints == []


def test_on_a_phone_the_first_alert_comes_before_the_filter(
    page, live_server, scene, complaints
):
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, live_server.url, scene.nurse.email)
    expect(page.get_by_label("Search by name")).to_be_hidden()
    first = page.locator("#worklist [data-step]").first.bounding_box()
    assert first["y"] < 500
    page.get_by_text("Search and filter").press("Enter")
    page.get_by_label("Search by name").press_sequentially("dora")
    expect(page.locator("#worklist")).not_to_contain_text("Ana Drop")
    expect(page.get_by_label("Search by name")).to_be_visible()
    page.goto(f"{live_server.url}/?search=Dora")
    expect(page.get_by_label("Search by name")).to_be_visible()  # it is in force
    assert complaints == []


def test_a_new_emergency_appears_without_a_reload(logged_in, scene):
    page = logged_in
    page.evaluate("window.marker = 'same page'")
    make_alert(scene.quiet, tier="emergency", hours=1, now=scene.emergency.opened_at)
    expect(page.locator(".name").first).to_have_text("Dora Quiet", timeout=25_000)
    assert page.evaluate("window.marker") == "same page"


def test_news_appear_at_once_without_waiting_for_the_poll(
    page, live_server, scene, settings
):
    settings.LIVE_STREAMS = 4
    with page.expect_request("**/events/"):
        log_in(page, live_server.url, scene.nurse.email)
    page.evaluate("window.marker = 'same page'")
    now = scene.emergency.opened_at
    acknowledge(scene.emergency.pk, by=scene.colleague, now=now)
    row = page.locator(f"#row-{scene.emergency.pk}")
    # The poll comes after 20 seconds.
    expect(row).to_contain_text("Sam Surgeon has it", timeout=8_000)
    assert page.evaluate("window.marker") == "same page"


def test_the_line_about_delays_goes_with_the_delay(
    page, live_server, scene, settings, monkeypatch
):
    settings.LIVE_STREAMS = 4
    delayed = "dashboard.selectors.worklist.alerts_delayed"
    monkeypatch.setattr(delayed, lambda *, now: True)
    with page.expect_request("**/events/"):
        log_in(page, live_server.url, scene.nurse.email)
    expect(page.locator("#worklist .delayed")).to_be_visible()
    page.wait_for_timeout(2_000)  # what the first event asked for has been answered
    monkeypatch.setattr(delayed, lambda *, now: False)
    expect(page.locator("#worklist .delayed")).to_have_count(0, timeout=25_000)


def test_searching_swaps_the_list_and_keeps_the_cursor(logged_in, scene):
    page = logged_in
    search = page.get_by_label("Search by name")
    search.press_sequentially("ben")
    expect(page.locator("#worklist .name")).to_have_text(["Ben Numb"])
    hidden = page.locator(".notice", has_text="The filter hides alerts")
    expect(hidden).to_contain_text("1 emergency")
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile(r"/\?search=ben$"))
    page.reload()
    expect(page.locator("#worklist .name")).to_have_text(["Ben Numb"])
    page.get_by_role("link", name="Show all").last.click()
    expect(page.locator("#worklist .name")).to_have_count(3)


def test_a_session_that_ends_loses_nothing_typed(page, live_server, scene, complaints):
    log_in(page, live_server.url, scene.nurse.email)
    page.goto(f"{live_server.url}/patients/{scene.urgent.patient_id}/")
    page.get_by_text("Resolve …").click()
    page.get_by_label("What came of it?").select_option("watching")
    page.get_by_label("Note").fill("A long thought.")
    forget_session(page)
    page.get_by_role("button", name="Resolve the alert").click()
    expect(page.get_by_text("You have been logged out")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("A long thought.")

    other = page.context.new_page()
    log_in(other, live_server.url, scene.nurse.email)
    other.close()
    page.get_by_role("button", name="Resolve the alert").click()
    expect(page.get_by_text("No open alerts")).to_be_visible()
    scene.urgent.refresh_from_db()
    assert scene.urgent.outcome_note == "A long thought."


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_the_entrance_has_no_complaints(page, live_server, complaints, path, db):
    page.goto(f"{live_server.url}{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert complaints == []


def test_ticked_alerts_are_handed_over_in_one_go(logged_in, scene):
    page = logged_in
    bar = page.get_by_role("form", name="Hand over the ticked alerts")
    expect(bar).to_be_hidden()
    for name in ("Ana Drop", "Ben Numb"):
        page.get_by_role("checkbox", name=f"Choose the alert of {name}").check()
    expect(bar).to_be_visible()
    # News sweep the list in anew; what is ticked and has not moved stays ticked.
    with page.expect_response("**/worklist/**"):
        page.evaluate("htmx.trigger('#worklist', 'news')")
    page.wait_for_timeout(300)
    expect(page.locator(".tick :checked")).to_have_count(2)
    page.get_by_label("Hand over the ticked alerts to").select_option("Sam Surgeon")
    page.get_by_role("button", name="Hand over", exact=True).press("Enter")
    said = page.locator("#worklist [data-said]")
    expect(said).to_have_text("2 alerts were handed to Sam Surgeon, who is being told.")
    row = page.locator(f"#row-{scene.emergency.pk}")
    expect(row).to_contain_text("Asked: Sam Surgeon")
    expect(bar).to_be_hidden()


def test_a_filter_is_saved_as_a_view(logged_in):
    page = logged_in
    page.get_by_label("Tier").select_option("urgent")
    expect(page.locator("#worklist .name")).to_have_text(["Ben Numb"])
    page.get_by_text("Save this view").click()
    page.get_by_label("Name of the view").fill("Urgent ones")
    page.get_by_label("Name of the view").press("Enter")
    view = page.get_by_role("link", name="Urgent ones")
    expect(view).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Show all").first.click()
    expect(page.locator("#worklist .name")).to_have_count(3)
    view.click()
    expect(page.locator("#worklist .name")).to_have_text(["Ben Numb"])
    page.get_by_role("button", name="Remove the view Urgent ones").click()
    expect(view).to_have_count(0)
