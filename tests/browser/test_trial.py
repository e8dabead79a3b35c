"""An administrator tries a number, watches the trial to its end and applies it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.domain.comparison import Comparison, Row
from analytics.models import RuleTrial
from analytics.services import trials
from tests import factories
from tests.browser.conftest import log_in
from tests.browser.test_accessibility import broken_rules


pytestmark = pytest.mark.slow


def compute(trial: RuleTrial) -> None:
    """Do what a worker does, with an urgent flag lost and one gained."""
    held = trials.claim(trial.pk, timezone.now())
    assert held is not None
    rows = (
        Row(tier="urgent", rule="R12", now=2, then=1, lost=1, patients_now=2),
        Row(tier="watch", rule="R11", now=4, then=5, gained=1, patients_then=5),
        Row(tier="watch", rule="R15", now=1, then=1),
    )
    counts = Comparison(rows=rows, patients=9, patient_days=900, flagged_now=6)
    trials.move_on(held, [], counts, engine_version="1.0.0", now=timezone.now())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_trial_is_watched_to_its_end_and_applied(page, live_server, scene, scheme):
    page.emulate_media(color_scheme=scheme)
    boss = factories.make_administrator(scene.quiet.clinic)
    log_in(page, live_server.url, boss.email)
    page.goto(f"{live_server.url}/clinic/rules/R11/rise_points/")
    page.locator("#trial-value").fill("2.5")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert broken_rules(page) == []

    compute(RuleTrial.objects.get())
    apply = page.get_by_role("link", name="Apply this change")
    expect(apply).to_be_visible()  # nobody has reloaded the page
    expect(page.get_by_role("alert")).to_contain_text("1 emergency or urgent flag")
    page.get_by_text("What would stay the same").click()
    assert broken_rules(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    apply.click()
    expect(page.locator("#number-value")).to_have_value("2.5")
    assert broken_rules(page) == []
