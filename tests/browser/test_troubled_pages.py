"""What the pages say while they load, when the server fails, and of nothing at all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests import factories
from tests.browser.conftest import forget_session, log_in
from tests.browser.test_accessibility import broken_rules


pytestmark = pytest.mark.slow


@pytest.fixture
def nurse(page, live_server, scene):
    # Not `logged_in`: the browser itself notes each failure in its console.
    log_in(page, live_server.url, scene.nurse.email)
    return page


@pytest.fixture
def address(live_server, scene) -> str:
    return f"{live_server.url}/patients/{scene.emergency.patient_id}/"


def fail(route: Route) -> None:
    route.fulfill(status=500, body="")


class Held:
    """A request that is answered when the test says so."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def __call__(self, route: Route) -> None:
        self.routes.append(route)

    def release(self) -> None:
        for route in self.routes:
            route.continue_()


def test_charts_that_fail_say_where_else_it_stands(nurse, address):
    nurse.route("**/charts.json**", fail)
    nurse.goto(address)
    said = "The charts could not be drawn. The same stands in words"
    expect(nurse.locator("#charts")).to_contain_text(said)
    expect(nurse.locator("#live")).to_contain_text(said)
    assert broken_rules(nurse) == []
    nurse.unroute("**/charts.json**")
    nurse.get_by_role("link", name="30 days").click()
    expect(nurse.locator("#charts[data-drawn='range=30'] svg").first).to_be_visible()


def test_charts_after_the_session_say_so(nurse, address):
    nurse.goto(address)
    expect(nurse.locator("#charts[data-drawn]")).to_be_visible()
    forget_session(nurse)
    nurse.get_by_role("link", name="30 days").click()
    expect(nurse.locator("#charts")).to_contain_text("You have been logged out")


def test_the_range_asked_for_last_is_the_one_that_is_drawn(nurse, address):
    nurse.goto(address)
    charts = nurse.locator("#charts")
    expect(nurse.locator("#charts[data-drawn='range=90']")).to_be_visible()
    slow = Held()
    nurse.route("**/charts.json?range=30", slow)
    nurse.get_by_role("link", name="30 days").click()
    expect(charts).to_have_attribute("aria-busy", "true")
    nurse.get_by_role("link", name="All", exact=True).click()
    expect(nurse.locator("#charts[data-drawn='range=all']")).to_be_visible()
    expect(charts).not_to_have_attribute("aria-busy", "true")
    drawn = charts.inner_html()
    with nurse.expect_response("**/charts.json?range=30"):
        slow.release()
    nurse.wait_for_timeout(800)
    assert charts.inner_html() == drawn


def test_a_slow_filter_says_that_it_is_at_work(nurse):
    slow = Held()
    nurse.route("**/worklist/?*", slow)
    loading = nurse.locator("#filter .waits")
    expect(loading).to_be_hidden()
    nurse.get_by_label("Tier").select_option("urgent")
    expect(loading).to_be_visible()
    slow.release()
    expect(nurse.locator("#worklist .name")).to_have_text(["Ben Numb"])
    expect(loading).to_be_hidden()


def test_an_answer_that_fails_changes_nothing_and_can_be_given_again(nurse, scene):
    nurse.route("**/acknowledge/**", fail)
    answer = nurse.get_by_role("button", name="Acknowledge the alert of Ana Drop")
    answer.click()
    trouble = nurse.locator("#connection")
    expect(trouble).to_contain_text("The server could not do this")
    assert broken_rules(nurse) == []
    nurse.unroute("**/acknowledge/**")
    answer.click()
    expect(nurse.locator(f"#row-{scene.emergency.pk}")).to_contain_text(
        "Nora Nurse has it"
    )
    expect(trouble).to_be_hidden()


def test_a_lost_connection_is_told_and_so_is_that_it_is_back(nurse):
    nurse.context.set_offline(offline=True)
    nurse.evaluate("htmx.trigger('#worklist', 'news')")
    trouble = nurse.locator("#connection")
    expect(trouble).to_contain_text("No connection to the server")
    expect(nurse.locator("#worklist .name").first).to_have_text("Ana Drop")
    nurse.context.set_offline(offline=False)
    nurse.evaluate("htmx.trigger('#worklist', 'news')")
    expect(trouble).to_be_hidden()


def test_a_look_back_that_fails_leaves_its_link(nurse, address):
    nurse.route("**/looking-back/", fail)
    nurse.goto(address)
    link = nurse.locator("#looking-back a")
    link.scroll_into_view_if_needed()
    expect(nurse.locator("#connection")).to_contain_text("The server could not do this")
    expect(link).to_be_visible()
    nurse.unroute("**/looking-back/")
    link.click()
    expect(nurse.get_by_role("heading", name="Looking back")).to_be_visible()


def test_a_clinic_on_its_first_day(page, live_server, transactional_db, complaints):
    clinic = factories.make_clinic()
    team = factories.make_team(clinic)
    nurse = factories.make_clinician(team=team, email="first@clinic.example")
    log_in(page, live_server.url, nurse.email)
    expect(page.locator("#worklist")).to_contain_text("Nobody waits for an answer.")
    page.goto(f"{live_server.url}/clinic/figures/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible()
    expect(page.get_by_text("No alert was opened in this time.")).to_be_visible()
    assert broken_rules(page) == []
    patient = factories.make_patient(team=team, name="Finn First")
    page.goto(f"{live_server.url}/patients/{patient.pk}/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible()
    for words in ("No open alerts.", "No entries yet.", "No examination recorded yet."):
        expect(page.get_by_text(words)).to_be_visible()
    assert broken_rules(page) == []
    assert complaints == []


def test_a_button_looks_busy_while_its_own_answer_is_on_its_way(nurse, address):
    nurse.goto(address)
    answer = nurse.get_by_role("button", name="Acknowledge")
    poll, own = Held(), Held()
    nurse.route("**/alerts/", poll)
    nurse.route("**/acknowledge/", own)
    with nurse.expect_request("**/alerts/"):
        nurse.evaluate("htmx.trigger('#alerts', 'news')")
    expect(nurse.locator("#alerts.htmx-request")).to_be_visible()
    expect(answer).to_have_css("opacity", "1")
    answer.click()
    expect(answer).to_have_css("opacity", "0.6")
    own.release()
    expect(nurse.locator("#alerts [data-said]")).to_be_visible()
