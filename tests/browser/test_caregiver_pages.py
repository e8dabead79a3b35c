"""A nurse lets a caregiver in and ends it, by keyboard, on any screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.test_accessibility import broken_rules
from tracker.models import CaregiverInvitation


pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_caregiver_is_let_in_and_ended(logged_in, live_server, scene, scheme):
    page, patient = logged_in, scene.quiet
    carer = factories.make_caregiver(patient)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/patients/{patient.pk}/")
    page.get_by_role("link", name="Change who may use the diary").press("Enter")
    page.get_by_label("What they may do").select_option("write")
    page.get_by_label("The patient has said so").press("Space")
    page.get_by_role("button", name="Make a code").press("Enter")
    expect(page.locator(".code-shown .qr svg")).to_be_visible()
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Cancel the code").press("Enter")
    expect(page.get_by_text("The code is cancelled")).to_be_visible()
    made = CaregiverInvitation.objects.get(created_by=scene.nurse)
    assert made.cancelled_by == scene.nurse
    page.locator("summary", has_text="End").press("Enter")
    page.get_by_role("button", name="End the access now").press("Enter")
    expect(page.get_by_text("Nobody but the patient.")).to_be_visible()
    assert broken_rules(page) == []
    carer.refresh_from_db()
    assert carer.revoked_by == scene.nurse
