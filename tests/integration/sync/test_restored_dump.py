"""A backup by pg_dump is put back by pg_restore under phones that know more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sync.conftest import Phone, make_patient, token_of
from tests.integration.sync.test_acceptance import own_digest, states
from tests.integration.sync.test_resync import resync, sync_and_obey, write
from tests.own_postgres import OwnPostgres
from tracker.models import PainLog, SyncCounter
from tracker.selectors import sync as selectors


@pytest.mark.acceptance(22, "native")
@pytest.mark.slow
@pytest.mark.parametrize("told", [True, False], ids=["with the command", "unnoticed"])
def test_22_phones_bring_back_what_the_backup_does_not_hold(
    told: bool,
    postgres: OwnPostgres,
    tmp_path: Path,
) -> None:
    patient = make_patient("patient@example.org")
    phones = [Phone(token_of(patient.user)) for _ in range(2)]
    first, second = phones
    write(first, "backed.up.1", "backed.up.2")
    write(first, "backed.up.1", intensity=6)
    second.full_sync()
    dump = tmp_path / "rootwatch.dump"
    postgres.dump(dump)

    write(first, "after.first")
    write(second, "after.second", "backed.up.2", intensity=8)
    first.full_sync()
    last_seen = SyncCounter.objects.get().seq
    postgres.restore(dump)
    assert set(PainLog.objects.values_list("pk", flat=True)) == {
        "backed.up.1",
        "backed.up.2",
    }
    assert states("backed.up.1")[0]["intensity"] == 5  # the history came back, too
    if told:
        resync("--restored")

    write(first, "new.entry.1")  # before anybody has noticed anything
    for phone in (second, first, second, first):
        sync_and_obey(phone)
    rows = dict(PainLog.objects.values_list("pk", "intensity"))
    assert rows == {
        "backed.up.1": 6,
        "backed.up.2": 8,
        "after.first": 5,
        "after.second": 8,
        "new.entry.1": 5,
    }
    assert SyncCounter.objects.get().seq > last_seen
    # The triggers are back: an edit leaves its earlier state behind, nothing is missed.
    write(second, "after.first", intensity=1)
    first.full_sync()
    assert first.held["pain_logs", "after.first"]["intensity"] == 1
    assert [state["intensity"] for state in states("after.first")] == [5]
    for phone in phones:
        phone.full_sync()
        assert own_digest(phone) == selectors.digest(patient.pk)
