"""The web process is killed with -9 in the middle of pushes, again and again."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest

from backend.embedded.processes import free_port
from tests.integration.sync.conftest import pain, token_of
from tests.integration.sync.test_acceptance import SocketPhone, own_digest
from tests.integration.sync.test_concurrency import at_once
from tests.web_process import granian
from tracker.models import PainLog, SyncCounter
from tracker.selectors import sync as selectors


#: How often the process is killed.
KILLS = 2
#: How long a phone tries before the test fails. Unit: seconds.
PATIENCE = 120


@dataclass
class Web:
    """A web server on one port that can be killed and started again."""

    port: int = field(default_factory=free_port)

    def start(self) -> None:
        self.process: subprocess.Popen[bytes] = granian(self.port)

    def kill(self) -> None:
        main = psutil.Process(self.process.pid)
        family = [main, *main.children(recursive=True)]
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait(timeout=30)
        psutil.wait_procs(family, timeout=30)


@pytest.fixture
def web(transactional_db: None) -> Iterator[Web]:
    server = Web()
    server.start()
    yield server
    server.kill()


def keep_sending(phone: SocketPhone, changes: Any, arrived: threading.Event) -> int:
    """Send until an answer comes; return how often that failed."""
    until, failures = time.monotonic() + PATIENCE, 0
    while time.monotonic() < until:
        try:
            phone.full_sync(changes)
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            failures += 1
            time.sleep(0.02)  # the port of a dead server refuses at once
        else:
            arrived.set()
            return failures
    pytest.fail("the server did not come back")


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_phones_that_retry_lose_nothing_when_the_web_process_is_killed(patient, web):
    token = token_of(patient.user)
    phones = [SocketPhone(token, port=web.port) for _ in range(2)]
    sent: dict[str, int] = {}
    enough, arrived = threading.Event(), threading.Event()
    failures: list[int] = []

    def write(phone: SocketPhone) -> None:
        number = 0
        while not enough.is_set():
            number += 1
            records = [pain(intensity=number % 11) for _ in range(20)]
            sent.update({record["id"]: record["intensity"] for record in records})
            failures.append(keep_sending(phone, {"pain_logs": records}, arrived))

    def kill() -> None:
        try:
            for _ in range(KILLS):
                arrived.clear()
                assert arrived.wait(PATIENCE)
                web.kill()
                web.start()
            arrived.clear()
            assert arrived.wait(PATIENCE)
        finally:
            enough.set()

    at_once(*[lambda p=phone: write(p) for phone in phones], kill)
    assert sum(failures) > 0, "no push met a dead server"
    compare(patient, phones, sent)


def compare(patient: Any, phones: list[SocketPhone], sent: dict[str, int]) -> None:
    for phone in phones:
        phone.full_sync()
        assert own_digest(phone) == selectors.digest(patient.pk)
    assert dict(PainLog.objects.values_list("id", "intensity")) == sent
    assert set(PainLog.objects.values_list("revision", flat=True)) == {1}
    numbers = sorted(PainLog.objects.values_list("seq", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + len(sent)))
    assert SyncCounter.objects.get().rewound_at is None
