"""Records that carry some of their fields only, and pushes that come late once more."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.sync.conftest import Phone, pain
from tracker.models import PainLog, Quarantine, WeaknessLog


pytestmark = pytest.mark.django_db

PART = {"id": "weakness-1", "recorded_at": "2026-03-01T07:30:00+01:00"}
SELF_TEST = PART | {"side": "left", "test": "heel_walk", "score": 3}


@pytest.mark.parametrize(
    "edit",
    [{"withdrawn_at": "2026-03-02T08:00:00+00:00"}, {"note": "after the stairs"}],
)
def test_a_part_of_a_self_test_needs_neither_score_nor_reason(phone, edit):
    phone.full_sync({"weakness_logs": [SELF_TEST]})
    reply = phone.full_sync({"weakness_logs": [PART | edit]})
    assert reply["outcomes"]["updated"] == 1
    row = WeaknessLog.objects.get()
    assert row.score == 3
    assert bool(row.withdrawn_at or row.note)


def test_a_part_that_comes_with_its_self_test_is_taken_in(phone):
    both = [SELF_TEST, PART | {"note": "in the same push"}]
    assert phone.sync({"weakness_logs": both})["outcomes"]["quarantined"] == 0
    row = WeaknessLog.objects.get()
    assert (row.score, row.note) == (3, "in the same push")


def test_a_part_of_nothing_is_kept_with_its_reason_until_the_rest_comes(phone):
    part = PART | {"note": "where is the rest?"}
    reply = phone.sync({"weakness_logs": [part], "pain_logs": [pain()]})
    assert reply["outcomes"] == {
        "new": 1,
        "updated": 0,
        "identical": 0,
        "quarantined": 1,
    }
    assert set(reply["quarantined"][0]["errors"]) == {"not_done_reason"}
    assert json.loads(Quarantine.objects.get().raw) == part
    phone.sync({"weakness_logs": [SELF_TEST]})
    assert Quarantine.objects.get().resolved_at is not None


def test_a_score_is_not_taken_back_without_a_reason(phone):
    phone.full_sync({"weakness_logs": [SELF_TEST]})
    reply = phone.full_sync({"weakness_logs": [PART | {"score": None, "note": "x"}]})
    assert reply["outcomes"]["quarantined"] == 1
    row = WeaknessLog.objects.get()
    assert (row.score, row.note, row.revision) == (3, None, 1)


def push_of(phone: Phone, record: dict[str, Any], second: int) -> bytes:
    sent_at = datetime(2026, 3, 1, 8, 0, second, tzinfo=UTC).isoformat()
    body = {"device": phone.device, "cursor": phone.cursor, "sent_at": sent_at}
    return json.dumps(body | {"changes": {"pain_logs": [record]}}).encode()


@pytest.mark.parametrize("late", ["the first", "the one sent again"])
def test_a_push_that_comes_late_again_undoes_nothing(phone, second_phone, late):
    """Its first arrival was merged with another phone's edit, and its answer lost."""
    record = pain(note="first")
    phone.full_sync({"pain_logs": [record]})
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"intensity": 9}]})
    edit = record | {"note": "second", "revision": 1}
    first, again = push_of(phone, edit, 1), push_of(phone, edit, 2)
    assert phone.post(first).json()["outcomes"]["updated"] == 1
    assert phone.post(again).json()["outcomes"]["identical"] == 1
    phone.full_sync()
    newest = phone.held["pain_logs", record["id"]] | {"note": "third"}
    newest = {name: newest[name] for name in (*record, "revision")}
    assert phone.post(push_of(phone, newest, 3)).json()["outcomes"]["updated"] == 1
    body = first if late == "the first" else again
    assert phone.post(body).json()["outcomes"]["identical"] == 1
    row = PainLog.objects.get()
    assert (row.note, row.intensity, row.revision) == ("third", 9, 4)
