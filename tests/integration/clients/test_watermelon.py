"""The real WatermelonDB against the real server: the acceptance tests that it can judge.

Its sync is called with the least that its documentation asks for (`bare.js`), or with
the code that we give to app authors (`sync.js`). Each scenario ends with WatermelonDB's
own diagnosis: the phone holds what a first sync would bring, row by row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import make_caregiver, make_message, make_patient, token_of
from tests.integration.clients.node import NodePhone, PhoneError
from tracker.domain import consent, diary
from tracker.models import (
    PainLog,
    Patient,
    Quarantine,
    RedFlagCheck,
    SyncCounter,
    User,
)
from tracker.selectors import sync as selectors
from tracker.services import people


pytestmark = [
    pytest.mark.xdist_group("clients"),
    pytest.mark.django_db(transaction=True),
]
MORNING = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def app(web_server, tmp_path_factory) -> Iterator[NodePhone]:
    """One Node process with as many phones as the tests open in it."""
    process = NodePhone(
        "watermelon/phones.mjs", web_server.url, folder=tmp_path_factory.mktemp("app")
    )
    yield process
    process.close()


@dataclass
class Phone:
    """One WatermelonDB."""

    app: NodePhone
    name: str

    def do(self, name: str, /, **given: Any) -> Any:
        return self.app.do(name, phone=self.name, **given)

    def create(self, *rows: dict[str, Any], table: str = "pain_logs") -> None:
        self.do("create", table=table, rows=list(rows))

    def edit(self, record_id: str, table: str = "pain_logs", **values: Any) -> None:
        self.do("edit", table=table, id=record_id, set=values)

    def delete(self, record_id: str, table: str = "pain_logs") -> None:
        self.do("delete", table=table, id=record_id)

    def sync(self, **given: Any) -> None:
        self.do("sync", **given)

    def rows(self, table: str = "pain_logs") -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.do("dump")[table]}

    def is_sound(self) -> bool:
        diagnosis = self.do("diagnose")
        assert diagnosis == {"issueCount": 0}, diagnosis["log"]
        return True


@pytest.fixture
def buy_phone(app):
    def buy(user: User, **given: Any) -> Phone:
        name = f"phone {next(_numbers)}"
        app.do("open", name=name, token=token_of(user), device=str(uuid4()), **given)
        return Phone(app, name)

    return buy


@pytest.fixture
def patient(transactional_db) -> Patient:
    return make_patient()


@pytest.fixture
def phone(buy_phone, patient) -> Phone:
    return buy_phone(patient.user)


@pytest.fixture
def other(buy_phone, patient) -> Phone:
    return buy_phone(patient.user)


def pain(record_id: str | None = None, **values: Any) -> dict[str, Any]:
    return {
        "id": record_id or f"entry{next(_numbers):011d}",
        "recorded_at": int(MORNING.timestamp() * 1000),
        "recorded_offset_minutes": 60,
        "site": "leg",
        "side": "left",
        "intensity": 5,
        "regions": '["lateral_calf","heel"]',
    } | values


@pytest.mark.acceptance(18, "watermelon")
def test_the_first_sync_of_an_empty_account(phone) -> None:
    phone.sync()
    assert phone.do("pull")["timestamp"] >= 1
    assert phone.is_sound()


@pytest.mark.acceptance(19, "watermelon")
def test_what_one_phone_saved_the_other_reads(phone, other, patient) -> None:
    row = pain(note="CANARY on the stairs 🙂", worst=0)
    phone.create(row)
    make_message(patient)
    phone.sync()
    other.sync()
    held = other.rows()[row["id"]]
    assert row.items() <= held.items()
    assert held["patient_id"] == str(patient.pk)
    assert len(other.rows("messages")) == 1
    stored = PainLog.objects.get()
    assert stored.recorded_at == MORNING
    assert stored.recorded_offset_minutes == 60
    assert stored.regions == ["lateral_calf", "heel"]
    assert phone.is_sound()
    assert other.is_sound()


@pytest.mark.acceptance(1, "watermelon")
@pytest.mark.parametrize("times", [1, 5])
def test_a_push_sent_again_byte_for_byte_changes_nothing(phone, times) -> None:
    phone.create(pain("entry00000000001"), pain("entry00000000002"))
    phone.sync()
    before = SyncCounter.objects.get().seq
    for _ in range(times):
        assert phone.do("replay")["body"]["outcomes"]["identical"] == 2
    assert SyncCounter.objects.get().seq == before
    assert PainLog.objects.count() == 2
    assert phone.is_sound()


@pytest.mark.acceptance(2, "watermelon")
@pytest.mark.acceptance(20, "watermelon")
def test_the_answer_to_a_push_is_lost_and_the_patient_edits_meanwhile(phone) -> None:
    row = pain(intensity=3)
    phone.create(row)
    phone.do("fault", fault="lose answer")
    with pytest.raises(PhoneError, match="network"):
        phone.sync()
    phone.edit(row["id"], intensity=8)
    phone.sync()
    assert PainLog.objects.get().intensity == 8
    assert phone.is_sound()


@pytest.mark.acceptance(3, "watermelon")
def test_the_app_dies_between_pull_and_push(phone, other) -> None:
    other.create(pain("entry00000000001"))
    other.sync()
    phone.create(pain("entry00000000002"))
    phone.do("fault", fault="before push")
    with pytest.raises(PhoneError, match="network"):
        phone.sync()
    assert phone.do("unsynced")
    phone.sync()
    assert PainLog.objects.count() == 2
    assert phone.is_sound()


@pytest.mark.acceptance(6, "watermelon")
def test_a_deletion_is_a_withdrawal_that_comes_back_as_one(phone, other) -> None:
    row = pain(note="CANARY first")
    phone.create(row)
    phone.sync()
    other.sync()
    phone.delete(row["id"])
    phone.sync()
    stored = PainLog.objects.get()
    assert stored.withdrawn_at is not None
    assert stored.note == "CANARY first"
    number = stored.seq
    phone.do("replay")
    other.sync()
    assert other.rows()[row["id"]]["withdrawn_at"] is not None
    assert phone.is_sound()
    assert phone.rows()[row["id"]]["withdrawn_at"] is not None
    assert PainLog.objects.get().seq == number


def test_a_deletion_whose_answer_is_lost_brings_the_withdrawn_row_back(phone) -> None:
    row = pain()
    phone.create(row)
    phone.sync()
    phone.delete(row["id"])
    phone.do("fault", fault="lose answer")
    with pytest.raises(PhoneError, match="network"):
        phone.sync()
    phone.sync()  # ignores the row that it pulls, and pushes the deletion once more
    assert phone.is_sound()
    assert phone.rows()[row["id"]]["withdrawn_at"] is not None
    number = PainLog.objects.get().seq
    assert phone.do("replay")["status"] == 200
    assert PainLog.objects.get().seq == number


@pytest.mark.acceptance(7, "watermelon")
def test_what_is_deleted_before_the_first_sync_never_leaves_the_phone(phone) -> None:
    row = pain()
    phone.create(row)
    phone.delete(row["id"])
    phone.sync()
    assert PainLog.objects.count() == 0
    assert phone.is_sound()


@pytest.mark.acceptance(8, "watermelon")
def test_one_phone_deletes_what_the_other_edits_offline(phone, other) -> None:
    row = pain(intensity=2)
    phone.create(row)
    phone.sync()
    other.sync()
    phone.delete(row["id"])
    other.edit(row["id"], note="CANARY much worse")
    phone.sync()
    other.sync()
    stored = PainLog.objects.get()
    assert stored.withdrawn_at is not None
    assert stored.note == "CANARY much worse"
    assert phone.is_sound()
    assert other.is_sound()


@pytest.mark.acceptance(9, "watermelon")
def test_a_new_installation_holds_everything(phone, buy_phone, patient) -> None:
    for name, collection in diary.COLLECTIONS.items():
        phone.create(*every_answer(collection), table=name)
    phone.sync()
    phone.do("wipe")
    assert phone.is_sound()
    held = phone.do("dump")  # of alerts, too: unanswered questions beside a drop
    assert {len(held[name]) for name in diary.COLLECTIONS} == {2}
    assert buy_phone(patient.user).is_sound()


def every_answer(collection: diary.Collection) -> list[dict[str, Any]]:
    """Return two rows: every field answered with its lowest value, and with none."""
    when = {"recorded_at": int(MORNING.timestamp() * 1000)}
    reason = {"not_done_reason": "pain"} if collection.name == "weakness_logs" else {}
    answered = {field.name: lowest(field) for field in collection.fields}
    silent = dict.fromkeys(collection.field_names)
    return [
        when | answered | reason | {"id": f"answered-{collection.name}"},
        when | silent | reason | {"id": f"silent-{collection.name}"},
    ]


def lowest(field: diary.Field) -> Any:
    if field.kind in ("int", "float"):
        return field.low
    if field.kind == "bool":
        return False
    if field.kind in ("choices", "texts"):
        return "[]"
    return "2026-03-01" if field.kind == "date" else field.choices[0]


@pytest.mark.acceptance(12, "watermelon")
@pytest.mark.parametrize("name", diary.COLLECTIONS)
def test_zero_no_and_empty_are_answers_and_null_is_none(
    phone, other, patient, name
) -> None:
    answered, silent = every_answer(diary.COLLECTIONS[name])
    phone.create(answered, silent, table=name)
    phone.sync()
    other.sync()
    held = other.rows(name)
    assert answered.items() <= held[answered["id"]].items()
    assert silent.items() <= held[silent["id"]].items()
    stored = selectors.documents(name, [silent["id"]])[silent["id"]]
    assert all(
        stored[field] is None for field, value in silent.items() if value is None
    )


@pytest.mark.acceptance(10, "watermelon")
def test_a_new_version_of_the_app_gets_the_new_table_and_column(
    phone, buy_phone, patient
) -> None:
    phone.create(pain(worst=9))
    phone.sync()
    make_message(patient)
    old = buy_phone(patient.user, without=["messages", "pain_logs.worst"])
    old.sync()
    old.edit(next(iter(old.rows())), note="CANARY by the old version")
    old.sync()
    assert PainLog.objects.get().worst == 9
    old.do("upgrade")
    assert len(old.rows()) == 1
    old.sync()
    assert [row["worst"] for row in old.rows().values()] == [9]
    assert len(old.rows("messages")) == 1
    assert old.is_sound()


@pytest.mark.acceptance(13, "watermelon")
@pytest.mark.parametrize("days", [-365, 365])
def test_a_wrong_clock_loses_nothing(phone, patient, days) -> None:
    wrong = timezone.now() + timedelta(days=days)
    phone.create(pain(recorded_at=int(wrong.timestamp() * 1000)))
    phone.sync()
    assert PainLog.objects.get().clock_suspect is (days > 0)
    assert phone.is_sound()


@pytest.mark.parametrize(
    ("instant", "offset", "day", "stored_offset"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), None, "2026-03-29", 60),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), None, "2026-03-29", 120),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), None, "2026-03-29", 60),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), -300, "2026-03-28", -300),
    ],
)
@pytest.mark.acceptance(13, "watermelon")
def test_the_offset_fixes_the_day_and_the_zone_of_the_patient_stands_in(
    phone, instant, offset, day, stored_offset
) -> None:
    milliseconds = int(instant.timestamp() * 1000)
    phone.create(pain(recorded_at=milliseconds, recorded_offset_minutes=offset))
    phone.sync()
    stored = PainLog.objects.get()
    assert stored.recorded_at == instant
    assert (str(stored.local_day), stored.recorded_offset_minutes) == (
        day,
        stored_offset,
    )
    assert phone.is_sound()


@pytest.mark.acceptance(15, "watermelon")
def test_a_poisoned_row_among_fifty_holds_back_no_other(phone) -> None:
    rows = [pain() for _ in range(49)]
    phone.create(*rows, pain("poisoned00000000", intensity=11))
    phone.sync()
    assert PainLog.objects.count() == 49
    assert Quarantine.objects.get().record_id == "poisoned00000000"
    phone.sync()
    assert not phone.do("unsynced")
    assert Quarantine.objects.count() == 1
    phone.edit("poisoned00000000", intensity=10)
    phone.sync()
    assert PainLog.objects.get(pk="poisoned00000000").intensity == 10
    assert Quarantine.objects.get().resolved_at is not None
    assert phone.is_sound()


@pytest.mark.acceptance(17, "watermelon")
@pytest.mark.slow
def test_ten_thousand_entries_in_one_push(phone) -> None:
    rows = [
        pain(f"backlog{number:09d}", note="CANARY " * 30) for number in range(10_000)
    ]
    phone.create(*rows)
    phone.sync()
    assert PainLog.objects.count() == 10_000
    assert not phone.do("unsynced")
    assert phone.is_sound()


def changed_during_a_push(phone: Phone, other: Phone, held: str) -> int:
    """Let the other phone edit a record between this phone's pull and its push."""
    phone.do("fault", fault="hold push")
    running = phone.app.start("sync", phone=phone.name)
    other.sync()
    phone.do("release")
    assert held in other.rows()
    return running


@pytest.mark.acceptance(16, "watermelon")
def test_a_record_changed_meanwhile_ends_the_push_and_the_next_one_merges(
    phone, other
) -> None:
    row = pain(intensity=2, note=None)
    phone.create(row)
    phone.sync()
    other.sync()
    other.edit(row["id"], note="CANARY of the other")
    phone.edit(row["id"], intensity=7)
    phone.create(pain("unrelated0000000"))
    running = changed_during_a_push(phone, other, row["id"])
    with pytest.raises(PhoneError, match="sync_conflict"):
        phone.app.answer(running)
    assert PainLog.objects.count() == 1
    assert PainLog.objects.get().intensity == 2
    phone.sync()
    stored = PainLog.objects.get(pk=row["id"])
    assert (stored.intensity, stored.note) == (7, "CANARY of the other")
    assert PainLog.objects.count() == 2
    assert phone.is_sound()
    assert other.is_sound()


@pytest.mark.acceptance(24, "watermelon")
def test_danger_in_a_push_that_is_refused_is_told_at_once(
    phone, other, patient
) -> None:
    row = pain()
    phone.create(row)
    phone.sync()
    other.sync()
    other.edit(row["id"], note="CANARY of the other")
    phone.edit(row["id"], intensity=7)
    when = int(timezone.now().timestamp() * 1000)
    check = {"id": "check00000000001", "recorded_at": when, "urine_leak": "new"}
    phone.create(check, table="red_flag_checks")
    running = changed_during_a_push(phone, other, row["id"])
    with pytest.raises(PhoneError, match="guidance"):
        phone.app.answer(running)
    assert not RedFlagCheck.objects.exists()
    kept = Quarantine.objects.get()
    assert (kept.record_id, kept.reason) == (check["id"], Quarantine.CONFLICT)
    assert patient.alerts.count() >= 1
    opened = set(patient.alerts.values_list("pk", flat=True))
    phone.sync()
    assert RedFlagCheck.objects.get().urine_leak == "new"
    assert Quarantine.objects.get().resolved_at is not None
    assert set(patient.alerts.values_list("pk", flat=True)) == opened
    assert phone.is_sound()
    assert len(phone.rows("alerts")) == len(opened)


def test_the_code_for_app_authors_solves_a_conflict_by_itself(phone, other) -> None:
    row = pain(intensity=2)
    phone.create(row)
    phone.sync(bare=False)
    other.sync(bare=False)
    other.edit(row["id"], note="CANARY of the other")
    phone.edit(row["id"], intensity=7)
    phone.do("fault", fault="hold push")
    running = phone.app.start("sync", phone=phone.name, bare=False)
    other.sync(bare=False)
    phone.do("release")
    phone.app.answer(running)
    stored = PainLog.objects.get()
    assert (stored.intensity, stored.note) == (7, "CANARY of the other")
    assert phone.is_sound()


def test_the_code_for_app_authors_shows_advice_at_once(phone) -> None:
    when = int(timezone.now().timestamp() * 1000)
    phone.create({"recorded_at": when, "urine_leak": "new"}, table="red_flag_checks")
    phone.sync(bare=False)
    assert [advice["tier"] for advice in phone.do("shown")] == ["emergency"]


def test_numbers_taken_by_the_clinic_between_pull_and_push_are_no_conflict(
    phone, patient
) -> None:
    row = pain()
    phone.create(row)
    phone.sync()
    phone.edit(row["id"], intensity=9)
    phone.do("fault", fault="hold push")
    running = phone.app.start("sync", phone=phone.name)
    make_message(patient)
    phone.do("release")
    phone.app.answer(running)
    assert PainLog.objects.get().intensity == 9
    assert phone.is_sound()


@pytest.mark.acceptance(22, "watermelon")
def test_after_yesterdays_backup_the_phone_sends_what_the_clinic_has_lost(
    phone, patient
) -> None:
    phone.create(pain("before0backup000"))
    phone.sync()
    backup = SyncCounter.objects.get().seq
    phone.create(pain("after00backup000"), pain("after00backup001"))
    phone.sync()
    phone.sync()
    restore_backup(patient, backup)
    phone.sync()
    assert SyncCounter.objects.get().rewound_at is not None
    assert PainLog.objects.count() == 1
    phone.do("resend")
    phone.sync()
    assert PainLog.objects.count() == 3
    assert phone.is_sound()


def restore_backup(patient: Patient, seq: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers
        PainLog.objects.filter(patient=patient, seq__gt=seq).delete()
        SyncCounter.objects.filter(patient=patient).update(seq=seq, diary_seq=seq)


@pytest.mark.acceptance(23, "watermelon")
def test_another_patients_ids_are_never_touched(phone, buy_phone, log_lines) -> None:
    stranger = buy_phone(make_patient().user)
    row = pain("stolen0000000000", note="CANARY mine")
    stranger.create(row)
    stranger.sync()
    phone.create(row | {"note": "CANARY theirs"}, pain("honest0000000000"))
    phone.sync()
    phone.edit(row["id"], note="CANARY again")
    phone.sync()
    phone.delete(row["id"])
    phone.sync()
    stored = PainLog.objects.get(pk=row["id"])
    assert (stored.note, stored.withdrawn_at) == ("CANARY mine", None)
    assert PainLog.objects.filter(pk="honest0000000000").exists()
    kept = Quarantine.objects.filter(reason=Quarantine.FOREIGN)
    assert kept.count() == 3
    assert stranger.is_sound()


def test_a_caregiver_syncs_two_diaries_under_one_number(buy_phone) -> None:
    first, second = make_patient(), make_patient()
    user = make_caregiver(first, may_write=True).user
    make_caregiver(second, user=user, may_write=True)
    for each in (first, second):
        one = buy_phone(each.user)
        one.create(pain(f"own{str(each.pk).replace('-', '')}"))
        one.sync()
    caring = buy_phone(user)
    caring.sync()
    assert {row["patient_id"] for row in caring.rows().values()} == {
        str(first.pk),
        str(second.pk),
    }
    caring.create(pain("for0the0second00", patient_id=str(second.pk)))
    caring.create(pain("for0nobody000000"))
    caring.edit(f"own{str(first.pk).replace('-', '')}", intensity=1)
    caring.sync()
    assert PainLog.objects.get(pk="for0the0second00").patient == second
    assert PainLog.objects.get(patient=first).intensity == 1
    assert Quarantine.objects.get().record_id == "for0nobody000000"
    own = buy_phone(second.user)
    own.sync()
    assert "for0the0second00" in own.rows()
    assert own.is_sound()


@pytest.mark.acceptance(11, "watermelon")
def test_a_caregiver_who_may_no_longer_look_loses_the_rows_but_no_work(
    buy_phone,
) -> None:
    patient, staying = make_patient(), make_patient()
    caregiver = make_caregiver(patient, may_write=True)
    make_caregiver(staying, user=caregiver.user, may_write=True)
    own = buy_phone(patient.user)
    own.create(pain("entry00000000001"))
    own.sync()
    caring = buy_phone(caregiver.user)
    caring.sync()
    caring.edit("entry00000000001", note="CANARY edited by the caregiver")
    caring.create(pain("entry00000000002", patient_id=str(patient.pk)))
    caregiver.revoked_at, caregiver.revoked_by = timezone.now(), patient.user
    caregiver.save()
    caring.sync()
    assert PainLog.objects.get().note is None
    assert set(Quarantine.objects.values_list("record_id", "patient")) == {
        ("entry00000000001", patient.pk),
        ("entry00000000002", patient.pk),
    }
    caring.sync()
    assert "entry00000000001" not in caring.rows()


def test_after_the_consent_is_withdrawn_the_phone_waits_and_nothing_is_lost(
    phone, patient
) -> None:
    phone.create(pain("before0consent00"))
    phone.sync()
    people.withdraw_consent(patient, now=timezone.now())
    phone.create(pain("while00sealed000"))
    phone.sync()
    assert PainLog.objects.count() == 1
    assert Quarantine.objects.get().reason == Quarantine.SEALED
    pulled = phone.do("pull")
    assert pulled["timestamp"] >= 1
    assert pulled["changes"]["pain_logs"]["updated"] == []
    people.give_consent(patient, version=consent.VERSION, now=timezone.now())
    assert PainLog.objects.count() == 2
    assert phone.is_sound()
