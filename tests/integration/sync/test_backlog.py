"""Large things through a real web process: its memory is measured while it works."""

from __future__ import annotations

import gzip
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from backend.embedded.processes import free_port
from tests.integration.sync.conftest import pain, token_of
from tests.integration.sync.test_acceptance import SocketPhone, own_digest
from tests.integration.sync.test_concurrency import at_once
from tests.web_process import granian
from tracker.domain.diary import COLLECTIONS
from tracker.models import DayLog, PainLog
from tracker.selectors import sync as selectors
from tracker.services.sync.envelope import MAX_NATIVE_RECORDS


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

START = datetime(2023, 3, 1, 7, 30, tzinfo=UTC)
MIB = 1024 * 1024
#: What a push of 10,000 records may take for its time; measured: 28 to 38 MiB, which
#: is 9 to 12 times its body of 3 MB.
PUSH_GROWTH = 64 * MIB
#: What reading a diary in pages may take, however long it is; measured: 2 MiB.
PULL_GROWTH = 16 * MIB


@dataclass
class Web:
    """The web process, and how much memory it took at most."""

    port: int
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Return what its processes hold now. Unit: bytes."""
        main = psutil.Process(self.process.pid)
        return sum(
            each.memory_info().rss for each in [main, *main.children(recursive=True)]
        )

    @contextmanager
    def growth(self) -> Iterator[list[int]]:
        """Yield a list that holds, afterwards, the growth up to the peak."""
        before, seen, done = self.memory(), [0], threading.Event()

        def watch() -> None:
            while not done.wait(0.005):
                seen[0] = max(seen[0], self.memory() - before)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield seen
        finally:
            done.set()
            watcher.join()


@pytest.fixture
def web() -> Iterator[Web]:
    port = free_port()
    process = granian(port)
    try:
        yield Web(port, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def backlog() -> dict[str, list[dict[str, Any]]]:
    """Return as many records as one push may hold."""
    days = MAX_NATIVE_RECORDS * 2 // 5
    return {
        "pain_logs": [
            pain(
                f"backlog.{n:08}",
                recorded_at=at(n / 4),
                note="CANARY after the stairs, both days the same",
                qualities=["shooting", "electric"],
            )
            for n in range(MAX_NATIVE_RECORDS - days)
        ],
        "day_logs": [
            {"id": f"day.{n:08}", "recorded_at": at(n), "sitting_minutes": n % 600}
            for n in range(days)
        ],
    }


def at(day: float) -> str:
    return (START + timedelta(days=day)).isoformat()


@pytest.mark.acceptance(17, "native")
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_17_a_backlog_of_10000_in_one_push_takes_bounded_memory(packed, patient, web):
    phone = SocketPhone(token_of(patient.user), port=web.port)
    phone.sync()  # what the first request loads is not the backlog's
    body = json.dumps({"device": phone.device, "changes": backlog()}).encode()
    sent, headers = body, {}
    if packed:
        sent, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
    with web.growth() as grown:
        reply = phone.post(sent, **headers).json()
        assert reply["outcomes"]["new"] == MAX_NATIVE_RECORDS
    assert grown[0] < PUSH_GROWTH
    with web.growth() as grown:
        for _ in range(3):
            reply = phone.post(sent, **headers).json()
            assert reply["outcomes"]["identical"] == MAX_NATIVE_RECORDS
    assert grown[0] < PUSH_GROWTH
    phone.full_sync(limit=5_000)
    assert len(phone.held) == PainLog.objects.count() + DayLog.objects.count()
    assert own_digest(phone) == selectors.digest(patient.pk)


def three_years() -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Yield a diary of three years, one record a day and collection, by year."""
    extra: dict[str, dict[str, Any]] = {
        "pain_logs": {"site": "leg", "side": "left", "intensity": 4},
        "weakness_logs": {"side": "left", "test": "heel_raise", "score": 3},
        "day_logs": {"sitting_minutes": 300},
    }
    for year in range(3):
        yield {
            name: [
                {
                    "id": f"year.{year}.{name}.{day}",
                    "recorded_at": at(year * 365 + day),
                    **extra.get(name, {}),
                }
                for day in range(365)
            ]
            for name in COLLECTIONS
        }


def test_the_first_sync_of_three_years_while_pushes_go_on(patient, web):
    token = token_of(patient.user)
    phone, new_phone = (SocketPhone(token, port=web.port) for _ in range(2))
    for changes in three_years():
        phone.full_sync(changes)
    done = threading.Event()

    def write() -> None:
        for n in range(20):
            edited = pain("year.0.pain_logs.0", intensity=n % 11)
            phone.sync({"pain_logs": [edited, pain(f"meanwhile.{n:04}")]})
        done.set()

    def read() -> None:
        new_phone.full_sync(limit=200)
        while not done.is_set():
            new_phone.full_sync(limit=200)

    with web.growth() as grown:
        at_once(write, read)
    assert grown[0] < PULL_GROWTH
    new_phone.full_sync(limit=200)
    phone.full_sync()
    assert new_phone.held == phone.held
    assert len(new_phone.held) == 3 * 365 * len(COLLECTIONS) + 20
    assert own_digest(new_phone) == selectors.digest(patient.pk)
    assert DayLog.objects.count() == 3 * 365
