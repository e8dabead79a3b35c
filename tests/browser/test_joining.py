"""An administrator asks somebody who has an account; they agree and find the worklist."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import log_in
from tests.browser.test_keyboard import button, press, walk_to, write
from tracker.models import Membership
from tracker.services import joining


pytestmark = pytest.mark.slow


def test_asked_by_the_keyboard_and_agreed_in_another_browser(
    everybody, live_server, scene, browser, mailoutbox
):
    guest = factories.make_user(email="guest@elsewhere.example")
    admin = everybody
    admin.goto(f"{live_server.url}/clinic/people/")
    write(admin, admin.locator("#add-title ~ form input[name=email]"), guest.email)
    write(admin, admin.locator("#add-title ~ form input[name=name]"), "Gwen Guest")
    walk_to(admin, admin.locator("#add-title ~ form select[name=role]"))
    admin.keyboard.type("Clin")
    press(admin, button(admin, "Add the person"))
    expect(admin.get_by_text("Asked, no answer yet")).to_be_visible()
    assert not Membership.objects.filter(user=guest).exists()
    (mail,) = mailoutbox
    assert f"{live_server.url}/joining/" in mail.body

    there = browser.new_context().new_page()
    there.goto(f"{live_server.url}/joining/")
    there.get_by_label("E-mail").fill(guest.email)
    there.get_by_label("Password").fill(factories.PASSWORD)
    there.get_by_role("button", name="Log in", exact=True).click()
    there.wait_for_url("**/joining/")
    press(there, there.get_by_role("button", name="I agree"))
    there.wait_for_url(lambda address: "joining" not in address)
    assert Membership.objects.get(user=guest).role == "clinician"
    there.context.close()
    admin.reload()
    expect(admin.get_by_text("Asked, no answer yet")).to_be_hidden()


def test_whoever_says_no_stays_as_they_were(page, live_server, scene, mailoutbox):
    guest = factories.make_user(email="guest@elsewhere.example")
    clinic = scene.nurse.memberships.get().clinic
    joining.offer(
        clinic, guest, "clinician", offered_by=scene.nurse, now=timezone.now()
    )
    log_in(page, live_server.url, guest.email)
    page.goto(f"{live_server.url}/joining/")
    press(page, page.get_by_role("button", name="No Spine clinic, clinician"))
    expect(page.get_by_text("No clinic asks you at the moment.")).to_be_visible()
    assert not Membership.objects.filter(user=guest).exists()
