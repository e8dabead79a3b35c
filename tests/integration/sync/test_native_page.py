"""The SQL of docs/sync-native.md loses nothing against the real server."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.sync.conftest import Phone, pain
from tracker.models import PainLog
from tracker.services import resync


pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sync-native.md"
SQL = dict(
    re.findall(r"<!-- sql: (\S+) -->\n```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
)


class Native:
    """A phone that does what the page says, with the statements of the page."""

    def __init__(self, phone: Phone, patient: str = "own") -> None:
        self.phone, self.patient = phone, patient
        self.device = str(uuid4())
        self.rows = sqlite3.connect(":memory:", isolation_level=None)
        self.rows.executescript(SQL["tables"])

    def do(self, name: str, **values: Any) -> None:
        for statement in filter(str.strip, SQL[name].split(";\n")):
            self.rows.execute(statement, {"patient": self.patient, **values})

    def edit(self, record: dict[str, Any], collection: str = "pain_logs") -> None:
        self.do("edit", collection=collection, id=record["id"], own=json.dumps(record))

    def queue(self) -> list[tuple[str, str, str, int]]:
        return self.rows.execute(SQL["queue"], {"patient": self.patient}).fetchall()

    def send(self) -> tuple[list[tuple[str, str, str, int]], dict[str, Any]]:
        sent = self.queue()
        changes: dict[str, list[Any]] = {}
        for collection, _, own, _ in sent:
            changes.setdefault(collection, []).append(json.loads(own))
        return sent, self.ask(changes)

    def ask(self, changes: dict[str, list[Any]] | None = None) -> dict[str, Any]:
        found = self.rows.execute("SELECT cursor FROM diaries").fetchone()
        body = {"cursor": found and found[0], "limit": 2, "device": self.device} | (
            {"changes": changes} if changes else {}
        )
        answer = self.phone.post(json.dumps(body).encode())
        assert answer.status_code == 200
        reply: dict[str, Any] = answer.json()
        return reply

    def store(self, sent: list[tuple[str, str, str, int]], reply: dict[str, Any]):
        codes = [each["code"] for each in reply["notices"]]
        bad = {(each["collection"], each["id"]): each for each in reply["quarantined"]}
        self.rows.execute("BEGIN")
        if "consent_withdrawn" not in codes:
            for collection, id_, _, version in sent:
                where = {"collection": collection, "id": id_, "version": version}
                if errors := bad.get((collection, id_)):
                    self.do("refused", errors=json.dumps(errors["errors"]), **where)
                else:
                    self.do("taken", **where)
        if "resync" in codes:
            self.do("resync")
        for collection, records in reply["changes"].items():
            for record in records:
                held = json.dumps(record, sort_keys=True)
                self.do("came", collection=collection, id=record["id"], held=held)
        self.do("cursor", cursor=reply["cursor"])
        self.rows.execute("COMMIT")

    def sync(self) -> None:
        sent, reply = self.send()
        self.store(sent, reply)
        while reply["has_more"]:
            reply = self.ask()
            self.store([], reply)
        self.do("last-page")

    def shown(self) -> dict[str, Any]:
        rows = self.rows.execute(
            "SELECT id, coalesce(own, held) FROM entries WHERE collection = 'pain_logs'"
        )
        return {id_: json.loads(text) for id_, text in rows}


@pytest.fixture
def native(phone: Phone) -> Native:
    return Native(phone)


def test_every_statement_of_the_page_is_run_here() -> None:
    source = Path(__file__).read_text()
    assert all(f'"{name}"' in source for name in SQL)
    assert len(SQL) == 9


def test_what_is_written_arrives_and_the_queue_is_empty(native: Native) -> None:
    for number in range(7):
        native.edit(pain(id=f"entry-000{number}", intensity=number))
    native.sync()
    assert native.queue() == []
    assert PainLog.objects.count() == 7
    assert {each["intensity"] for each in native.shown().values()} == set(range(7))


def test_a_lost_answer_loses_and_doubles_nothing(native: Native) -> None:
    native.edit(pain(id="entry-0001"))
    native.send()  # and the answer never comes
    assert len(native.queue()) == 1
    native.sync()
    assert native.queue() == []
    assert PainLog.objects.get().revision == 1


def test_what_is_edited_in_mid_flight_goes_out_next(native: Native) -> None:
    native.edit(pain(id="entry-0001", intensity=3))
    sent, reply = native.send()
    native.edit(pain(id="entry-0001", intensity=8))
    native.store(sent, reply)
    assert native.shown()["entry-0001"]["intensity"] == 8
    native.sync()
    assert PainLog.objects.get().intensity == 8
    assert native.queue() == []


def test_what_is_refused_waits_for_the_patient_alone(native: Native) -> None:
    native.edit(pain(id="entry-0001", intensity=11))
    native.edit(pain(id="entry-0002", intensity=4))
    native.sync()
    assert native.queue() == []
    ((errors,),) = native.rows.execute(
        "SELECT refused FROM entries WHERE refused IS NOT NULL"
    ).fetchall()
    assert "intensity" in json.loads(errors)
    native.edit(pain(id="entry-0001", intensity=10))
    native.sync()
    assert PainLog.objects.get(pk="entry-0001").intensity == 10


def test_a_new_start_keeps_what_is_unsent_and_brings_back_what_is_lost(
    native: Native, patient: Any
) -> None:
    for number in range(5):
        native.edit(pain(id=f"entry-000{number}", intensity=number))
    native.sync()
    native.edit(pain(id="unsent-0001", intensity=9))
    lost = dict(native.shown()["entry-0003"])
    resync.resync_patient(patient.pk)
    held = json.dumps(lost | {"id": "lost-00001", "intensity": 7})
    native.do("came", collection="pain_logs", id="lost-00001", held=held)
    native.sync()  # the server has never heard of that one
    native.sync()
    assert native.queue() == []
    assert PainLog.objects.get(pk="lost-00001").intensity == 7
    assert PainLog.objects.get(pk="unsent-0001").intensity == 9
    assert PainLog.objects.count() == 7
    assert set(PainLog.objects.values_list("revision", flat=True)) == {1}


def test_an_edit_of_another_phone_comes_and_an_older_page_does_not_undo_it(
    native: Native, phone: Phone
) -> None:
    native.edit(pain(id="entry-0001", intensity=2))
    native.sync()
    older = native.shown()["entry-0001"]
    other = Native(phone)
    other.sync()
    other.edit(other.shown()["entry-0001"] | {"intensity": 6})
    other.sync()
    native.sync()
    native.do("came", collection="pain_logs", id="entry-0001", held=json.dumps(older))
    assert native.shown()["entry-0001"]["intensity"] == 6
