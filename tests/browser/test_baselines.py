"""A nurse accepts a proposed baseline, by keyboard, on any screen."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from tests.browser.test_accessibility import broken_rules
from tests.integration.dashboard.test_baselines import stay_weaker
from tracker.models import AcceptedBaseline


pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_proposal_is_accepted_by_keyboard(logged_in, live_server, scene, scheme):
    page, patient = logged_in, scene.quiet
    stay_weaker(patient)
    factories.make_baseline(
        patient.episodes.get(), side="right", value=3, from_day=timezone.now().date()
    )
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live_server.url}/patients/{patient.pk}/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible(timeout=30_000)
    assert broken_rules(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("link", name="Accept … left leg, heel walk").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/baselines/new/**")
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Accept as usual").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Accepted. The next analysis")).to_be_visible()
    assert AcceptedBaseline.objects.get(side="left").value == 2
    for path in ("rules/", "rules/R11/rise_points/"):
        page.goto(f"{live_server.url}/patients/{patient.pk}/{path}")
        assert broken_rules(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
    page.goto(f"{live_server.url}/patients/{patient.pk}/rules/")
    assert page.evaluate("document.documentElement.scrollHeight") < 3000
    page.locator("summary", has_text="R11").press("Enter")
    assert broken_rules(page) == []
    expect(page.get_by_role("link", name="R11,").first).to_be_visible()
