"""The real web server in a process of its own, on whichever database a test says."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import time

from django.db import connection


#: How long it may take until it answers. Unit: seconds.
START_SECONDS = 60
THREADS = 4


def granian(
    port: int, *, database_url: str = "", redis_url: str = ""
) -> subprocess.Popen[bytes]:
    """Start it, by default on the tests' own database and Redis, and wait for it."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(
        [*command, "--blocking-threads", str(THREADS), "backend.wsgi:application"],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url or tests_url(),
            "REDIS_URL": redis_url or os.environ["REDIS_URL"],
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for(port)
    return process


def tests_url() -> str:
    """Return the address of the database that this process's tests use."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    return f"{server}/{connection.settings_dict['NAME']}"


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(probe), contextlib.suppress(OSError):
            probe.request("GET", "/health/live")
            probe.getresponse().read()
            return
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.1)
