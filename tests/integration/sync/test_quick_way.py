"""A push of new and known entries takes no lock, and loses nothing by it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from tests.integration.sync.conftest import Phone, pain
from tracker.models import PainLog, SyncCounter
from tracker.selectors.glance import glance


pytestmark = pytest.mark.django_db

#: The package offers a function of the same name.
EXCHANGE = import_module("tracker.services.sync.exchange")
PUSH = import_module("tracker.services.sync.push")


def test_an_entry_that_came_between_look_and_write_is_not_missed(
    phone: Phone, second_phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.full_sync()
    theirs, mine = pain(), pain()
    looks: list[str] = []

    def overtaken(*asked: Any) -> Any:
        found = glance(*asked)
        looks.append("look")
        if len(looks) == 1:
            second_phone.sync({"pain_logs": [theirs]})
        return found

    monkeypatch.setattr(EXCHANGE, "glance", overtaken)
    reply = phone.full_sync({"pain_logs": [mine]})

    assert reply["outcomes"]["new"] == 1
    assert {key[1] for key in phone.held} == {mine["id"], theirs["id"]}
    rows = PainLog.objects.order_by("seq")
    assert [row.id for row in rows] == [theirs["id"], mine["id"]]
    assert SyncCounter.objects.get().seq == rows[1].seq == rows[0].seq + 1


def test_consent_withdrawn_between_look_and_write_seals(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sealed(*asked: Any) -> Any:
        found = glance(*asked)
        SyncCounter.objects.update(is_sealed=True)
        return found

    monkeypatch.setattr(EXCHANGE, "glance", sealed)
    reply = phone.sync({"pain_logs": [pain()]})

    assert reply["outcomes"]["new"] == 0
    assert not PainLog.objects.exists()


def test_new_and_known_entries_go_the_quick_way(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(EXCHANGE, "push", never)
    known = pain()
    phone.full_sync({"pain_logs": [known]})
    reply = phone.full_sync({"pain_logs": [known, pain()]})
    assert reply["outcomes"] == {
        "new": 1,
        "updated": 0,
        "identical": 1,
        "quarantined": 0,
    }


def test_the_statements_of_every_push_are_prepared(phone: Phone) -> None:
    phone.full_sync({"pain_logs": [pain()]})
    phone.full_sync({"pain_logs": [pain()]})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements"
            " WHERE strpos(statement, 'insert_pain_logs') > 0"
        )
        (used,) = cursor.fetchone() or (None,)
    assert used == 2


def test_a_counter_that_moved_under_the_lock_is_a_fault_that_is_heard(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = pain()
    phone.full_sync({"pain_logs": [known]})
    monkeypatch.setattr(PUSH, "finish", lambda *_: False)
    with pytest.raises(RuntimeError):
        phone.sync({"pain_logs": [known | {"intensity": 9}]})
