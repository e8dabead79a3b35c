"""No page breaks a rule of WCAG 2.2 AA that a machine can check, light or dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import log_in


pytestmark = pytest.mark.slow

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def broken_rules(page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_break_no_rule(logged_in, live_server, scene, scheme):
    page = logged_in
    page.emulate_media(color_scheme=scheme)
    page.goto(live_server.url)
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible()
    page.locator("#looking-back").scroll_into_view_if_needed()
    expect(page.locator("#responses-title")).to_be_visible()
    page.get_by_text("Resolve …").click()
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/clinic/on-call/")
    page.get_by_text("Somebody stands in for me").click()
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/clinic/figures/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible()
    assert broken_rules(page) == []
    for path in ("/accounts/2fa/", "/accounts/password/change/"):
        page.goto(f"{live_server.url}{path}")
        assert broken_rules(page) == [], path


def test_administrators_pages_break_no_rule(page, live_server, scene):
    clinic = scene.nurse.memberships.get().clinic
    boss = factories.make_administrator(clinic, email="boss@clinic.example")
    log_in(page, live_server.url, boss.email)
    for path in ("/clinic/", "/clinic/people/", "/clinic/on-call/", "/clinic/figures/"):
        page.goto(f"{live_server.url}{path}")
        for more in page.locator("main summary").all():
            more.click()
        assert broken_rules(page) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_administrators_break_no_rule(page, live_server, scene, scheme):
    page.emulate_media(color_scheme=scheme)
    administrator = factories.make_administrator(scene.quiet.clinic)
    log_in(page, live_server.url, administrator.email)
    for path in ("/clinic/rules/", "/clinic/rules/R11/rise_points/"):
        page.goto(f"{live_server.url}{path}")
        assert broken_rules(page) == [], path
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path


def test_paper_is_light_where_the_screen_is_dark(logged_in, live_server, scene):
    page = logged_in
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible()
    page.emulate_media(color_scheme="dark", media="print")
    assert broken_rules(page) == []
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("h1")).to_have_css("color", "rgb(23, 33, 43)")
    card = page.locator("article.alert").first
    expect(card).to_have_css("background-color", "rgb(255, 255, 255)")
    label = page.locator("[data-chart=pain] svg text").first
    expect(label).to_have_css("fill", "rgb(81, 96, 110)")
    silence = page.locator("[data-chart=pain] .mark-rect path").first
    expect(silence).to_have_css("fill", "rgb(223, 228, 233)")
    page.emulate_media(color_scheme="dark", media="screen")
    expect(label).to_have_css("fill", "rgb(163, 177, 189)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_others_see_breaks_no_rule(page, live_server, scene, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    patient = scene.emergency.patient
    patient.user = factories.make_user(email="ana@home.example")
    patient.save()
    log_in(page, live_server.url, patient.user.email)
    expect(page.get_by_role("heading", name="Hello Ana Drop")).to_be_visible()
    assert broken_rules(page) == []
    for path in ("/nowhere/", "/joining/", "/accounts/2fa/"):
        page.goto(f"{live_server.url}{path}")
        assert broken_rules(page) == [], path


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_the_entrance_breaks_no_rule(page, live_server, path):
    page.goto(f"{live_server.url}{path}")
    assert broken_rules(page) == []
