"""Real sync clients under Node against the real server: granian, PostgreSQL, Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from backend.embedded.processes import free_port
from tests.conftest import CANARIES
from tests.faults import FaultProxy
from tests.integration.clients.node import ROOT, NodePhone


#: How long the web server may take until it answers. Unit: seconds.
START_SECONDS = 60
THREADS = 4


@dataclass(frozen=True)
class WebServer:
    """Where it listens, and what it has logged."""

    url: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@pytest.fixture(scope="session")
def web_server(django_db_setup, tmp_path_factory) -> Iterator[WebServer]:
    """Serve this worker's test database with granian, as in production.

    Fails at its end when the log holds a word of a patient.
    """
    log = tmp_path_factory.mktemp("web") / "granian.log"
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("--host", "127.0.0.1", "--port", str(port)),
                *("--workers", "1", "--blocking-threads", str(THREADS)),
                *("--log-level", "warning", "backend.wsgi:application"),
            ],
            cwd=ROOT,
            env=os.environ | _settings(),
            stdout=output,
            stderr=output,
        )
    try:
        server = WebServer(f"http://127.0.0.1:{port}", log)
        _wait_for(process, server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)
    written = log.read_text(errors="replace").lower()
    found = [canary for canary in CANARIES if canary in written]
    assert not found, f"The server's log holds {found}: patient data."


@pytest.fixture
def fault_proxy(web_server: WebServer) -> Iterator[FaultProxy]:
    """Return a proxy before the server; a phone started `through` it feels its faults."""
    with FaultProxy(web_server.port) as proxy:
        yield proxy


@pytest.fixture
def start_phone(
    web_server: WebServer, tmp_path: Path
) -> Iterator[Callable[..., NodePhone]]:
    """Return a function that starts a script as a phone of this server.

    Its first argument is the address of the server, or of the proxy that it goes
    `through`; the phones end with the test.
    """
    phones: list[NodePhone] = []

    def start(
        script: str, *arguments: str, through: FaultProxy | None = None
    ) -> NodePhone:
        url = through.url if through else web_server.url
        phones.append(NodePhone(script, url, *arguments, folder=tmp_path))
        return phones[-1]

    yield start
    for phone in phones:
        phone.close()


def _settings() -> dict[str, str]:
    url = os.environ["DATABASE_URL"].rpartition("/")[0]
    return {
        "DATABASE_URL": f"{url}/{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }


def _wait_for(process: subprocess.Popen[bytes], server: WebServer) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(  # noqa: S310 - our own server
                f"{server.url}/health/live", timeout=5
            ).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"The web server did not start: {server.log.read_text()[-2000:]}")
