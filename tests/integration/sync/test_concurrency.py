"""Parallel phones, slow transactions, a stopped Redis: no change is ever missed."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from backend.embedded.processes import free_port
from backend.embedded.redis import _redis_binary
from tests import factories
from tests.integration.sync.conftest import Phone, pain, token_of
from tests.web_process import granian
from tracker.models import Message, PainLog, Patient, SyncCounter
from tracker.selectors.access import SyncedPatient
from tracker.services.sync import exchange
from tracker.services.sync.envelope import open_envelope


#: How long a push may take while Redis is away. Unit: seconds.
BOUNDED = 10
CLIENT = tuple(pain())


def at_once(*work: Callable[[], None]) -> None:
    """Run all in threads with connections of their own; raise what any raised."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(work))

    def run(job: Callable[[], None]) -> None:
        try:
            barrier.wait()
            job()
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class Reader(Phone):
    """Pages with a small limit all the while, and notes each delivery."""

    def follow(self, writers: list[threading.Event]) -> None:
        self.deliveries: list[tuple[str, str, int]] = []
        while True:
            last_round = all(done.is_set() for done in writers)
            if not self.read_page() and last_round:
                return

    def read_page(self) -> bool:
        reply = self.sync(limit=7)
        for name, records in reply["changes"].items():
            for record in records:
                self.held[name, record["id"]] = record
                self.deliveries.append((name, record["id"], record.get("revision", 1)))
        self.cursor = reply["cursor"]
        return reply["has_more"]


def pushes(phone: Phone, rng: np.random.Generator, count: int) -> Iterator[Any]:
    """Yield pushes of new records, edits of known ones, and replays of old pushes."""
    sent: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    for _ in range(count):
        if sent and rng.random() < 0.25:
            yield sent[rng.integers(len(sent))]
            continue
        fresh = [pain() for _ in range(rng.integers(1, 4))]
        edited = [
            records[i] | {"intensity": int(rng.integers(11)), "note": uuid.uuid4().hex}
            for i in rng.permutation(len(records))[:2]
        ]
        records += fresh
        sent.append({"pain_logs": fresh + edited})
        yield sent[-1]


def push_slowly(patient: Patient, phone: Phone, changes: Any) -> None:
    """Push in a transaction that has its numbers long before it commits."""
    body = json.dumps({"device": phone.device, "changes": changes}).encode()
    with transaction.atomic():
        exchange(
            access=SyncedPatient.as_themselves(patient),
            envelope=open_envelope(body, gzipped=False),
            app_version="",
            now=timezone.now(),
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.03)")


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_reader_misses_nothing_while_four_phones_push(patient):
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)  # noqa: T201 - shown when the test fails
    token = token_of(patient.user)
    phones = [Phone(token) for _ in range(4)]
    done = [threading.Event() for _ in phones]
    reader = Reader(token)

    def write(index: int) -> None:
        phone, rng = phones[index], np.random.default_rng([seed, index])
        try:
            for number, changes in enumerate(pushes(phone, rng, 60)):
                if number % 10 == index:
                    push_slowly(patient, phone, changes)
                else:
                    phone.full_sync(changes)
        finally:
            done[index].set()

    writers = [lambda i=i: write(i) for i in range(len(phones))]
    at_once(*writers, lambda: reader.follow(done))

    rows = {row.id: row for row in PainLog.objects.filter(patient=patient)}
    assert {key[1]: held["revision"] for key, held in reader.held.items()} == {
        row.id: row.revision for row in rows.values()
    }
    assert all(
        held[name] == getattr(rows[key[1]], name)
        for key, held in reader.held.items()
        for name in ("intensity", "note")
    )
    assert len(set(reader.deliveries)) == len(reader.deliveries)
    numbers = [row.seq for row in rows.values()]
    assert len(set(numbers)) == len(numbers)
    assert SyncCounter.objects.get(pk=patient.pk).seq == max(numbers)
    assert SyncCounter.objects.get(pk=patient.pk).rewound_at is None


@pytest.mark.django_db(transaction=True)
def test_two_patients_push_the_same_ids_at_once(phone, stranger):
    for _ in range(8):
        records = [pain() for _ in range(40)]
        replies: list[Any] = []
        at_once(
            lambda: replies.append(phone.full_sync({"pain_logs": records})),  # noqa: B023
            lambda: replies.append(stranger.full_sync({"pain_logs": records[::-1]})),  # noqa: B023
        )
        outcomes = [reply["outcomes"] for reply in replies]
        assert sum(each["new"] for each in outcomes) == len(records)
        assert sum(each["quarantined"] for each in outcomes) == len(records)
        phone.full_sync()
        stranger.full_sync()
    assert not SyncCounter.objects.filter(rewound_at__isnull=False).exists()
    held = {key[1] for key in phone.held} | {key[1] for key in stranger.held}
    assert held == set(PainLog.objects.values_list("id", flat=True))


@pytest.mark.django_db
def test_a_push_that_got_no_number_keeps_its_cursor(phone, stranger, monkeypatch):
    record = pain()
    stranger.sync({"pain_logs": [record]})
    # As if the other patient's push were committed after we had looked.
    monkeypatch.setattr(
        "tracker.services.sync.store.known", lambda _, sent: {name: {} for name in sent}
    )
    reply = phone.full_sync({"pain_logs": [record]})
    assert reply["outcomes"]["quarantined"] == 1
    phone.full_sync()
    assert not SyncCounter.objects.filter(rewound_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_the_clinic_writes_while_the_phone_pushes():
    patient = factories.make_patient()
    episode = factories.make_episode(patient)
    clinician = factories.make_clinician(patient.clinic)
    token = token_of(patient.user)
    phone, reader = Phone(token), Reader(token)
    done = [threading.Event(), threading.Event()]

    def write() -> None:
        for _ in range(40):
            phone.full_sync({"pain_logs": [pain(), pain()]})
        done[0].set()

    def treat() -> None:
        for _ in range(20):
            factories.make_treatment(episode, by=clinician)
            factories.make_message(patient, by=clinician)
        done[1].set()

    try:
        at_once(write, treat, lambda: reader.follow(done))
    finally:
        for event in done:
            event.set()
    count = {name: 0 for name, _ in reader.held}
    for name, _ in reader.held:
        count[name] += 1
    assert count == {"pain_logs": 80, "treatments": 20, "messages": 20}
    assert Message.objects.count() == 20
    assert len(set(reader.deliveries)) == len(reader.deliveries)


@pytest.mark.django_db
def test_transactions_run_at_the_level_that_the_counter_was_thought_for():
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def post(port: int, token: str, changes: Any) -> tuple[int, Any]:
    http_connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"X-Session-Token": token, "Content-Type": "application/json"}
    body = json.dumps({"changes": changes})
    with contextlib.closing(http_connection):
        http_connection.request("POST", "/api/v1/sync", body, headers)
        response = http_connection.getresponse()
        return response.status, json.loads(response.read())


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_red_flags_answer_when_redis_is_stopped(patient, tmp_path):
    redis_port, port = free_port(), free_port()
    redis = subprocess.Popen(
        [str(_redis_binary()), "--port", str(redis_port), "--bind", "127.0.0.1"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    server = granian(port, redis_url=f"redis://127.0.0.1:{redis_port}/0")
    token = token_of(patient.user)
    try:
        assert post(port, token, {"pain_logs": [pain()]})[0] == 200
        redis.terminate()
        redis.wait(timeout=30)
        for _ in range(3):
            check = {
                "id": str(uuid.uuid4()),
                "recorded_at": timezone.now().isoformat(),
                "saddle_genital_numbness": "new",
            }
            started = time.monotonic()
            status, reply = post(port, token, {"red_flag_checks": [check]})
            assert time.monotonic() - started < BOUNDED
            assert status == 200
            assert reply["outcomes"]["new"] == 1
            assert reply["guidance"][0]["tier"] == "emergency"
    finally:
        for process in (redis, server):
            process.terminate()
            process.wait(timeout=30)


class Diarist(Phone):
    """A phone that edits one field, keeps unsent work, and may lose any answer."""

    def edit(self, record_id: str, name: str, value: Any) -> None:
        key = ("pain_logs", record_id)
        self.held[key] = self.held[key] | {name: value}
        self.unsent.add(record_id)

    def create(self) -> str:
        record = pain(recorded_at="2026-03-01T07:30:00+00:00", note="first")
        self.held["pain_logs", record["id"]] = record
        self.unsent.add(record["id"])
        return record["id"]

    @property
    def unsent(self) -> set[str]:
        return self.__dict__.setdefault("_unsent", set())

    def exchange(self, *, answer_arrives: bool) -> None:
        records = [
            {name: self.held["pain_logs", record_id][name] for name in CLIENT}
            for record_id in sorted(self.unsent)
        ]
        if answer_arrives:
            self.full_sync({"pain_logs": records})
            self.unsent.clear()
        else:
            self.sync({"pain_logs": records})


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(50))
def test_no_history_of_two_phones_loses_an_edit(patient, seed):
    """One phone edits the intensity, the other the note; both must survive."""
    rng = np.random.default_rng(seed)
    token = token_of(patient.user)
    phones = [Diarist(token), Diarist(token)]
    wanted: dict[str, dict[str, Any]] = {}
    for _ in range(rng.integers(6, 16)):
        which = int(rng.integers(2))
        phone, move = phones[which], rng.random()
        known = [key[1] for key in phone.held]
        if move < 0.2 or not known:
            wanted[phone.create()] = {"intensity": 5, "note": "first"}
        elif move < 0.55:
            record_id = known[rng.integers(len(known))]
            change: Any = ("intensity", int(rng.integers(11)))
            if which:
                change = ("note", f"note {rng.integers(1000)}")
            phone.edit(record_id, *change)
            wanted[record_id][change[0]] = change[1]
        else:
            phone.exchange(answer_arrives=move > 0.7)
    for phone in (*phones, *phones):
        phone.exchange(answer_arrives=True)
    for phone in phones:
        assert {
            key[1]: {"intensity": held["intensity"], "note": held["note"]}
            for key, held in phone.held.items()
        } == wanted
