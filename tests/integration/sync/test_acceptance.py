"""The scenarios of docs/sync-acceptance.md for the native protocol, in their order.

Scenario 19 is another client's; scenario 4 has its slow transactions in
test_concurrency.py as well, among four phones.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import struct
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from alerts.models import Alert
from analytics.models import Flag
from analytics.services.analyse import analyse_patients
from tests.faults import Fault, FaultProxy
from tests.integration.sync.conftest import Phone, pain, token_of
from tests.integration.sync.test_concurrency import at_once
from tracker.domain.diary import COLLECTIONS
from tracker.models import (
    PainLog,
    Quarantine,
    SyncCounter,
)
from tracker.selectors import sync as selectors
from tracker.selectors.access import SyncedPatient
from tracker.services.sync import exchange
from tracker.services.sync.envelope import MAX_LIMIT, open_envelope


pytestmark = pytest.mark.django_db

committed = pytest.mark.django_db(transaction=True)


@dataclass
class SocketPhone(Phone):
    """A phone with a real connection, which breaks when the proxy breaks it."""

    port: int = 0

    def post(self, body: bytes | dict[str, Any], **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = headers | {
            "X-Session-Token": self.token,
            "Content-Type": "application/json",
        }
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(line):
            line.request("POST", "/api/v1/sync", raw, sent)
            answer = line.getresponse()
            content = answer.read()
        return SimpleNamespace(
            status_code=answer.status, content=content, json=lambda: json.loads(content)
        )


@pytest.fixture
def proxy(live_server):
    with FaultProxy(int(live_server.url.rpartition(":")[2])) as running:
        yield running


def states(record_id: str) -> list[dict[str, Any]]:
    """Return the replaced states of a pain log, oldest first."""
    earlier = selectors.revisions("pain_logs", [record_id]).get(record_id, [])
    return [document for *_, document in reversed(earlier)]


def digest_of(client: Any, phone: Phone) -> Any:
    return client.get(
        "/api/v1/sync/digest", headers={"X-Session-Token": phone.token}
    ).json()


def own_digest(phone: Phone) -> dict[str, Any]:
    """Return what docs/sync-protocol.md tells a phone to compute."""
    digest = {}
    for name, collection in COLLECTIONS.items():
        owned = {"id", "recorded_at", "note", "withdrawn_at", *collection.field_names}
        records = [r for (kind, _), r in phone.held.items() if kind == name]
        total = 0
        for record in records:
            text = json.dumps(
                {key: record[key] for key in sorted(owned)},
                separators=(",", ":"),
                ensure_ascii=False,
            )
            total ^= struct.unpack(">Q", sha256(text.encode()).digest()[:8])[0]
        digest[name] = {"count": len(records), "hash": f"{total:016x}"}
    return digest


def check(record_id: str, **answers: str) -> dict[str, Any]:
    return {"id": record_id, "recorded_at": datetime.now(UTC).isoformat(), **answers}


@pytest.mark.acceptance(1, "native")
@pytest.mark.parametrize("times", [1, 5])
def test_01_every_push_sent_again_changes_nothing(phone, patient, times):
    first = pain("record-0001", intensity=5)
    bodies = []
    for record in (first, first | {"intensity": 7}, first | {"intensity": 9}):
        body = {"cursor": phone.cursor, "device": phone.device, "sent_at": now_text()}
        bodies.append(json.dumps(body | {"changes": {"pain_logs": [record]}}).encode())
        reply = phone.post(bodies[-1]).json()
        phone.cursor = reply["cursor"]
    before = SyncCounter.objects.get().seq
    for body in bodies * times:
        assert phone.post(body).json()["outcomes"]["identical"] == 1
    assert SyncCounter.objects.get().seq == before
    assert PainLog.objects.get().intensity == 9
    assert [state["intensity"] for state in states("record-0001")] == [5, 7]


def now_text() -> str:
    return datetime.now(UTC).isoformat()


@pytest.mark.acceptance(2, "native")
@committed
@pytest.mark.parametrize(
    "fault",
    [Fault.REFUSE, Fault.CUT_REQUEST, Fault.LOSE_ANSWER, Fault.TEAR_ANSWER],
)
def test_02_wherever_the_connection_is_cut_the_entry_arrives_once(
    patient, proxy, fault
):
    phone = SocketPhone(token_of(patient.user), port=proxy.port)
    changes = {"pain_logs": [pain() for _ in range(20)]}
    proxy.script(fault)
    with pytest.raises((OSError, http.client.HTTPException)):
        phone.full_sync(changes)
    arrived = fault in (Fault.LOSE_ANSWER, Fault.TEAR_ANSWER)
    assert PainLog.objects.count() == 20 * arrived
    outcomes = phone.full_sync(changes)["outcomes"]
    assert outcomes["identical" if arrived else "new"] == 20
    assert PainLog.objects.count() == 20
    assert len(phone.held) == 20


@pytest.mark.acceptance(3, "native")
def test_03_a_phone_that_dies_before_it_stores_the_reply_asks_again(
    phone, second_phone
):
    second_phone.full_sync({"pain_logs": [pain("from-second-phone")]})
    changes = {"pain_logs": [pain("from-first-phone")]}
    phone.sync(changes)  # dies: neither changes nor cursor are stored
    phone.full_sync(changes)
    assert {key[1] for key in phone.held} == {"from-first-phone", "from-second-phone"}


@pytest.mark.acceptance(4, "native")
@committed
def test_04_a_reader_waits_behind_no_cursor_for_a_late_commit(
    patient, phone, second_phone
):
    """The slow push has the lower number; the other one must not overtake it."""
    numbered, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        body = {"device": phone.device, "changes": {"pain_logs": [pain("slow-push")]}}
        with transaction.atomic():
            exchange(
                access=SyncedPatient.as_themselves(patient),
                envelope=open_envelope(json.dumps(body).encode(), gzipped=False),
                app_version="",
                now=timezone.now(),
            )
            numbered.set()
            may_commit.wait(30)

    def fast() -> None:
        numbered.wait(30)
        reader = Phone(second_phone.token)
        reader.full_sync()  # sees nothing yet, and its cursor must not hide it
        may_commit.set()
        second_phone.full_sync({"pain_logs": [pain("fast-push")]})
        reader.full_sync()
        reader.full_sync()
        assert {key[1] for key in reader.held} == {"slow-push", "fast-push"}

    at_once(slow, fast)
    order = PainLog.objects.order_by("seq").values_list("id", flat=True)
    assert list(order) == ["slow-push", "fast-push"]


@pytest.mark.acceptance(5, "native")
def test_05_pages_of_one_large_push_meet_without_gap_or_repeat(phone, second_phone):
    ids = [f"record-{n:05}" for n in range(5_000)]
    days = [{"id": i, "recorded_at": "2026-03-01T07:30:00+01:00"} for i in ids[3_000:]]
    changes = {"pain_logs": [pain(i) for i in ids[:3_000]], "day_logs": days}
    phone.sync(changes)
    seen, sizes, more = [], [], True
    while more:
        reply = second_phone.sync(limit=100)
        page = [r["id"] for records in reply["changes"].values() for r in records]
        seen += page
        sizes.append(len(page))
        second_phone.cursor, more = reply["cursor"], reply["has_more"]
    assert sorted(seen) == ids
    assert sizes == [100] * 50


@pytest.mark.acceptance(6, "native")
def test_06_a_withdrawal_after_sync_reaches_everybody_and_keeps_the_row(
    phone, second_phone
):
    record = pain("record-0001")
    phone.full_sync({"pain_logs": [record]})
    second_phone.full_sync()
    withdrawn = record | {"withdrawn_at": "2026-03-05T08:00:00+01:00"}
    phone.full_sync({"pain_logs": [withdrawn]})
    second_phone.full_sync()
    held = second_phone.held["pain_logs", "record-0001"]
    assert held["withdrawn_at"] == "2026-03-05T07:00:00+00:00"
    assert PainLog.objects.get().withdrawn_at == datetime(2026, 3, 5, 7, tzinfo=UTC)
    assert states("record-0001")[0]["withdrawn_at"] is None


@pytest.mark.acceptance(7, "native")
def test_07_an_entry_withdrawn_before_its_first_sync_is_kept_as_withdrawn(
    phone, second_phone
):
    record = pain(withdrawn_at="2026-03-01T07:31:00+01:00")
    assert phone.full_sync({"pain_logs": [record]})["outcomes"]["new"] == 1
    second_phone.full_sync()
    assert second_phone.held["pain_logs", record["id"]]["withdrawn_at"]
    assert PainLog.objects.count() == 1


@pytest.mark.acceptance(8, "native")
@pytest.mark.parametrize("edit_first", [True, False])
def test_08_a_withdrawal_and_an_offline_edit_both_survive(
    phone, second_phone, edit_first
):
    record = pain(intensity=5)
    phone.full_sync({"pain_logs": [record]})
    second_phone.full_sync()
    pushes = [
        (phone, record | {"withdrawn_at": "2026-03-05T08:00:00+00:00"}),
        (second_phone, record | {"intensity": 9}),
    ]
    for device, change in reversed(pushes) if edit_first else pushes:
        device.full_sync({"pain_logs": [change]})
    row = PainLog.objects.get()
    assert row.intensity == 9
    assert row.withdrawn_at is not None


@pytest.mark.acceptance(9, "native")
def test_09_a_reinstalled_phone_holds_what_the_server_holds(phone, client):
    days = [{"id": "day-0001", "recorded_at": "2026-03-01T21:00:00Z", "weight_kg": 82}]
    phone.full_sync(
        {"pain_logs": [pain(worst=9), pain(note="ü — 🙂")], "day_logs": days}
    )
    edited = next(iter(phone.held.values())) | {"note": "edited"}
    phone.full_sync({"pain_logs": [edited]})
    fresh = Phone(phone.token)
    fresh.full_sync(limit=2)
    assert fresh.held == phone.held
    assert own_digest(fresh) == own_digest(phone) == digest_of(client, phone)


@pytest.mark.acceptance(10, "native")
def test_10_an_updated_app_gets_what_its_older_version_did_not_know(
    phone, second_phone
):
    record = pain(worst=8)
    second_phone.full_sync({"pain_logs": [record], "day_logs": [check("day-0001")]})
    older = {name: value for name, value in record.items() if name != "worst"}
    phone.full_sync({"pain_logs": [older | {"intensity": 6}]})
    assert (PainLog.objects.get().intensity, PainLog.objects.get().worst) == (6, 8)
    updated = Phone(phone.token, device=phone.device)  # same phone, no cursor
    updated.full_sync()
    assert updated.held["pain_logs", record["id"]]["worst"] == 8
    assert ("day_logs", "day-0001") in updated.held


@pytest.mark.acceptance(11, "native")
def test_11_unsent_work_outlives_a_revoked_access(phone, patient):
    unsent = {"pain_logs": [pain()]}
    patient.user.is_active = False
    patient.user.save()
    refused = phone.post({"device": phone.device, "changes": unsent})
    assert refused.status_code == 401
    assert refused.json()["code"] == "not_authenticated"
    assert PainLog.objects.count() == 0
    patient.user.is_active = True
    patient.user.save()
    phone.token = token_of(patient.user)
    assert phone.full_sync(unsent)["outcomes"]["new"] == 1


@pytest.mark.acceptance(12, "native")
def test_12_null_is_not_zero_in_any_field_of_any_collection(phone, second_phone):
    changes = {}
    for name, collection in COLLECTIONS.items():
        full = {field.name: _example(field) for field in collection.fields}
        empty = dict.fromkeys(full)
        if name == "weakness_logs":
            empty["not_done_reason"] = "forgot"
        changes[name] = [
            {"id": f"{name}-full", "recorded_at": "2026-03-01T07:31:02.250000-05:30"}
            | {"note": "n", "withdrawn_at": "2026-03-02T07:00:00+00:00"}
            | full,
            {"id": f"{name}-empty", "recorded_at": "2026-03-01T07:31:02+00:00"}
            | {"note": None, "withdrawn_at": None}
            | empty,
        ]
    assert phone.full_sync(changes)["outcomes"]["new"] == 2 * len(COLLECTIONS)
    second_phone.full_sync()
    for name, records in changes.items():
        for record in records:
            held = second_phone.held[name, record["id"]]
            assert {key: held[key] for key in record} == record
    assert phone.sync(changes)["outcomes"]["identical"] == 2 * len(COLLECTIONS)


def _example(field):
    by_kind = {
        "int": field.low,
        "float": 71.5,
        "bool": False,
        "date": "2026-03-01",
        "texts": ["ibuprofen"],
    }
    if field.kind == "choice":
        return field.choices[0]
    if field.kind == "choices":
        return list(field.choices)
    return by_kind[field.kind]


@pytest.mark.acceptance(13, "native")
@pytest.mark.parametrize("years", [-1, 1])
def test_13_a_clock_that_is_a_year_off_is_corrected_by_itself(phone, years):
    wrong = datetime.now(UTC) + timedelta(days=365 * years)
    recorded = wrong - timedelta(hours=1)
    phone.sync(
        {"pain_logs": [pain(recorded_at=recorded.isoformat())]}, sent_at=str(wrong)
    )
    row = PainLog.objects.get()
    assert row.clock_suspect is False
    assert row.recorded_at == recorded
    assert row.clock_offset_ms == pytest.approx(years * 365 * 86_400_000, abs=60_000)
    true = datetime.now(UTC) - timedelta(hours=1)
    assert abs(row.happened_at - true) < timedelta(minutes=1)
    assert row.local_day == row.happened_at.astimezone(recorded.tzinfo).date()


@pytest.mark.acceptance(13, "native")
@pytest.mark.parametrize("days", [-365, -50, 365])
def test_13_a_wrong_clock_hides_no_danger(phone, days):
    wrong = datetime.now(UTC) + timedelta(days=days)
    for ago, score in ((4, 3), (3, 3), (2, 3), (1, 0)):  # in two pushes
        tests = [
            {
                "id": f"heel-walk-{ago}-{hours}",
                "recorded_at": (wrong - timedelta(days=ago, hours=hours)).isoformat(),
                "side": "left",
                "test": "heel_walk",
                "score": score,
                "repeat_score": score,
            }
            for hours in (1, 2)
        ]
        reply = phone.sync({"weakness_logs": tests}, sent_at=wrong.isoformat())
    assert [each["rule"] for each in reply["guidance"]] == ["R05"]
    assert Flag.objects.get(rule="R05").tier == "emergency"


@pytest.mark.acceptance(13, "native")
def test_13_a_push_that_lay_about_is_no_slow_clock(phone):
    now = datetime.now(UTC)
    first = [pain("first-entry", recorded_at=now.isoformat())]
    phone.sync({"pain_logs": first}, sent_at=now.isoformat())
    queued = now - timedelta(days=3)
    phone.sync(
        {"pain_logs": [pain(recorded_at=queued.isoformat())]},
        sent_at=queued.isoformat(),
    )
    row = PainLog.objects.exclude(pk="first-entry").get()
    assert (row.happened_at, row.local_day) == (queued, queued.date())


@pytest.mark.acceptance(13, "native")
def test_13_an_edit_by_a_right_clock_moves_no_entry(phone):
    wrong = datetime.now(UTC) + timedelta(days=365)
    entry = pain(recorded_at=wrong.isoformat())
    phone.sync({"pain_logs": [entry]}, sent_at=wrong.isoformat())
    before = PainLog.objects.get()
    phone.sync(
        {"pain_logs": [entry | {"note": "edited"}]},
        sent_at=datetime.now(UTC).isoformat(),
    )
    after = PainLog.objects.get()
    assert (after.note, after.revision) == ("edited", 2)
    assert (after.happened_at, after.local_day) == (
        before.happened_at,
        before.local_day,
    )
    moved = datetime.now(UTC) - timedelta(days=2)
    phone.sync(
        {"pain_logs": [entry | {"recorded_at": moved.isoformat()}]},
        sent_at=datetime.now(UTC).isoformat(),
    )
    assert PainLog.objects.get().happened_at == moved


@pytest.mark.acceptance(13, "native")
def test_13_the_day_is_the_patients_wherever_she_is_and_when_summer_ends(phone):
    told = {
        "before-midnight": ("2026-03-01T23:59:59+01:00", "2026-03-01"),
        "same-in-tokyo": ("2026-03-02T07:59:59+09:00", "2026-03-02"),
        "the-hour-first": ("2026-10-25T02:30:00+02:00", "2026-10-25"),
        "the-hour-again": ("2026-10-25T02:30:00+01:00", "2026-10-25"),
        "the-last-of-day": ("2026-10-25T23:30:00+01:00", "2026-10-25"),
    }
    records = [pain(id_, recorded_at=at) for id_, (at, _) in told.items()]
    phone.full_sync({"pain_logs": records}, sent_at=datetime.now(UTC).isoformat())
    days = dict(PainLog.objects.values_list("id", "local_day"))
    assert {id_: str(day) for id_, day in days.items()} == {
        id_: day for id_, (_, day) in told.items()
    }
    for id_, (at, _) in told.items():
        assert phone.held["pain_logs", id_]["recorded_at"] == at


@pytest.mark.acceptance(14, "native")
def test_14_a_wish_beyond_the_bound_is_met_in_pages_that_say_so(phone, second_phone):
    days = [
        {"id": f"day-{n:05}", "recorded_at": "2026-03-01T07:30:00+01:00"}
        for n in range(MAX_LIMIT + 1)
    ]
    phone.sync({"day_logs": days})
    reply = second_phone.sync(limit=1_000_000)
    assert len(reply["changes"]["day_logs"]) == MAX_LIMIT
    assert reply["has_more"] is True
    second_phone.full_sync(limit=1_000_000)
    assert len(second_phone.held) == len(days)


@pytest.mark.acceptance(15, "native")
def test_15_a_bad_record_is_told_once_and_49_others_arrive(phone):
    queue = [pain(f"record-{n:04}") for n in range(50)]
    queue[20]["intensity"] = 11
    reply = phone.full_sync({"pain_logs": queue})
    assert reply["outcomes"]["new"] == 49
    told = {kept["id"] for kept in reply["quarantined"]}
    left = [r for r in queue if ("pain_logs", r["id"]) not in phone.held]
    assert {record["id"] for record in left} == told == {"record-0020"}
    # Mended by the patient, it arrives and the case is closed.
    mended = phone.full_sync({"pain_logs": [left[0] | {"intensity": 1}]})
    assert mended["outcomes"]["new"] == 1
    assert Quarantine.objects.get().resolved_at is not None


@pytest.mark.acceptance(16, "native")
@committed
def test_16_pushes_at_the_same_time_lose_no_edit_of_one_record(patient):
    token = token_of(patient.user)
    record = pain("record-0001", intensity=0, worst=0, note=None)
    edits = [{"intensity": 7}, {"worst": 9}, {"note": "third"}, {"qualities": None}]
    for _ in range(5):
        phones = [Phone(token) for _ in edits]
        phones[0].full_sync({"pain_logs": [record]})
        for phone in phones:
            phone.full_sync()
        at_once(
            *(
                lambda p=phone, e=edit: p.full_sync({"pain_logs": [record | e]})
                for phone, edit in zip(phones, edits, strict=True)
            )
        )
        row = PainLog.objects.get()
        assert (row.intensity, row.worst, row.note, row.qualities) == (
            *(7, 9, "third", None),
        )
        assert len(states("record-0001")) == row.revision - 1
        phones[0].full_sync()
        phones[0].full_sync({"pain_logs": [record]})  # back to the start, seen


@pytest.mark.acceptance(18, "native")
def test_18_a_new_account_has_an_empty_diary_and_a_cursor(phone):
    reply = phone.sync()
    assert reply["changes"]["pain_logs"] == []
    assert reply["has_more"] is False
    assert reply["cursor"]
    assert reply["outcomes"] == {
        "new": 0,
        "updated": 0,
        "identical": 0,
        "quarantined": 0,
    }


@pytest.mark.acceptance(20, "native")
def test_20_an_edit_right_after_a_replayed_insert_is_kept(phone, second_phone):
    record = pain(intensity=5)
    phone.sync({"pain_logs": [record]})  # the answer is lost
    assert phone.full_sync({"pain_logs": [record]})["outcomes"]["identical"] == 1
    reply = phone.full_sync({"pain_logs": [record | {"intensity": 8}]})
    assert reply["outcomes"]["updated"] == 1
    assert PainLog.objects.get().intensity == 8


@pytest.mark.acceptance(20, "native")
def test_20_an_edit_after_a_lost_answer_and_a_restart_is_kept(phone, second_phone):
    record = pain(intensity=5, note="first")
    phone.sync({"pain_logs": [record]})  # the answer is lost, the app is killed
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"note": "second"}]})
    phone.full_sync({"pain_logs": [record | {"intensity": 8}]})
    row = PainLog.objects.get()
    assert (row.intensity, row.note) == (8, "second")


@pytest.mark.acceptance(20, "native")
def test_20_taking_an_edit_back_whose_answer_was_lost_is_kept(phone):
    record = pain(intensity=5)
    phone.full_sync({"pain_logs": [record]})
    phone.sync({"pain_logs": [record | {"intensity": 8}]})  # the answer is lost
    phone.full_sync({"pain_logs": [record]})
    assert PainLog.objects.get().intensity == 5


@pytest.mark.acceptance(21, "native")
def test_21_an_analysis_between_pull_and_push_disturbs_no_push(phone, patient):
    record = pain(intensity=5)
    phone.full_sync({"pain_logs": [record]})
    before = PainLog.objects.get()
    analyse_patients([patient.pk], timezone.now())
    assert PainLog.objects.get().seq == before.seq
    reply = phone.full_sync({"pain_logs": [record | {"intensity": 6}]})
    assert reply["outcomes"]["updated"] == 1
    assert PainLog.objects.get().revision == 2


@pytest.mark.acceptance(22, "native")
def test_22_a_phone_that_knows_more_than_the_server_gets_everything_again(
    phone, patient
):
    phone.full_sync({"pain_logs": [pain("record-0001")]})
    phone.full_sync({"pain_logs": [pain("record-0002")]})
    SyncCounter.objects.filter(pk=patient.pk).update(seq=2, diary_seq=2)
    PainLog.objects.filter(pk="record-0002").update(seq=99)  # "lost" with the backup
    reply = phone.sync()
    assert [r["id"] for r in reply["changes"]["pain_logs"]] == [
        "record-0001",
        "record-0002",
    ]
    counter = SyncCounter.objects.get(pk=patient.pk)
    assert counter.seq > 1_000_000
    assert counter.rewound_at is not None


@pytest.mark.acceptance(23, "native")
def test_23_another_patients_id_is_never_touched(phone, stranger):
    record = pain(intensity=5)
    phone.sync({"pain_logs": [record]})
    reply = stranger.sync({"pain_logs": [record | {"intensity": 9}]})
    assert reply["outcomes"]["quarantined"] == 1
    assert PainLog.objects.get().intensity == 5
    assert Quarantine.objects.get().reason == Quarantine.FOREIGN
    assert stranger.sync()["changes"]["pain_logs"] == []


@pytest.mark.acceptance(24, "native")
def test_24_a_red_flag_beside_bad_and_conflicting_records_raises_its_alert(
    phone, second_phone, patient
):
    record = pain(intensity=5)
    phone.full_sync({"pain_logs": [record]})
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"intensity": 2}]})
    reply = phone.full_sync(
        {
            "pain_logs": [record | {"intensity": 8}, pain(intensity=99)],
            "red_flag_checks": [check("safety-0001", saddle_anal_numbness="new")],
        }
    )
    assert reply["outcomes"] == {
        "new": 1,
        "updated": 1,
        "identical": 0,
        "quarantined": 1,
    }
    assert reply["guidance"][0]["tier"] == "emergency"
    alert = Alert.objects.get(patient=patient)
    assert ("alerts", str(alert.pk)) in phone.held
