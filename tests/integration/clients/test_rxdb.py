"""The real RxDB, unmodified, against the real server: nothing lost, doubled or undone."""

from __future__ import annotations

import uuid

import pgtrigger
import pytest

from analytics.models import Flag
from tests.integration.clients.rxdb_scene import by_id, new_patient, open_phone, reopen
from tests.integration.sync.conftest import Phone, pain, token_of
from tracker.domain.diary import COLLECTIONS
from tracker.models import PainLog, Quarantine, SyncCounter


pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("clients"),
]

STYLES = ("documented", "recommended")


@pytest.fixture(params=STYLES)
def style(request) -> str:
    return request.param


def stored(entry: dict) -> PainLog:
    return PainLog.objects.get(pk=entry["id"])


def native(patient) -> Phone:
    return Phone(token_of(patient.user))


def test_entries_go_and_come_and_every_null_stays_null(start_phone, style) -> None:
    patient = new_patient()
    first = open_phone(start_phone, patient, handlers=style)
    entries = [pain(intensity=0), pain(intensity=7, worst=0), pain(intensity=None)]
    first.do("insert", documents=entries)
    assert first.do("sync") == []
    assert PainLog.objects.count() == 3
    second = open_phone(start_phone, patient, handlers=style)
    assert second.do("sync") == []
    held = by_id(second.do("all"))
    for entry in entries:
        assert {name: held[entry["id"]][name] for name in entry} == entry


@pytest.mark.acceptance(18, "rxdb")
def test_an_empty_account_syncs_for_the_first_time(start_phone, style) -> None:
    phone = open_phone(start_phone, new_patient(), handlers=style)
    assert phone.do("sync") == []
    assert phone.do("sync") == []
    assert phone.do("all") == []


@pytest.mark.acceptance(20, "rxdb")
def test_an_edit_directly_after_a_replayed_insert_is_kept(start_phone, style) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient, handlers=style)
    entry = pain(intensity=3)
    phone.do("insert", documents=[entry])
    phone.do("network", lose=1)
    phone.do("begin")
    phone.do("failures", count=1)
    assert len(phone.do("settle")) == 1  # pushed again, and taken for the same
    phone.do("edit", id=entry["id"], fields={"intensity": 8})
    phone.do("settle")
    phone.do("close")
    assert phone.do("sync") == []
    assert stored(entry).intensity == 8
    assert by_id(phone.do("all"))[entry["id"]]["intensity"] == 8


@pytest.mark.acceptance(2, "rxdb")
@pytest.mark.acceptance(20, "rxdb")
def test_a_lost_answer_a_killed_app_and_an_edit_keep_the_edit(
    start_phone, style
) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient, handlers=style)
    entry = pain(intensity=3)
    phone.do("insert", documents=[entry])
    phone.do("network", lose=10_000)
    phone.do("begin")
    phone.do("failures", count=1)
    phone.do("close")
    assert stored(entry).intensity == 3
    phone.do("edit", id=entry["id"], fields={"intensity": 8})
    phone.do("network")
    assert phone.do("sync") == []
    assert stored(entry).intensity == 8
    assert by_id(phone.do("all"))[entry["id"]]["intensity"] == 8


def test_offline_work_arrives_when_the_network_is_back(start_phone, style) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient, handlers=style)
    phone.do("network", away=True)
    phone.do("begin")
    entry = pain()
    phone.do("insert", documents=[entry])
    phone.do("failures", count=2)
    phone.do("edit", id=entry["id"], fields={"worst": 9})
    phone.do("network")
    phone.do("settle")
    phone.do("close")
    phone.do("sync")
    assert stored(entry).worst == 9


@pytest.mark.acceptance(6, "rxdb")
@pytest.mark.acceptance(7, "rxdb")
def test_deleting_withdraws_and_stays_deleted_on_every_phone(
    start_phone, style
) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient, handlers=style)
    second = open_phone(start_phone, patient, handlers=style)
    kept, gone, never = pain(), pain(), pain()
    phone.do("insert", documents=[kept, gone])
    phone.do("sync")
    second.do("sync")
    phone.do("remove", id=gone["id"])
    phone.do("insert", documents=[never])
    phone.do("remove", id=never["id"])
    for each in (phone, second, phone):
        assert each.do("sync") == []
        assert list(by_id(each.do("all"))) == [kept["id"]] or each is second
    assert stored(gone).withdrawn_at is not None
    assert not PainLog.objects.filter(pk=never["id"]).exists()
    assert not Quarantine.objects.exists()
    assert list(by_id(second.do("all"))) == [kept["id"]]


def test_two_phones_edit_one_entry_and_both_edits_stay(start_phone) -> None:
    patient = new_patient()
    first, second = (open_phone(start_phone, patient) for _ in range(2))
    entry = pain(intensity=3, worst=4)
    first.do("insert", documents=[entry])
    first.do("sync")
    second.do("sync")
    first.do("edit", id=entry["id"], fields={"intensity": 8})
    second.do("edit", id=entry["id"], fields={"worst": 9})
    first.do("sync")
    second.do("sync")
    second.do("sync")
    first.do("sync")
    assert (stored(entry).intensity, stored(entry).worst) == (8, 9)
    for phone in (first, second):
        held = by_id(phone.do("all"))[entry["id"]]
        assert (held["intensity"], held["worst"]) == (8, 9)


@pytest.mark.acceptance(8, "rxdb")
def test_withdrawn_here_and_edited_there_keeps_both(start_phone) -> None:
    patient = new_patient()
    first, second = (open_phone(start_phone, patient) for _ in range(2))
    entry = pain(intensity=3)
    first.do("insert", documents=[entry])
    first.do("sync")
    second.do("sync")
    first.do("remove", id=entry["id"])
    second.do("edit", id=entry["id"], fields={"intensity": 8})
    first.do("sync")
    second.do("sync")
    second.do("sync")
    assert stored(entry).withdrawn_at is not None
    assert stored(entry).intensity == 8
    assert second.do("all") == []


def test_a_thousand_changes_of_one_transaction_come_in_pages(
    start_phone, style
) -> None:
    patient = new_patient()
    entries = [pain(note=str(number)) for number in range(1_050)]
    native(patient).sync({"pain_logs": entries})
    phone = open_phone(start_phone, patient, handlers=style)
    assert phone.do("sync", batchSize=100) == []
    assert by_id(phone.do("all")).keys() == by_id(entries).keys()


@pytest.mark.acceptance(15, "rxdb")
def test_one_bad_entry_among_fifty_costs_no_other_and_is_not_sent_for_ever(
    start_phone, style
) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient, handlers=style)
    entries = [pain() for _ in range(50)]
    entries[7]["intensity"] = 11
    phone.do("insert", documents=entries)
    assert phone.do("sync") == []
    assert PainLog.objects.count() == 49
    assert Quarantine.objects.get().record_id == entries[7]["id"]
    phone.do("requests")
    assert phone.do("sync") == []
    assert not [each for each in phone.do("requests") if each[0] == "POST"]


@pytest.mark.acceptance(14, "rxdb")
def test_a_batch_size_above_the_cap_is_an_error_and_not_the_end(start_phone) -> None:
    phone = open_phone(start_phone, new_patient())
    phone.do("network")
    phone.start("sync", batchSize=5_001)
    requests: list = []
    while not requests:
        requests = phone.do("requests")
    assert requests[0] == ["GET", "pain_logs/pull", 400]
    phone.do("close")
    phone.kill()


@pytest.mark.acceptance(9, "rxdb")
def test_a_reinstalled_app_gets_everything_back(start_phone) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient, collections=[*COLLECTIONS])
    phone.do("insert", documents=[pain(), pain()])
    day = {"id": "0a1b2c3d4e5f", "recorded_at": pain()["recorded_at"], "steps": 0}
    phone.do("insert", collection="day_logs", documents=[day])
    phone.do("sync")
    phone.do("sync")  # brings back what the server added
    again = open_phone(start_phone, patient, collections=[*COLLECTIONS])
    assert again.do("sync") == []
    for name in COLLECTIONS:
        before = by_id(phone.do("all", collection=name))
        assert by_id(again.do("all", collection=name)) == before
    assert again.do("all", collection="day_logs")[0]["steps"] == 0


@pytest.mark.acceptance(13, "rxdb")
def test_a_wrong_clock_hides_nothing(start_phone) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient)
    times = [
        "2040-01-01T00:00:00+00:00",
        "1999-01-01T00:00:00-12:00",
        "2026-03-29T02:30:00+01:00",  # an hour that summer time leaves out in Berlin
        "2026-03-29T03:30:00+02:00",
    ]
    entries = [pain(recorded_at=time) for time in times]
    phone.do("insert", documents=entries)
    assert phone.do("sync") == []
    held = by_id(open_and_sync(start_phone, patient).do("all"))
    assert {each["id"]: each["recorded_at"] for each in entries} == {
        name: each["recorded_at"] for name, each in held.items()
    }
    assert held[entries[0]["id"]]["clock_suspect"] is True


def open_and_sync(start_phone, patient):
    phone = open_phone(start_phone, patient)
    assert phone.do("sync") == []
    return phone


@pytest.mark.acceptance(11, "rxdb")
def test_an_access_that_ends_keeps_unsent_work_on_the_phone(start_phone, style) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient, handlers=style, token="ended")
    entry = pain()
    phone.do("insert", documents=[entry])
    phone.do("begin")
    phone.do("failures", count=1)
    phone.do("close")
    assert not PainLog.objects.exists()
    assert list(by_id(phone.do("all"))) == [entry["id"]]
    reopen(phone, patient, handlers=style)
    assert phone.do("sync") == []
    assert stored(entry).pk


def test_a_big_backlog_goes_in_parallel_batches_and_arrives_once(start_phone) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient)
    entries = [pain(note=str(number)) for number in range(2_000)]
    phone.do("insert", documents=entries)
    assert phone.do("sync") == []
    assert PainLog.objects.count() == 2_000
    assert not PainLog.objects.filter(revision__gt=1).exists()


@pytest.mark.acceptance(22, "rxdb")
def test_a_restored_backup_is_noticed_and_nothing_on_the_phone_is_lost(
    start_phone,
) -> None:
    patient = new_patient()
    phone = open_phone(start_phone, patient)
    old, lost = pain(), pain()
    phone.do("insert", documents=[old, lost])
    phone.do("sync")
    phone.do("sync")
    lose(lost)
    SyncCounter.objects.filter(pk=patient.pk).update(seq=2)
    assert phone.do("sync") == []
    assert SyncCounter.objects.get(pk=patient.pk).rewound_at is not None
    assert by_id(phone.do("all")).keys() == {old["id"], lost["id"]}
    phone.do("edit", id=lost["id"], fields={"worst": 9})
    assert phone.do("sync") == []
    assert stored(lost).worst == 9


def lose(entry: dict) -> None:
    with pgtrigger.ignore("tracker.PainLog:no_deletion"):
        PainLog.objects.filter(pk=entry["id"]).delete()


def test_another_patients_id_is_kept_aside_and_shown_to_nobody(
    start_phone, style
) -> None:
    other = new_patient()
    entry = pain(intensity=2)
    native(other).sync({"pain_logs": [entry]})
    patient = new_patient()
    phone = open_phone(start_phone, patient, handlers=style)
    phone.do("insert", documents=[entry | {"intensity": 9}])
    assert phone.do("sync") == []
    assert stored(entry).intensity == 2
    assert Quarantine.objects.get().reason == "foreign_id"


def test_a_danger_is_shown_at_once_and_comes_as_an_alert(start_phone) -> None:
    patient = new_patient()
    names = ["red_flag_checks", "alerts"]
    phone = open_phone(start_phone, patient, collections=names)
    check = {
        "id": str(uuid.uuid4()),
        "recorded_at": pain()["recorded_at"],
        "saddle_anal_numbness": "new",
    }
    phone.do("insert", collection="red_flag_checks", documents=[check])
    assert phone.do("sync") == []
    (advice,) = phone.do("guidance")
    assert (advice["tier"], advice["entry"]) == ("emergency", check["id"])
    phone.do("sync")
    (alert,) = phone.do("all", collection="alerts")
    assert alert["tier"] == "emergency"
    assert Flag.objects.filter(tier="emergency").exists()


@pytest.mark.acceptance(24, "rxdb")
def test_a_danger_beside_a_conflict_raises_its_alert(start_phone) -> None:
    patient = new_patient()
    first, second = (
        open_phone(start_phone, patient, collections=["red_flag_checks"])
        for _ in range(2)
    )
    check = {"id": str(uuid.uuid4()), "recorded_at": pain()["recorded_at"]}
    first.do("insert", collection="red_flag_checks", documents=[check])
    first.do("sync")
    second.do("sync")
    edit = {"collection": "red_flag_checks", "id": check["id"]}
    first.do("edit", **edit, fields={"note": "CANARY"})
    second.do("edit", **edit, fields={"saddle_anal_numbness": "new"})
    first.do("sync")
    second.do("sync")
    assert Flag.objects.filter(tier="emergency").exists()
    assert second.do("guidance")[0]["tier"] == "emergency"


def test_a_hint_brings_what_another_phone_wrote(start_phone) -> None:
    patient = new_patient()
    listener = open_phone(start_phone, patient)
    listener.do("listen")
    listener.do("begin")
    listener.do("settle")
    entry = pain(intensity=3)
    native(patient).sync({"pain_logs": [entry]})
    listener.do("seen", id=entry["id"])
    native(patient).sync({"pain_logs": [entry | {"intensity": 8}]})
    listener.do("seen", id=entry["id"], field="intensity", value=8)
    listener.do("deaf")
    listener.do("close")


def test_the_requests_of_a_quiet_sync_are_few(start_phone) -> None:
    phone = open_and_sync(start_phone, new_patient())
    phone.do("requests")
    phone.do("sync")
    requests = phone.do("requests")
    assert {tuple(each) for each in requests} == {("GET", "pain_logs/pull", 200)}
