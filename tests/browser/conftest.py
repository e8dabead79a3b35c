"""A real headless Chromium against a live server, and its console watched."""

from __future__ import annotations

import os
import shutil

import pytest
from django.conf import settings
from django.utils import timezone

from tests import clinic_scene, factories
from tracker.models import Membership


# Playwright's synchronous interface runs an event loop in this thread, which makes
# Django refuse database work in the fixtures; there is no other task in that loop.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("No Chromium: set CHROMIUM to its path, or install it.")
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }


@pytest.fixture
def scene(transactional_db):
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture(autouse=True)
def no_streams(settings) -> None:
    """Django's own server holds a stream until its next heartbeat: places run out."""
    settings.LIVE_STREAMS = 0


@pytest.fixture
def complaints(page):
    """Collect what the console complains about, policy violations included."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "console",
        lambda message: (
            heard.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    return heard


@pytest.fixture
def logged_in(page, live_server, scene, complaints):
    """Return the page, logged in as the nurse, on the worklist."""
    log_in(page, live_server.url, scene.nurse.email)
    yield page
    assert complaints == []


@pytest.fixture
def administrator(scene):
    """Make the nurse an administrator, too, who may open every page."""
    clinic = scene.nurse.memberships.get().clinic
    Membership.objects.create(clinic=clinic, user=scene.nurse, role="administrator")
    return scene.nurse


@pytest.fixture
def everybody(page, live_server, administrator):
    log_in(page, live_server.url, administrator.email)
    return page


def log_in(page, address: str, email: str) -> None:
    page.goto(address)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{address}/")


def forget_session(page) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
