"""`make demo` runs web, worker and timetable together, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import pytest
from django.conf import settings

from tests.repository.conftest import ROOT


#: Two workers of the tests must not make one database at once.
NAME = f"rootwatch_demo_{os.environ.get('PYTEST_XDIST_WORKER', 'test')}"


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """Make a database in which the simulated clinic counts as present."""
    parts = urlsplit(settings.DATABASE_URL)
    url = urlunsplit(parts._replace(path=f"/{NAME}"))
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME}")
    manage("migrate", "--verbosity=0", DATABASE_URL=url)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO tracker_heartbeat (name, beat_at) VALUES ('demo.seeded', now())"
        )
        connection.execute(
            "INSERT INTO tracker_user (email, name, password, is_active, is_staff,"
            " is_superuser, date_joined)"
            " VALUES ('nurse@demo.example', '', '', true, false, false, now())"
        )
    yield url
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "REDIS_URL")}
    return kept | {"DEMO": "yes"} | more


def manage(*arguments: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_starts_answers_and_ends(
    database_url: str, how: signal.Signals
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=environment(DATABASE_URL=database_url, PORT=port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(150, demo.kill)
    watchdog.start()
    said = read_until(demo, "Ctrl-C stops everything")
    assert f"http://127.0.0.1:{port}/" in said
    assert settings.DEMO_PASSWORD in said
    address = f"http://127.0.0.1:{port}/health/ready"
    with urllib.request.urlopen(address, timeout=10) as reply:
        assert reply.status == 200
    children = psutil.Process(demo.pid).children(recursive=True)
    told = {child.environ().get("PUBLIC_URL") for child in children}
    assert f"http://127.0.0.1:{port}" in told  # where an alert's e-mail leads
    assert len(children) >= 6
    demo.send_signal(how)
    rest, _ = demo.communicate(timeout=60)
    watchdog.cancel()
    assert demo.returncode == 0, rest
    assert "Stopped. The data is kept" in rest
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def read_until(demo: subprocess.Popen[str], wanted: str) -> str:
    said = ""
    assert demo.stdout
    for line in demo.stdout:
        said += line
        if wanted in line:
            return said
    raise AssertionError(said)


@pytest.mark.slow
def test_a_token_is_printed_and_nothing_else(database_url: str) -> None:
    token = manage("issue_token", "nurse@demo.example", DATABASE_URL=database_url)
    assert token.isalnum()
    assert len(token) == 32
