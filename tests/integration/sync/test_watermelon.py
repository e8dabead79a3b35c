"""The door of WatermelonDB against bodies, numbers and ids that no client would send."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.clinic_scene import make_alert
from tests.factories import (
    make_caregiver,
    make_episode,
    make_message,
    make_patient,
    make_treatment,
    token_of,
)
from tests.integration.sync.conftest import Phone, pain
from tracker.domain.watermelon import TABLES
from tracker.models import PainLog, Patient, Quarantine, SyncCounter, SyncCursor
from tracker.services.sync.envelope import MAX_BODY_BYTES
from tracker.services.sync.readonly import readers
from tracker.services.sync.watermelon.place import FIRST_CURSOR


pytestmark = pytest.mark.django_db
URL = "/api/v1/sync/watermelon"


class Melon:
    """A client of this dialect that says whatever the test wants."""

    def __init__(self, user: Any, **headers: str) -> None:
        self.client = Client(headers={"X-Session-Token": token_of(user), **headers})

    def pull(self, **asked: Any) -> dict[str, Any]:
        response = self.client.get(URL, asked)
        assert response.status_code == 200, response.content
        return response.json()

    def post(self, body: Any, after: Any = 0, **extra: Any) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"{URL}?last_pulled_at={after}",
            data=raw,
            content_type="text/plain;charset=UTF-8",
            **extra,
        )

    def push(self, body: Any, after: Any = 0) -> dict[str, Any]:
        response = self.post(body, after)
        assert response.status_code == 200, response.content
        return response.json()


@pytest.fixture
def patient(db) -> Patient:
    return make_patient()


@pytest.fixture
def melon(patient) -> Melon:
    return Melon(patient.user)


def row(record_id: str | None = None, **values: Any) -> dict[str, Any]:
    return {
        "id": record_id or str(uuid.uuid4()),
        "_status": "created",
        "_changed": "",
        "recorded_at": 1772323200000,
        "intensity": 5,
    } | values


def created(*rows: Any) -> dict[str, Any]:
    return {"pain_logs": {"created": list(rows), "updated": [], "deleted": []}}


@pytest.mark.parametrize(
    "asked",
    ["", "null", "undefined", "0", "NaN", "-5", "1e3", "x" * 5000, "9" * 30, "٣"],
)
def test_whatever_is_no_number_of_ours_is_a_first_sync(melon, asked) -> None:
    melon.push(created(row()))
    pulled = melon.pull(last_pulled_at=asked)
    assert len(pulled["changes"]["pain_logs"]["updated"]) == 1
    assert type(pulled["timestamp"]) is int
    assert 1 <= pulled["timestamp"] < 2**53


@pytest.mark.parametrize("ahead", [10**6, 2**48, 2**48 + 1, 2**50 + 7, 2**53, 10**15])
def test_a_number_from_the_future_brings_everything_and_stays_exact(
    melon, ahead
) -> None:
    melon.push(created(row()))
    pulled = melon.pull(last_pulled_at=ahead)
    assert len(pulled["changes"]["pain_logs"]["updated"]) == 1
    assert 1 <= pulled["timestamp"] < 2**53
    assert melon.push(created(row()), ahead)["outcomes"]["new"] == 1


@pytest.mark.parametrize(
    "migration",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"tables": 5}',
        '{"from":1,"tables":["pain_logs","nothing"],"columns":[]}',
        '{"from":1,"tables":[],"columns":[{"table":"pain_logs","columns":["worst"]}]}',
    ],
)
def test_a_migration_brings_its_tables_whole(melon, migration) -> None:
    melon.push(created(row()))
    timestamp = melon.pull()["timestamp"]
    assert melon.pull(last_pulled_at=timestamp)["changes"]["pain_logs"]["updated"] == []
    again = melon.pull(last_pulled_at=timestamp, migration=migration)
    assert len(again["changes"]["pain_logs"]["updated"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b"5", 400),
        (b"[" * 200_000, 400),
        (b'{"pain_logs":' + b"[" * 200_000, 400),
        (b" " * (MAX_BODY_BYTES + 1), 413),
    ],
)
def test_a_body_that_is_no_set_of_changes_is_refused_as_a_whole(
    melon, body, status
) -> None:
    assert melon.post(body).status_code == status


def test_a_bomb_of_gzip_is_refused(melon) -> None:
    bomb = gzip.compress(b" " * (MAX_BODY_BYTES + 1))
    response = melon.post(bomb, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 413
    small = gzip.compress(json.dumps(created(row())).encode())
    assert melon.post(small, headers={"Content-Encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize(
    "table",
    [
        5,
        "text",
        [],
        [row()],
        {"created": 5},
        {"created": {"id": "entry001"}},
        {"created": [None, 5, "x", [], {}, {"id": 5}, {"id": "a'b\\c$d"}]},
        {"updated": [row("x" * 70)], "created": None, "deleted": None},
        {"created": [row(intensity="5"), row(recorded_at="soon"), row(regions="[")]},
        {"created": [row(patient_id=5), row(patient_id="x"), row(patient_id=[])]},
    ],
)
def test_garbage_in_a_table_is_kept_and_holds_back_nothing(melon, table) -> None:
    body = {"pain_logs": table, "numbness_logs": {"created": [row("good.one")]}}
    reply = melon.push(body)
    assert reply["outcomes"]["new"] == 1
    assert reply["outcomes"]["quarantined"] == Quarantine.objects.count()
    assert PainLog.objects.count() == 0
    assert melon.push(body)["outcomes"]["identical"] == 1


@pytest.mark.parametrize(
    "deleted", [None, 5, "x", [None, 5, {}, []], ["never.known"], ["a,b", "c'd"]]
)
def test_deletions_of_nothing_are_nothing(melon, deleted) -> None:
    reply = melon.push({"pain_logs": {"deleted": deleted}})
    assert set(reply["outcomes"].values()) == {0}
    assert Quarantine.objects.count() == 0


def test_half_an_emoji_costs_no_row_its_way_in(melon) -> None:
    body = json.dumps(created(row(note="cut \ud83d"), row())).encode()
    assert melon.push(body)["outcomes"]["new"] == 2


def test_a_record_twice_in_one_push_is_no_conflict_with_itself(melon) -> None:
    body = created(row("twice.one"))
    melon.push(body)
    timestamp = melon.pull()["timestamp"]
    body["pain_logs"]["updated"] = [
        row("twice.one", intensity=6),
        row("twice.one", intensity=7),
    ]
    melon.push(body, timestamp)
    assert PainLog.objects.get().intensity == 7


@pytest.mark.parametrize("headers", [{}, {"X-Device-Id": str(uuid.uuid4())}])
def test_a_late_copy_of_an_old_push_undoes_nothing(patient, headers) -> None:
    melon = Melon(patient.user, **headers)
    first = created(row("entry001", intensity=1))
    melon.push(first)
    melon.push(created(row("entry001", intensity=2)), melon.pull()["timestamp"])
    response = melon.post(first)
    assert response.status_code == 409
    assert response.json()["code"] == "sync_conflict"
    assert response.json()["guidance"] == []
    assert PainLog.objects.get().intensity == 2


@pytest.mark.parametrize("device", ["", "x", "0" * 5000])
def test_a_device_that_is_no_uuid_is_nobody(patient, device) -> None:
    melon = Melon(patient.user, **{"X-Device-Id": device})
    melon.push(created(row()))
    assert PainLog.objects.get().device_id is None


def test_what_the_native_protocol_wrote_keeps_its_instant_and_its_day(
    melon, patient
) -> None:
    native = Phone(token_of(patient.user))
    record = pain(recorded_at="2026-03-01T23:30:00.123456-09:00")
    native.sync({"pain_logs": [record]})
    pulled = melon.pull()
    [flat] = pulled["changes"]["pain_logs"]["updated"]
    assert flat["recorded_offset_minutes"] == -540
    assert melon.push(created(flat))["outcomes"]["identical"] == 1
    without = {k: v for k, v in flat.items() if k != "recorded_offset_minutes"}
    melon.push(created(without | {"note": "edited"}), pulled["timestamp"])
    stored = PainLog.objects.get()
    assert (str(stored.local_day), stored.note) == ("2026-03-01", "edited")
    assert stored.recorded_at.microsecond == 123456


def test_a_row_of_another_patient_is_not_taken_for_ones_own(melon) -> None:
    other = make_patient()
    reply = melon.push(created(row("entry001", patient_id=str(other.pk))))
    assert reply["outcomes"]["quarantined"] == 1
    assert Quarantine.objects.get().reason == Quarantine.FOREIGN
    assert not PainLog.objects.exists()


def test_a_caregiver_who_may_only_read_changes_nothing(patient) -> None:
    own = Melon(patient.user)
    own.push(created(row("entry001", intensity=1)))
    reader = Melon(make_caregiver(patient, may_write=False).user)
    pulled = reader.pull()
    changed = [row("entry001", intensity=9), row("entry002")]
    reply = reader.push(
        {"pain_logs": {"updated": changed, "deleted": ["entry001"]}},
        pulled["timestamp"],
    )
    assert reply["outcomes"]["quarantined"] == 2
    stored = PainLog.objects.get()
    assert (stored.intensity, stored.withdrawn_at) == (1, None)


def test_another_accounts_number_is_worth_nothing(patient) -> None:
    caring = make_caregiver(patient, may_write=True).user
    theirs = Melon(caring).pull()["timestamp"]
    assert theirs >= FIRST_CURSOR
    other = make_patient()
    stranger = make_caregiver(other, may_write=True).user
    Melon(stranger).pull(last_pulled_at=theirs)
    assert list(SyncCursor.objects.get(user=stranger).seqs) == [str(other.pk)]


def test_one_who_begins_to_care_goes_on_from_where_they_were(patient) -> None:
    melon = Melon(patient.user)
    melon.push(created(row("own.entry")))
    before = melon.pull()["timestamp"]
    cared_for = make_patient()
    Melon(cared_for.user).push(created(row("their.entry")))
    make_caregiver(cared_for, user=patient.user)
    pulled = melon.pull(last_pulled_at=before)
    assert [each["id"] for each in pulled["changes"]["pain_logs"]["updated"]] == [
        "their.entry"
    ]
    again = melon.pull(last_pulled_at=pulled["timestamp"])
    assert again["timestamp"] == pulled["timestamp"]
    assert SyncCursor.objects.count() == 1


def test_an_account_that_never_had_a_diary_is_told_so(db) -> None:
    from tests.factories import make_clinician

    melon = Melon(make_clinician())
    assert melon.client.get(URL).json()["code"] == "not_a_patient"
    assert melon.post({}).status_code == 403


def test_what_phones_only_read_has_a_column_for_each_of_its_fields(patient) -> None:
    make_message(patient)
    make_treatment(make_episode(patient))
    make_alert(patient, tier="urgent", hours=1, now=timezone.now())
    through = SyncCounter.objects.get(patient=patient).seq
    assert set(readers()) <= set(TABLES)
    for name, read in readers().items():
        [(_, document), *_] = read(patient.pk, 0, through, 10)
        assert set(document) - {"id"} == {each.name for each in TABLES[name]} - {
            "patient_id"
        }
    pulled = Melon(patient.user).pull()["changes"]
    assert all(pulled[name]["updated"] for name in readers())
    for table in pulled.values():
        for each in table["updated"]:
            assert all(
                isinstance(value, str | int | float | None) for value in each.values()
            )


def test_a_push_of_many_rows_takes_as_many_queries_as_one_of_few(melon) -> None:
    melon.push(created(row()))
    counts = []
    for size in (2, 200):
        with CaptureQueriesContext(connection) as queries:
            melon.push(created(*(row() for _ in range(size))))
        counts.append(len(queries))
    assert counts[0] == counts[1]
