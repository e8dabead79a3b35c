"""A German browser, on a telephone: every task in German, nothing runs out of the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from alerts.models import Alert
from analytics.models import Flag
from tests import factories
from tests.browser.test_accessibility import broken_rules


pytestmark = pytest.mark.slow

ENGLISH = re.compile(
    r"\b(?:the|with|without|for|not|none|left|right|alerts|patients|days?|ago|never|"
    r"save|choose|waiting|since|last|open|from|usual|entries|treatment|answer|leg)\b"
)


@pytest.fixture
def browser_context_args(browser_context_args):
    return browser_context_args | {
        "locale": "de-DE",
        "viewport": {"width": 390, "height": 844},
    }


def log_in_german(page: Page, address: str, email: str) -> None:
    page.goto(address)
    page.get_by_label("E-Mail").fill(email)
    page.get_by_label("Passwort").fill(factories.PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.wait_for_url(f"{address}/")


def look(page: Page, address: str) -> None:
    """Check that a page is German and as wide as the telephone."""
    page.goto(address)
    if page.locator("#charts").count():
        expect(page.locator("#charts[data-drawn]")).to_be_visible(timeout=20_000)
    for more in page.locator("main summary").all():
        more.click()
    said = page.evaluate("document.body.innerText").replace("Left heel", "")
    said = said.replace(f"{factories.CANARY} treatment", "")  # as it was typed
    assert not {found.group() for found in ENGLISH.finditer(said)}, address
    assert page.evaluate("document.documentElement.scrollWidth") == 390, address


def test_a_nurse_works_in_german(page, live_server, scene, complaints) -> None:
    told = "Nothing was logged for 4 days."
    Alert.objects.update(reason=told)
    Flag.objects.update(explanation=told, patient_title="A pain flare")
    log_in_german(page, live_server.url, scene.nurse.email)
    patient = f"{live_server.url}/patients/{scene.emergency.patient_id}/"
    for address in (
        f"{live_server.url}/",
        f"{patient}record/exam/",
        f"{patient}record/treatment/",
        f"{patient}caregivers/",
        f"{live_server.url}/clinic/on-call/",
        f"{live_server.url}/clinic/figures/",
        patient,
    ):
        look(page, address)
    expect(page.locator("#charts")).to_contain_text("Warnzeichen")
    assert broken_rules(page) == []
    page.goto(live_server.url)
    assert broken_rules(page) == []
    page.get_by_role("button", name="Übernehmen (Alarm von Ana Drop)").click()
    expect(
        page.locator("#worklist").get_by_text(
            "Sie haben den Alarm von Ana Drop übernommen."
        )
    ).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    assert complaints == []


def test_an_administrator_works_in_german(page, live_server, scene) -> None:
    boss = factories.make_administrator(scene.quiet.clinic, email="boss@demo.example")
    log_in_german(page, live_server.url, boss.email)
    for path in (
        "/clinic/",
        "/clinic/people/",
        "/clinic/rules/",
        "/clinic/rules/R11/rise_points/",
        "/clinic/on-call/",
        "/clinic/simulator/",
    ):
        look(page, f"{live_server.url}{path}")
    assert broken_rules(page) == []
