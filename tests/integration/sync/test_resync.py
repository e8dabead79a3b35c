"""Phones that start over: by an operator's word, and after a restored backup."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from tests import factories
from tests.integration.sync.conftest import Phone, pain
from tracker.domain import consent
from tracker.models import Device, PainLog, SyncCounter
from tracker.services import people


pytestmark = pytest.mark.django_db


def resync(*words: object) -> str:
    said = StringIO()
    call_command("resync", *map(str, words), stdout=said)
    return said.getvalue()


def codes(reply) -> list[str]:
    return [notice["code"] for notice in reply["notices"]]


def write(phone: Phone, *ids: str, **fields):
    return phone.full_sync({"pain_logs": [pain(each, **fields) for each in ids]})


def test_one_phone_starts_over_and_keeps_what_is_unsent(patient, phone, second_phone):
    write(phone, "known.0001", "known.0002")
    second_phone.full_sync()
    resync("--patient", patient.pk, "--device", phone.device)
    reply = phone.sync({"pain_logs": [pain("unsent.001")]})
    assert codes(reply) == ["resync"]
    assert reply["outcomes"]["new"] == 1
    assert {row["id"] for row in reply["changes"]["pain_logs"]} == {
        "known.0001",
        "known.0002",
        "unsent.001",
    }
    assert codes(second_phone.sync()) == []
    phone.cursor = reply["cursor"]
    again = phone.sync()
    assert codes(again) == []
    assert again["changes"]["pain_logs"] == []


def test_a_lost_answer_does_not_lose_the_resync(patient, phone):
    write(phone, "known.0001")
    resync("--patient", patient.pk, "--device", phone.device)
    for _ in range(3):
        reply = phone.sync()
        assert codes(reply) == ["resync"]
        assert len(reply["changes"]["pain_logs"]) == 1


def test_it_goes_page_by_page(patient, phone):
    write(phone, *(f"known.{n:04}" for n in range(7)))
    resync("--patient", patient.pk)
    phone.held.clear()
    pages = 0
    while True:
        reply = phone.sync(limit=2)
        pages += 1
        phone.cursor = reply["cursor"]
        phone.held |= {row["id"]: row for row in reply["changes"]["pain_logs"]}
        if not reply["has_more"]:
            break
    assert (pages, len(phone.held)) == (4, 7)


def test_an_unsent_edit_is_merged_as_if_nothing_had_happened(
    patient, phone, second_phone
):
    write(phone, "shared.001", intensity=5, note="first")
    second_phone.full_sync()
    write(second_phone, "shared.001", intensity=5, note="second")
    resync("--everybody")
    reply = phone.sync({"pain_logs": [pain("shared.001", intensity=9, note="first")]})
    assert codes(reply) == ["resync"]
    row = PainLog.objects.get()
    assert (row.intensity, row.note) == (9, "second")


def test_whose_phones(patient, phone):
    phone.full_sync()
    other = factories.make_patient()
    assert resync("--everybody").startswith("2 diaries")
    assert resync("--patient", other.pk).startswith("1 diaries")
    assert SyncCounter.objects.get(pk=patient.pk).generation == 1
    assert SyncCounter.objects.get(pk=other.pk).generation == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--patient", uuid.UUID(int=1)),
        ("--device", uuid.UUID(int=1), "--everybody"),
        ("--patient", "x"),
        (),
        ("--everybody", "--restored"),
    ],
)
def test_what_makes_no_sense_is_refused(words):
    with pytest.raises(CommandError):
        resync(*words)


def test_a_phone_that_never_synced_is_named(patient):
    with pytest.raises(CommandError, match="never synced"):
        resync("--patient", patient.pk, "--device", uuid.UUID(int=1))


def test_the_admin_does_it_too(client, patient, phone):
    write(phone, "known.0001")
    client.force_login(factories.make_superuser())
    client.post(
        "/admin/tracker/device/",
        {"action": "resync", "_selected_action": [Device.objects.get().pk]},
    )
    assert codes(phone.sync()) == ["resync"]


def everything_again(phone: Phone) -> None:
    """Do what the protocol asks of a phone that is told to start over."""
    records = [
        {name: row[name] for name in pain()}
        for (kind, _), row in phone.held.items()
        if kind == "pain_logs"
    ]
    phone.full_sync({"pain_logs": records})


def sync_and_obey(phone: Phone) -> list[str]:
    """Sync as a phone does; return the notices that came."""
    mine = dict(phone.held)
    first = phone.full_sync()
    if "resync" in codes(first):
        phone.held |= mine
        everything_again(phone)
    return codes(first)


class TestRestoredBackup:
    """A savepoint is the backup: rolling back to it is a restore, row by row exact."""

    @pytest.fixture
    def phones(self, phone, second_phone):
        write(phone, "backed.up.1", "backed.up.2")
        second_phone.full_sync()
        backup = transaction.savepoint()
        write(phone, "lost.first.1")
        write(second_phone, "lost.second")
        write(phone, "lost.first.2")
        write(second_phone, "backed.up.1", intensity=9)
        transaction.savepoint_rollback(backup)
        assert PainLog.objects.count() == 2
        return phone, second_phone

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_two_phones_ahead_lose_nothing(self, phones, patient, order, log_lines):
        for which in order:
            assert sync_and_obey(phones[which]) == ["resync"]
        for phone in phones:
            phone.full_sync()
        assert set(PainLog.objects.values_list("pk", flat=True)) == {
            "backed.up.1",
            "backed.up.2",
            "lost.first.1",
            "lost.first.2",
            "lost.second",
        }
        assert phones[0].held.keys() == phones[1].held.keys()
        assert SyncCounter.objects.get(pk=patient.pk).rewound_at is not None
        assert "a phone is ahead of the server" in log_lines.getvalue()
        for phone in phones:
            assert codes(phone.sync()) == []

    def test_new_entries_before_the_phones_come_back_hide_nothing(self, phones):
        """A third phone may bring the counter past what the others know."""
        resync("--restored")
        third = Phone(phones[0].token)
        write(third, *(f"third.{n:05}" for n in range(10)))
        for phone in phones:
            assert sync_and_obey(phone) == ["resync"]
        assert PainLog.objects.count() == 15
        third.full_sync()
        assert len(third.held) == 15

    def test_the_same_backup_restored_twice(self, phones):
        backup = transaction.savepoint()
        for phone in phones:
            sync_and_obey(phone)
        transaction.savepoint_rollback(backup)
        for phone in phones:
            assert sync_and_obey(phone) == ["resync"]
        assert PainLog.objects.count() == 5

    def test_the_same_backup_restored_twice_with_the_command(self, phones):
        backup = transaction.savepoint()
        resync("--restored")
        first, second = phones
        for phone in phones:
            sync_and_obey(phone)
        transaction.savepoint_rollback(backup)
        resync("--restored")
        # More new numbers than the phones have seen.
        write(Phone(first.token), *(f"third.{n:05}" for n in range(10)))
        for phone in (first, second):
            assert sync_and_obey(phone) == ["resync"]
        first.full_sync()
        assert PainLog.objects.count() == len(first.held) == 15

    def test_while_consent_is_withdrawn_the_phone_stays_ahead(self, phones, patient):
        people.give_consent(patient, version=consent.VERSION, now=timezone.now())
        people.withdraw_consent(patient, now=timezone.now())
        for phone in phones:
            phone.cursor = phone.sync()["cursor"]
        people.give_consent(patient, version=consent.VERSION, now=timezone.now())
        for phone in phones:
            assert sync_and_obey(phone) == ["resync"]
        assert PainLog.objects.count() == 5

    def test_an_edit_that_the_backup_does_not_hold_comes_back(self, phones):
        phone, second = phones
        sync_and_obey(second)
        sync_and_obey(phone)
        assert PainLog.objects.get(pk="backed.up.1").intensity in (5, 9)
        assert PainLog.objects.get(pk="backed.up.1").revision >= 2
