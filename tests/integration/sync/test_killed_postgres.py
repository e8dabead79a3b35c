"""PostgreSQL is killed with -9 in the middle of pushes, and comes back."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from backend.embedded.processes import free_port
from tests.integration.sync.conftest import make_patient, pain, token_of
from tests.integration.sync.test_acceptance import SocketPhone, own_digest, states
from tests.integration.sync.test_concurrency import at_once
from tests.own_postgres import OwnPostgres
from tests.web_process import granian
from tracker.models import PainLog, Quarantine, SyncCounter
from tracker.selectors import sync as selectors


#: How long a phone tries before the test fails. Unit: seconds.
PATIENCE = 120
PHONES = 3


@pytest.fixture
def port(postgres: OwnPostgres) -> Iterator[int]:
    free = free_port()
    web = granian(free, database_url=postgres.url)
    try:
        yield free
        assert web.poll() is None, "the web process has ended"
    finally:
        web.terminate()
        web.wait(timeout=30)


@dataclass
class Patient(SocketPhone):
    """A phone that sends the same again for as long as the server asks it to."""

    refused: list[Any] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def post(self, body: bytes | dict[str, Any], **headers: str) -> Any:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = super().post(body, **headers)
            if answer.status_code != 503:
                self.arrived.set()
                return answer
            self.refused.append(answer.json())
        pytest.fail("the database did not come back")


@dataclass
class Diary:
    """What the phones have sent, and which of it was answered."""

    sent: dict[str, list[int]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)

    def write(self, phone: Patient, enough: threading.Event) -> None:
        """Push new records and an edit of one before, until it is enough."""
        last: dict[str, Any] | None = None
        while not enough.is_set():
            records = [pain(intensity=number % 10) for number in range(20)]
            edits = [last | {"intensity": last["intensity"] + 1}] if last else []
            for record in [*records, *edits]:
                self.sent.setdefault(record["id"], []).append(record["intensity"])
            phone.full_sync({"pain_logs": [*edits, *records]})
            self.answered.update(record["id"] for record in records)
            last = records[-1]


@pytest.mark.slow
def test_phones_that_repeat_lose_nothing_when_postgresql_is_killed(
    postgres: OwnPostgres, port: int
) -> None:
    patient = make_patient("patient@example.org")
    token = token_of(patient.user)
    phones = [Patient(token, port=port) for _ in range(PHONES)]
    diary, enough = Diary(), threading.Event()

    def kill() -> None:
        try:
            in_the_middle_of(phones)
            before = set(diary.answered)
            postgres.kill()
            tell_that_it_is_away(port, token)
            postgres.start()
            assert before <= set(PainLog.objects.values_list("id", flat=True))
            in_the_middle_of(phones)
            postgres.kill()
            postgres.start()
            in_the_middle_of(phones)
        finally:
            enough.set()

    at_once(*[lambda p=phone: diary.write(p, enough) for phone in phones], kill)
    connection.close()  # this thread's own died with the server
    refused = [problem for phone in phones for problem in phone.refused]
    assert {problem["code"] for problem in refused} == {"database_away"}
    compare(patient, phones, diary)


def in_the_middle_of(phones: list[Patient]) -> None:
    """Wait until each phone has had an answer since now, so that its next push runs."""
    for phone in phones:
        phone.arrived.clear()
    for phone in phones:
        assert phone.arrived.wait(PATIENCE)


def tell_that_it_is_away(port: int, token: str) -> None:
    answers: dict[str, Any] = {}
    at_once(
        *[
            lambda path=path: answers.update({path: ask(port, path, token)})
            for path in ("/health/ready", "/api/v1/me")
        ]
    )
    assert answers["/health/ready"].json["database"] == "down"
    assert {answer.status for answer in answers.values()} == {503}
    away = answers["/api/v1/me"]
    assert away.headers["Content-Type"] == "application/problem+json"
    assert int(away.headers["Retry-After"]) > 0
    assert away.json["code"] == "database_away"


def ask(port: int, path: str, token: str) -> Any:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", path, headers={"X-Session-Token": token})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return SimpleNamespace(
        status=answer.status, headers=answer.headers, json=json.loads(body)
    )


def compare(patient: Any, phones: list[Patient], diary: Diary) -> None:
    for phone in phones:
        phone.full_sync()
        assert own_digest(phone) == selectors.digest(patient.pk)
    rows = {row.id: row for row in PainLog.objects.all()}
    assert rows.keys() == diary.sent.keys() == diary.answered
    numbers = []
    for row in rows.values():
        *earlier, last = diary.sent[row.id]
        assert (row.intensity, row.revision) == (last, len(earlier) + 1)
        assert [state["intensity"] for state in states(row.id)] == earlier
        kept = selectors.revisions("pain_logs", [row.id]).get(row.id, [])
        numbers += [row.seq, *(seq for _, seq, *_ in kept)]
    counter = SyncCounter.objects.get()
    assert sorted(numbers) == list(range(2, counter.seq + 1))
    assert counter.rewound_at is None
    assert not Quarantine.objects.exists()
