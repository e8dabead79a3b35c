"""WatermelonDB and RxDB: the app gate, sealed diaries, and phones that start over."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from tests import factories
from tests.integration.sync.conftest import Phone, pain, token_of
from tests.integration.sync.rxdb import RxPhone, row
from tests.integration.sync.test_resync import resync
from tests.integration.sync.test_watermelon import Melon
from tests.integration.sync.test_watermelon import row as flat
from tracker.domain import consent
from tracker.models import (
    MinimumApp,
    PainLog,
    Patient,
    Quarantine,
    RedFlagCheck,
    SyncCursor,
)
from tracker.services import people
from tracker.services.sync import app_gate


pytestmark = pytest.mark.django_db

OLD, NEW = "org.example.app/1.9", "org.example.app/2.0"
LINK = "https://example.org/get-the-app"
CHECK = "safety.check.1"


class RxSpeaker:
    """RxDB, of which the tests here ask the same as of WatermelonDB."""

    def __init__(self, user):
        self.phone = RxPhone(token_of(user))
        self.notices = []

    def push(self, collection, *records, version=NEW):
        return self.phone.push(
            [row(each) for each in records], collection, **{"X-App-Version": version}
        )

    def pull(self, version=NEW, collection="pain_logs"):
        """Return the answer to one pull, and go on from there if it was one."""
        known = self.phone.checkpoints.get(collection, {"updatedAt": 0, "id": ""})
        answer = Client().get(
            f"/api/v1/sync/rxdb/{collection}/pull",
            {"limit": 100, **known},
            headers={
                "X-Session-Token": self.phone.token,
                "X-Device-Id": self.phone.device,
                "X-App-Version": version,
            },
        )
        if answer.status_code == 200:
            self.phone.checkpoints[collection] = answer.json()["checkpoint"]
        return answer

    @property
    def device(self):
        return self.phone.device

    def told(self, answer):
        return json.loads(answer.get("X-Notices", "[]"))

    def said(self, answer):
        return [each["code"] for each in self.told(answer)]

    def advice(self, answer):
        return json.loads(answer["X-Guidance"])

    def ids(self, answer):
        return [each["id"] for each in answer.json()["documents"]]

    def is_done(self, answer):
        """Whether the client takes its rows for sent and in conflict with nothing."""
        return (answer.status_code, answer.json()) == (200, [])


class MelonSpeaker:
    """WatermelonDB, which pulls before it pushes."""

    def __init__(self, user):
        self.device = "6f1d3c52-9c1a-4f0e-8f0e-3f5a9b6a7c11"
        self.token = token_of(user)
        self.melon = Melon(user, **{"X-Device-Id": self.device})
        self.timestamp = 0

    def push(self, collection, *records, version=NEW):
        return self.melon.post(
            {collection: {"created": list(map(as_flat, records))}},
            self.timestamp,
            headers={"X-App-Version": version},
        )

    def pull(self, version=NEW):
        answer = self.melon.client.get(
            "/api/v1/sync/watermelon",
            {"last_pulled_at": self.timestamp},
            headers={"X-App-Version": version},
        )
        if answer.status_code == 200:
            self.timestamp = answer.json()["timestamp"]
            assert 1 <= self.timestamp < 2**53
        return answer

    def told(self, answer):
        return answer.json()["notices"]

    def said(self, answer):
        return [each["code"] for each in self.told(answer)]

    def advice(self, answer):
        return answer.json()["guidance"]

    def ids(self, answer):
        return [row["id"] for row in answer.json()["changes"]["pain_logs"]["updated"]]

    def is_done(self, answer):
        return answer.status_code == 200


def as_flat(record):
    if "intensity" in record:
        return flat(record["id"], intensity=record["intensity"])
    at = datetime.fromisoformat(record["recorded_at"])
    return record | {"recorded_at": int(at.timestamp() * 1000)}


@pytest.fixture
def patient(db):
    return factories.make_patient()


@pytest.fixture(params=[RxSpeaker, MelonSpeaker])
def speaker(request, patient):
    return request.param(patient.user)


@pytest.fixture
def other(speaker, patient):
    return type(speaker)(patient.user)


@pytest.fixture
def native(patient):
    return Phone(token_of(patient.user))


@pytest.fixture
def minimum(db):
    MinimumApp.objects.create(app="org.example.app", version="2.0", link=LINK)
    app_gate.forget()
    yield
    app_gate.forget()


def danger():
    return {
        "id": CHECK,
        "recorded_at": timezone.now().isoformat(),
        "saddle_anal_numbness": "new",
    }


def withdraw(patient):
    people.withdraw_consent(patient, now=timezone.now())


def agree(patient):
    people.give_consent(patient, version=consent.VERSION, now=timezone.now())


def test_an_old_app_neither_brings_nor_gets(speaker, native, minimum):
    native.sync({"pain_logs": [pain("entry.one")]})
    for answer in (
        speaker.pull(version=OLD),
        speaker.push("pain_logs", pain("entry.two"), version=OLD),
    ):
        assert answer.status_code == 426
        problem = answer.json()
        assert (problem["code"], problem["link"]) == ("app_too_old", LINK)
        assert problem["guidance"] == []
    assert PainLog.objects.count() == 1
    assert not Quarantine.objects.exists()
    assert speaker.ids(speaker.pull()) == ["entry.one"]
    assert speaker.push("pain_logs", pain("entry.two")).status_code == 200


def test_an_old_app_is_refused_in_the_patients_language(speaker, minimum):
    Patient.objects.update(language="de-AT")
    for answer in (
        speaker.pull(version=OLD),
        speaker.push("pain_logs", pain("entry.two"), version=OLD),
    ):
        problem = answer.json()
        assert problem["title"].startswith("Diese App ist zu alt")
        assert problem["detail"] == f"{problem['title']} {LINK}"


def test_a_danger_in_an_old_app_is_judged_kept_alerted_and_later_stored(
    speaker, minimum
):
    record = danger()
    for _ in range(3):
        answer = speaker.push("red_flag_checks", record, version=OLD)
        assert answer.status_code == 426
        assert answer.json()["guidance"][0]["tier"] == "emergency"
    kept = Quarantine.objects.get()
    assert (kept.record_id, kept.reason) == (CHECK, "app_too_old")
    assert Alert.objects.get().tier == "emergency"
    assert not RedFlagCheck.objects.exists()
    assert speaker.push("red_flag_checks", record).status_code == 200
    kept.refresh_from_db()
    assert kept.resolved_at is not None
    assert Alert.objects.count() == RedFlagCheck.objects.count() == 1


def test_what_a_sealed_diary_is_sent_is_kept_and_the_client_is_done(speaker, patient):
    speaker.push("pain_logs", pain("before.01", intensity=3))
    speaker.pull()
    withdraw(patient)
    for _ in range(2):
        answer = speaker.push(
            "pain_logs", pain("before.01", intensity=4), pain("after.001")
        )
        assert speaker.is_done(answer)
        assert speaker.said(answer) == ["consent_withdrawn"]
    assert list(PainLog.objects.values_list("intensity", flat=True)) == [3]
    assert Quarantine.objects.filter(reason=Quarantine.SEALED).count() == 2
    agree(patient)
    assert dict(PainLog.objects.values_list("pk", "intensity")) == {
        "before.01": 4,
        "after.001": 5,
    }
    answer = speaker.pull()
    assert set(speaker.ids(answer)) == {"before.01", "after.001"}
    assert speaker.said(answer) == []


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de-AT", "Ihre Klinik sieht Ihr Tagebuch nicht mehr"),
        ("es", "Su clínica ya no ve su diario"),
        ("xx", "Your clinic no longer sees your diary"),
    ],
)
def test_notices_are_in_the_patients_language(
    speaker, native, patient, language, title
):
    Patient.objects.filter(pk=patient.pk).update(language=language)
    withdraw(patient)
    answers = (speaker.pull(), speaker.push("pain_logs", pain("after.001")))
    said = [notice["title"] for answer in answers for notice in speaker.told(answer)]
    said += [notice["title"] for notice in native.sync()["notices"]]
    assert said == [title] * 3


def test_of_a_sealed_diary_nothing_comes_back(speaker, native, patient):
    native.sync({"pain_logs": [pain("known.001")]})
    speaker.pull()
    native.sync({"pain_logs": [pain("known.002")]})
    withdraw(patient)
    answer = speaker.pull()
    assert speaker.ids(answer) == []
    assert speaker.said(answer) == ["consent_withdrawn"]
    agree(patient)
    assert speaker.ids(speaker.pull()) == ["known.002"]


def test_a_first_sync_of_a_sealed_diary_misses_nothing_later(speaker, native, patient):
    native.sync({"pain_logs": [pain("known.001")]})
    withdraw(patient)
    assert speaker.ids(speaker.pull()) == []
    agree(patient)
    assert speaker.ids(speaker.pull()) == ["known.001"]


def test_a_danger_in_a_sealed_diary_is_answered_and_nobody_is_told(speaker, patient):
    withdraw(patient)
    answer = speaker.push("red_flag_checks", danger())
    assert speaker.advice(answer)[0]["tier"] == "emergency"
    assert not Alert.objects.exists()


def test_made_to_start_over_a_phone_gets_everything_once(
    speaker, other, native, patient
):
    native.sync({"pain_logs": [pain("known.001"), pain("known.002")]})
    speaker.pull()
    other.pull()
    resync("--patient", patient.pk)
    for each in (speaker, other):
        answer = each.pull()
        assert sorted(each.ids(answer)) == ["known.001", "known.002"]
        assert each.said(answer) == ["resync"]
    for _ in range(2):
        answer = speaker.pull()
        assert (speaker.ids(answer), speaker.said(answer)) == ([], [])
    native.sync({"pain_logs": [pain("known.003")]})
    assert speaker.ids(speaker.pull()) == ["known.003"]


def test_one_phone_alone_starts_over(speaker, native, patient):
    speaker.push("pain_logs", pain("known.001"))
    speaker.pull()
    speaker.pull()
    resync("--patient", patient.pk, "--device", speaker.device)
    assert speaker.ids(speaker.pull()) == ["known.001"]
    assert speaker.ids(speaker.pull()) == []


def test_one_that_starts_over_while_sealed_does_so_when_it_is_open_again(
    speaker, native, patient
):
    native.sync({"pain_logs": [pain("known.001")]})
    speaker.pull()
    withdraw(patient)
    resync("--everybody")
    assert speaker.ids(speaker.pull()) == []
    agree(patient)
    assert speaker.ids(speaker.pull()) == ["known.001"]


def test_work_that_was_unsent_when_the_phone_started_over_comes_in(
    speaker, native, patient
):
    native.sync({"pain_logs": [pain("known.001")]})
    speaker.pull()
    resync("--everybody")
    speaker.pull()
    assert speaker.is_done(speaker.push("pain_logs", pain("unsent.001")))
    assert PainLog.objects.count() == 2


@pytest.mark.acceptance(22, "rxdb")
@pytest.mark.acceptance(22, "watermelon")
def test_22_after_a_restored_backup_phones_that_are_not_ahead_start_over_too(
    speaker, other, native
):
    native.full_sync({"pain_logs": [pain("backed.up1")]})
    speaker.pull()
    backup = transaction.savepoint()
    native.full_sync({"pain_logs": [pain("lost.00001"), pain("lost.00002")]})
    other.pull()  # it holds what will be lost
    transaction.savepoint_rollback(backup)
    first = other.pull()
    assert (other.ids(first), other.said(first)) == (["backed.up1"], ["resync"])
    second = speaker.pull()
    assert (speaker.ids(second), speaker.said(second)) == (["backed.up1"], ["resync"])
    native.full_sync()
    native.full_sync({"pain_logs": [pain("lost.00001"), pain("lost.00002")]})
    for each in (speaker, other):
        assert sorted(each.ids(each.pull())) == ["lost.00001", "lost.00002"]
        assert each.ids(each.pull()) == []


def test_a_restore_that_gives_out_the_same_keys_again_hides_nothing(
    speaker, other, native
):
    """WatermelonDB's number may name a row that now stands for another place."""
    resync("--restored")
    reset_keys()
    native.full_sync({"pain_logs": [pain("backed.up1")]})
    backup = transaction.savepoint()
    native.full_sync({"pain_logs": [pain("lost.00001")]})
    speaker.pull()
    transaction.savepoint_rollback(backup)
    reset_keys()
    resync("--restored")
    native.cursor = None
    native.full_sync({"pain_logs": [pain("new.000001")]})
    other.pull()
    known = {"backed.up1", "new.000001"}
    assert set(speaker.ids(speaker.pull())) == known


def reset_keys() -> None:
    """Number the rows as a restored database does; a savepoint leaves sequences."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('tracker_synccursor', 'id'), 7)"
        )


def test_rxdb_pages_of_a_phone_that_starts_over_meet(native, patient):
    native.sync({"pain_logs": [pain(f"known.{n:04}") for n in range(7)]})
    phone = RxPhone(token_of(patient.user))
    phone.pulled(limit=2)
    resync("--everybody")
    assert [each["id"] for each in phone.pulled(limit=2)] == [
        f"known.{n:04}" for n in range(7)
    ]
    assert phone.pulled(limit=2) == []


def test_watermelon_keeps_one_number_for_each_place(native, patient):
    speaker = MelonSpeaker(patient.user)
    resync("--everybody")
    for _ in range(3):
        speaker.pull()
    assert SyncCursor.objects.count() == 1
    before = speaker.timestamp
    native.sync({"pain_logs": [pain("known.001")]})
    speaker.pull()
    assert speaker.timestamp > before
