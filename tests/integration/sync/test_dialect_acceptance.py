"""Scenarios of docs/sync-acceptance.md whose question the clients leave to the server.

What only a real client can show is in tests/integration/clients.
"""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from analytics.services.analyse import analyse_patients
from tests.integration.sync.conftest import Phone, pain
from tests.integration.sync.rxdb import RxPhone, row
from tests.integration.sync.test_acceptance import _example
from tests.integration.sync.test_concurrency import at_once
from tests.integration.sync.test_dialects import MelonSpeaker
from tracker.domain.diary import COLLECTIONS
from tracker.domain.rxdb import VERSIONS
from tracker.models import PainLog


pytestmark = pytest.mark.django_db

committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rx(phone) -> RxPhone:
    return RxPhone(phone.token)


@pytest.fixture
def second_rx(phone) -> RxPhone:
    return RxPhone(phone.token)


@pytest.mark.acceptance(3, "rxdb")
def test_03_rxdb_dies_before_it_stores_the_checkpoint_and_asks_again(rx, phone):
    phone.sync({"pain_logs": [pain("from.other1")]})
    first = rx.pull(limit=100, updatedAt=0, id="").json()
    again = rx.pull(limit=100, updatedAt=0, id="").json()
    assert first == again
    assert [each["id"] for each in first["documents"]] == ["from.other1"]
    assert rx.pushed(row(pain("unsent.001"))) == []
    assert {each["id"] for each in rx.pulled()} == {"from.other1", "unsent.001"}


def slow_push(phone: Phone, numbered: threading.Event, may_commit: threading.Event):
    with transaction.atomic():
        phone.sync({"pain_logs": [pain("slow-push")]})
        numbered.set()
        assert may_commit.wait(60)


@pytest.mark.acceptance(4, "rxdb")
@committed
def test_04_rxdb_reads_past_no_push_that_commits_late(phone, rx, second_rx):
    numbered, may_commit = threading.Event(), threading.Event()
    seen = []

    def fast() -> None:
        assert numbered.wait(60)
        seen.extend(rx.pulled())  # nothing yet, and this checkpoint must not hide it
        may_commit.set()
        second_rx.pushed(row(pain("fast-push")))
        seen.extend(rx.pulled())
        seen.extend(rx.pulled())

    at_once(lambda: slow_push(phone, numbered, may_commit), fast)
    assert [each["id"] for each in seen] == ["slow-push", "fast-push"]


@pytest.mark.acceptance(4, "watermelon")
@committed
def test_04_watermelon_waits_for_a_push_that_commits_late(phone, patient):
    numbered, may_commit = threading.Event(), threading.Event()
    melon = MelonSpeaker(patient.user)
    seen = []

    def pull() -> None:
        assert numbered.wait(60)
        seen.extend(melon.ids(melon.pull()))
        seen.extend(melon.ids(melon.pull()))

    def release() -> None:
        assert numbered.wait(60)
        while not seen and not _somebody_waits():
            pass
        may_commit.set()

    at_once(lambda: slow_push(phone, numbered, may_commit), pull, release)
    assert seen == ["slow-push"]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


@pytest.mark.acceptance(5, "rxdb")
def test_05_pages_of_one_large_push_meet_in_each_collection(rx, phone):
    ids = [f"record-{n:05}" for n in range(5_000)]
    days = [{"id": i, "recorded_at": "2026-03-01T07:30:00+01:00"} for i in ids[3_000:]]
    phone.sync({"pain_logs": [pain(i) for i in ids[:3_000]], "day_logs": days})
    for name, expected in (("pain_logs", ids[:3_000]), ("day_logs", ids[3_000:])):
        assert [each["id"] for each in rx.pulled(name, limit=100)] == expected
        assert rx.pulled(name, limit=100) == []


@pytest.mark.acceptance(10, "rxdb")
def test_10_an_updated_app_gets_what_its_older_schema_did_not_know(
    rx, phone, monkeypatch
):
    current = VERSIONS[0]
    older = dict(current) | {
        "pain_logs": tuple(name for name in current["pain_logs"] if name != "worst")
    }
    del older["day_logs"]
    monkeypatch.setitem(VERSIONS, 0, older)
    monkeypatch.setitem(VERSIONS, 1, current)
    day = {"id": "day-00001", "recorded_at": "2026-03-01T07:30:00+01:00"}
    phone.sync({"pain_logs": [pain("record-01", worst=8)], "day_logs": [day]})
    (document,) = rx.pulled()
    assert "worst" not in document
    assert rx.pull("day_logs").status_code == 404
    assert rx.pushed(row(document | {"intensity": 6}, document)) == []
    stored = PainLog.objects.get()
    assert (stored.intensity, stored.worst) == (6, 8)
    # A new schema is a new replication: it begins at the beginning.
    (updated,) = rx.pull(schema=1, limit=100).json()["documents"]
    assert (updated["intensity"], updated["worst"]) == (6, 8)
    (found,) = rx.pull("day_logs", schema=1, limit=100).json()["documents"]
    assert found["id"] == "day-00001"


@pytest.mark.acceptance(12, "rxdb")
@pytest.mark.parametrize("name", COLLECTIONS)
def test_12_null_is_not_zero_in_any_field(rx, second_rx, name):
    full = {field.name: _example(field) for field in COLLECTIONS[name].fields}
    empty = dict.fromkeys(full)
    if name == "weakness_logs":
        empty["not_done_reason"] = "forgot"
    records = [
        {"id": "entry-full", "recorded_at": "2026-03-01T07:31:02.250000-05:30"}
        | {"note": "n", "withdrawn_at": None}
        | full,
        {"id": "entry-empty", "recorded_at": "2026-03-01T07:31:02+00:00"}
        | {"note": None, "withdrawn_at": None}
        | empty,
    ]
    for _ in range(2):  # and again, equal
        assert rx.pushed(*map(row, records), collection=name) == []
    pulled = {each["id"]: each for each in second_rx.pulled(name)}
    for record in records:
        held = pulled[record["id"]]
        assert {key: held[key] for key in record} == record
        assert held["revision"] == 1


@pytest.mark.acceptance(16, "rxdb")
@committed
def test_16_rxdb_pushes_at_the_same_time_lose_no_edit(phone):
    record = pain("record-0001", intensity=0, worst=0, note=None)
    edits = [{"intensity": 7}, {"worst": 9}, {"note": "third"}, {"qualities": None}]
    phones = [RxPhone(phone.token) for _ in edits]
    phones[0].pushed(row(record))

    def edit(each: RxPhone, change: dict) -> None:
        assumed = record
        while masters := each.pushed(row(assumed | change, assumed)):
            assumed = {name: masters[0][name] for name in record}

    at_once(
        *(
            lambda each=each, change=change: edit(each, change)
            for each, change in zip(phones, edits, strict=True)
        )
    )
    stored = PainLog.objects.get()
    found = (stored.intensity, stored.worst, stored.note, stored.qualities)
    assert found == (7, 9, "third", None)
    assert stored.revision == 1 + len(edits)


@pytest.mark.acceptance(17, "rxdb")
def test_17_rxdb_sends_a_backlog_of_10000_entries(rx, second_rx):
    """Older clients merge all that waits into one push, whatever their batch size."""
    ids = [f"record-{n:05}" for n in range(10_000)]
    assert rx.pushed(*(row(pain(each)) for each in ids)) == []
    assert PainLog.objects.count() == 10_000
    assert [each["id"] for each in second_rx.pulled(limit=5_000)] == ids


@pytest.mark.acceptance(21, "rxdb")
def test_21_an_analysis_is_no_conflict_to_rxdb(rx, patient):
    record = pain()
    rx.pushed(row(record))
    (held,) = rx.pulled()
    analyse_patients([patient.pk], timezone.now())
    assert rx.pushed(row(held | {"intensity": 6}, held)) == []
    assert PainLog.objects.get().intensity == 6


@pytest.mark.acceptance(21, "watermelon")
def test_21_an_analysis_ends_no_push_of_watermelon(patient):
    melon = MelonSpeaker(patient.user)
    melon.push("pain_logs", pain("record-01"))
    melon.pull()
    analyse_patients([patient.pk], timezone.now())
    assert melon.is_done(melon.push("pain_logs", pain("record-01", intensity=6)))
    assert PainLog.objects.get().intensity == 6
