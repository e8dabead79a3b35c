"""RxDB's push: the table of cases, from what a client can send and may believe."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from analytics.models import Flag
from tests.integration.sync.conftest import pain, token_of
from tests.integration.sync.rxdb import RxPhone, row
from tracker.models import PainLog, Quarantine, RedFlagCheck


pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(patient) -> RxPhone:
    return RxPhone(token_of(patient.user))


@pytest.fixture
def second_phone(patient) -> RxPhone:
    return RxPhone(token_of(patient.user))


def stored(entry: dict) -> PainLog:
    return PainLog.objects.get(pk=entry["id"])


def test_an_insert_is_written_and_not_in_the_answer(phone):
    entry = pain(intensity=0)
    assert phone.pushed(row(entry)) == []
    assert stored(entry).intensity == 0
    assert stored(entry).worst is None


@pytest.mark.acceptance(1, "rxdb")
@pytest.mark.parametrize("times", [1, 5])
def test_a_replayed_insert_is_no_conflict_and_no_revision(phone, times):
    entry = pain()
    body = json.dumps([row(entry)]).encode()
    for _ in range(1 + times):
        assert phone.push(body).json() == []
    assert stored(entry).revision == 1


def test_an_edit_of_what_the_clinic_holds_is_written(phone):
    entry = pain()
    phone.pushed(row(entry))
    assert phone.pushed(row(entry | {"intensity": 7}, entry)) == []
    assert stored(entry).intensity == 7
    assert stored(entry).revision == 2


def test_the_servers_own_fields_are_not_compared(phone):
    entry = pain()
    phone.pushed(row(entry))
    (document,) = phone.pulled()
    assert document["revision"] == 1
    changed = {"revision": 99, "received_at": "2000-01-01T00:00:00Z"}
    assert phone.pushed(row(document | {"worst": 9}, document | changed)) == []
    assert stored(entry).worst == 9


def test_two_edits_in_a_row_without_a_pull_between_them(phone):
    """The client assumes what it sent; the revision in it is that of the last pull."""
    phone.pushed(row(pain("0a1b2c3d")))
    (first,) = phone.pulled()
    second = first | {"intensity": 7}
    third = first | {"worst": 3}  # intensity is back to what it was at first
    assert phone.pushed(row(second, first)) == []
    assert phone.pushed(row(third, second)) == []
    assert stored(first).intensity == first["intensity"]
    assert stored(first).worst == 3


def test_edits_of_this_phone_that_it_never_heard_of_are_no_conflict(phone):
    """The answer was lost, the app killed, the patient edits: the newest answer stays."""
    entry = pain()
    phone.pushed(row(entry))
    phone.pushed(row(entry | {"intensity": 6}, entry))
    assert phone.pushed(row(entry | {"intensity": 8})) == []
    assert stored(entry).intensity == 8
    assert phone.pushed(row(entry | {"intensity": 9}, entry)) == []
    assert stored(entry).intensity == 9


def test_a_session_stands_for_a_phone_that_names_no_device(patient):
    phone = RxPhone(token_of(patient.user), device=None)
    entry = pain()
    phone.pushed(row(entry))
    assert phone.pushed(row(entry | {"intensity": 8})) == []
    other = RxPhone(token_of(patient.user), device=None)
    assert len(other.pushed(row(entry | {"intensity": 1}))) == 1
    assert stored(entry).intensity == 8


def test_a_delayed_push_does_not_bring_back_what_the_phone_has_replaced(phone):
    entry = pain()
    late = json.dumps([row(entry)]).encode()
    phone.push(late)
    phone.pushed(row(entry | {"intensity": 8}, entry))
    (master,) = phone.push(late).json()
    assert master["intensity"] == 8
    assert stored(entry).intensity == 8


def test_an_edit_over_another_phones_edit_is_answered_with_the_clinics_state(
    phone, second_phone
):
    entry = pain()
    phone.pushed(row(entry))
    second_phone.pushed(row(entry | {"worst": 9}, entry))
    (master,) = phone.pushed(row(entry | {"intensity": 8}, entry))
    assert master["worst"] == 9
    assert master["intensity"] == entry["intensity"]
    assert master["_deleted"] is False
    assert stored(entry).revision == 2
    assert phone.pushed(row(master | {"intensity": 8}, master)) == []
    assert stored(entry).intensity == 8


def test_the_answer_holds_only_ids_of_the_request_and_each_once(phone, second_phone):
    ours, other = pain(), pain()
    phone.pushed(row(ours), row(other))
    second_phone.pushed(row(ours | {"worst": 9}, ours))
    edit = row(ours | {"intensity": 8}, ours)
    assert [each["id"] for each in phone.pushed(edit, edit)] == [ours["id"]]


def test_an_answer_that_a_document_leaves_out_is_taken_back(phone):
    entry = pain(worst=9)
    phone.pushed(row(entry))
    without = {name: entry[name] for name in entry if name != "worst"}
    assert phone.pushed(row(without, entry)) == []
    assert stored(entry).worst is None


def test_a_record_that_the_server_has_lost_is_made_again(phone):
    entry = pain()
    assert phone.pushed(row(entry | {"intensity": 3}, entry)) == []
    assert stored(entry).intensity == 3


def test_deleting_withdraws_and_may_be_sent_again(phone):
    entry = pain()
    phone.pushed(row(entry))
    deletion = row(entry | {"_deleted": True}, entry)
    assert phone.pushed(deletion) == []
    at = stored(entry).withdrawn_at
    assert at is not None
    assert phone.pushed(deletion) == []
    assert stored(entry).withdrawn_at == at
    (document,) = phone.pulled()
    assert document["_deleted"] is True
    assert document["intensity"] == entry["intensity"]


def test_an_edit_that_was_made_before_deleting_is_kept(phone):
    entry = pain()
    phone.pushed(row(entry))
    phone.pushed(row(entry | {"intensity": 9, "_deleted": True}, entry))
    assert stored(entry).intensity == 9
    assert stored(entry).withdrawn_at is not None


def test_a_deletion_of_which_only_the_id_can_be_read_withdraws(phone):
    entry = pain()
    phone.pushed(row(entry))
    assert phone.pushed(row({"id": entry["id"], "_deleted": True}, entry)) == []
    assert stored(entry).withdrawn_at is not None
    assert stored(entry).intensity == entry["intensity"]


def test_a_withdrawn_entry_can_be_restored(phone):
    entry = pain()
    phone.pushed(row(entry))
    deleted = entry | {"_deleted": True}
    phone.pushed(row(deleted, entry))
    assert phone.pushed(row(entry, deleted)) == []
    assert stored(entry).withdrawn_at is None


def test_what_was_deleted_before_it_was_ever_sent_is_accepted_silently(phone):
    entry = pain()
    assert phone.pushed(row(entry | {"_deleted": True})) == []
    assert not PainLog.objects.exists()
    assert not Quarantine.objects.exists()


def test_a_deletion_on_one_phone_and_an_edit_on_the_other_meet_on_the_phone(
    phone, second_phone
):
    entry = pain()
    phone.pushed(row(entry))
    phone.pushed(row(entry | {"_deleted": True}, entry))
    (master,) = second_phone.pushed(row(entry | {"intensity": 8}, entry))
    assert master["_deleted"] is True


def test_one_bad_row_among_fifty_is_quarantined_and_never_comes_back(phone):
    entries = [pain() for _ in range(50)]
    entries[20]["intensity"] = 11
    assert phone.pushed(*map(row, entries)) == []
    assert PainLog.objects.count() == 49
    kept = Quarantine.objects.get()
    assert kept.record_id == entries[20]["id"]
    assert json.loads(kept.raw)["intensity"] == 11


@pytest.mark.acceptance(23, "rxdb")
def test_another_patients_id_is_never_touched_nor_shown(phone, stranger):
    entry = pain()
    RxPhone(stranger.token).pushed(row(entry))
    for assumed in (None, entry):
        assert phone.pushed(row(entry | {"intensity": 1}, assumed)) == []
    assert phone.pushed(row(entry | {"_deleted": True}, entry)) == []
    assert stored(entry).intensity == entry["intensity"]
    assert stored(entry).withdrawn_at is None
    assert {kept.reason for kept in Quarantine.objects.all()} == {"foreign_id"}
    assert phone.pulled() == []


def check(**answers: str) -> dict:
    return {
        "id": str(uuid.uuid4()),
        "recorded_at": "2026-03-01T07:30:00+01:00",
        **answers,
    }


def test_a_red_flag_is_judged_in_the_push_and_told_in_a_header(phone):
    danger = check(saddle_anal_numbness="new", urine_leak="no")
    response = phone.push([row(danger)], "red_flag_checks")
    assert response.json() == []
    (advice,) = json.loads(response["X-Guidance"])
    assert advice["tier"] == "emergency"
    assert advice["entry"] == danger["id"]
    assert Flag.objects.filter(tier="emergency").exists()
    (alert,) = phone.pulled("alerts")
    assert alert["tier"] == "emergency"
    again = phone.push([row(danger)], "red_flag_checks")
    assert json.loads(again["X-Guidance"]) == [advice]


def test_a_red_flag_in_a_row_in_conflict_raises_its_alert(phone, second_phone):
    entry = check()
    phone.pushed(row(entry), collection="red_flag_checks")
    second_phone.pushed(
        row(entry | {"note": "CANARY"}, entry), collection="red_flag_checks"
    )
    danger = entry | {"saddle_anal_numbness": "new"}
    response = phone.push([row(danger, entry)], "red_flag_checks")
    assert len(response.json()) == 1
    assert json.loads(response["X-Guidance"])[0]["tier"] == "emergency"
    assert Flag.objects.filter(tier="emergency").exists()
    assert RedFlagCheck.objects.get().saddle_anal_numbness is None
    assert [alert["tier"] for alert in phone.pulled("alerts")] == ["emergency"]


def test_a_red_flag_beside_a_conflict_and_a_bad_row_raises_its_alert(
    phone, second_phone
):
    entry = check()
    phone.pushed(row(entry), collection="red_flag_checks")
    second_phone.pushed(row(entry | {"note": "x"}, entry), collection="red_flag_checks")
    rows = [
        row(entry | {"note": "y"}, entry),
        row(check(urine_leak="perhaps", saddle_anal_numbness="new")),
        row(check(saddle_genital_numbness="new")),
    ]
    response = phone.push(rows, "red_flag_checks")
    assert len(response.json()) == 1
    told = {advice["entry"] for advice in json.loads(response["X-Guidance"])}
    assert rows[2]["newDocumentState"]["id"] in told | {None}
    assert Flag.objects.filter(tier="emergency").exists()


def test_what_a_withdrawn_check_says_is_no_danger(phone):
    danger = check(saddle_anal_numbness="new") | {"_deleted": True}
    assert "X-Guidance" not in phone.push([row(danger, danger)], "red_flag_checks")


GARBAGE: list[Any] = [
    None,
    7,
    "row",
    [],
    [[]],
    {},
    {"newDocumentState": None},
    {"newDocumentState": []},
    {"newDocumentState": {}},
    {"newDocumentState": {"id": None}},
    {"newDocumentState": {"id": "a\0bcdefgh"}},
    {"newDocumentState": {"id": "a,b,c,d,e,f"}, "assumedMasterState": 3},
    {"newDocumentState": {"id": ["0a1b2c3d"], "_deleted": "yes"}},
    {"assumedMasterState": {"id": "0a1b2c3d"}},
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=str)
def test_garbage_costs_no_other_row_and_is_kept(phone, garbage):
    entry = pain()
    assert phone.pushed(garbage, row(entry)) == []
    assert stored(entry)
    assert Quarantine.objects.count() == 1


@pytest.mark.parametrize("assumed", [3, [], "x", {"id": 7}, {"intensity": "\0"}])
def test_a_garbled_assumed_state_is_no_state(phone, assumed):
    entry = pain()
    phone.pushed(row(entry))
    rows = [{"newDocumentState": entry | {"worst": 9}, "assumedMasterState": assumed}]
    assert phone.pushed(*rows) == []
    assert stored(entry).worst == 9


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b"[", b"\xff\xfe", b"[" * 100_000, b'{"detail": 1}'],
    ids=repr,
)
def test_a_body_that_is_no_array_is_refused_as_a_problem(phone, body):
    response = phone.push(body)
    assert response.status_code == 400
    assert isinstance(response.json(), dict)
    assert "documents" not in response.json()


def test_a_row_nested_beyond_reason_is_quarantined(phone):
    entry = pain()
    deep = b'{"newDocumentState": {"id": "0a1b2c3d", "note": ' + b"[" * 500
    deep += b"]" * 500 + b"}}"
    body = b"[" + deep + b"," + json.dumps(row(entry)).encode() + b"]"
    assert phone.push(body).json() == []
    assert stored(entry)
    assert Quarantine.objects.count() == 1


def test_a_read_only_collection_takes_nothing(phone):
    assert phone.push([], "alerts").status_code == 404
    assert phone.push([], "users").status_code == 404
    assert phone.pull("users").status_code == 404
