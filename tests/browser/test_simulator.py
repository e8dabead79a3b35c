"""The simulator in a real browser: a form, a timeline, and no inline code."""

from __future__ import annotations

import pytest

from tests.browser.conftest import log_in
from tests.browser.test_accessibility import broken_rules
from tests.factories import make_administrator


pytestmark = pytest.mark.slow


def test_an_administrator_asks_who_would_be_told(
    page, live_server, scene, complaints
) -> None:
    administrator = make_administrator(scene.quiet.clinic)
    log_in(page, live_server.url, administrator.email)
    page.goto(f"{live_server.url}/clinic/")
    page.get_by_role("link", name="Who would be told?").click()
    page.get_by_label("How urgent").select_option("urgent")
    page.get_by_label("Raised at, clinic time").fill("2026-03-28T23:10")
    page.get_by_role("button", name="Show what would happen").click()
    page.get_by_text("Mon 30 Mar, 13:00").first.wait_for()
    assert page.get_by_text("Nora Nurse").count()
    assert complaints == []
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/clinic/")
    assert broken_rules(page) == []
