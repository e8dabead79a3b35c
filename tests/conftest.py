"""What every test stands on: no network beyond this machine, no patient data in logs."""

from __future__ import annotations

import io
import logging
import os
import shutil
from collections.abc import Iterator

import pytest
import pytest_socket
from django.core.cache import cache

from backend.logging import JsonLines
from tracker.services.sync import app_gate


#: Words that stand in for what patients write; factories put one into every free text.
CANARIES = ("canary", "kanarienvogel")


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    pytest_socket.socket_allow_hosts(
        ["localhost", "127.0.0.1", "::1"], allow_unix_socket=True
    )


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """Forget throttles, login attempts and minimum apps of earlier tests."""
    app_gate.forget()
    wanted = {"db", "transactional_db"} & set(request.fixturenames)
    if wanted or request.node.get_closest_marker("django_db"):
        cache.clear()


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[io.StringIO]:
    """Return what the log of this test says, as it would be written in production.

    Fails the test when a line holds a canary: then a patient's words got out.
    """
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    lines = written.getvalue().lower()
    found = [canary for canary in CANARIES if canary in lines]
    assert not found, f"The log holds {found}, which stands in for patient data."


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, object],
) -> dict[str, object]:
    """Use the machine's own Chromium; as root it needs its sandbox off."""
    return browser_type_launch_args | chromium_arguments()


def chromium_arguments() -> dict[str, object]:
    """Return how Playwright starts the Chromium that was found."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    arguments: dict[str, object] = {"args": ["--no-sandbox", "--disable-dev-shm-usage"]}
    return arguments | ({"executable_path": found} if found else {})
