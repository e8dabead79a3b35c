"""The page to try the API works under the strict policy for content."""

from __future__ import annotations

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect


@pytest.mark.django_db(transaction=True)
def test_the_api_page_shows_the_api_without_complaints(page: Page, live_server) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/api/docs/")
    expect(page.locator(".swagger-ui .info .title")).to_contain_text("Rootwatch")
    assert complaints == []
