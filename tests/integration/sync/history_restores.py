"""A restored backup in a random history, and what must hold after it.

A savepoint is the backup, and rolling back to it the restore, exact to the row. From
then on nobody can say which of two edits comes first, so the model says less: every
value that a phone holds is among the states that the clinic keeps, no state holds a
value that nobody wrote, none comes twice in a row, no number is given out twice, and
in the end all phones and the clinic hold the same. A value that all phones agree on
stands.
"""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from django.db import transaction

from tests.integration.sync.history_phones import Device, Key
from tests.integration.sync.test_acceptance import own_digest
from tracker.models import Patient, Quarantine, SyncCounter
from tracker.selectors import sync as selectors
from tracker.selectors.sync import CLIENT_FIELDS
from tracker.services import resync


#: What is at the server alone, and goes back with the backup.
AT_THE_SERVER = (
    "states",
    "writers",
    "clinic_wrote",
    "clinic_numbers",
    "refused",
    "others_entries",
)
#: So often all phones sync in turn; then they are quiet, or never will be.
ROUNDS = 5

Value = tuple[Key, str, Any]


class Restores:
    """The steps, and the comparison; the history that they belong to has the rest."""

    chance: Random
    patient: Patient
    devices: list[Device]
    states: dict[Key, list[dict[str, Any]]]
    sealed: list[tuple[Device, dict[str, list[Any]]]] | None
    refused: set[str]
    #: The backup: a savepoint, and the model's side of the server.
    backup: tuple[str, dict[str, Any]] | None = None
    is_restored = False
    #: Whether the operator ran the command after the last restore.
    is_told = False

    def __init__(self) -> None:
        #: Every value that somebody wrote.
        self.written: set[Value] = set()
        #: What each phone held when the database went back, and was not edited since.
        self.owed: dict[str, set[Value]] = {}

    def drain(self, device: Device) -> None:
        """Let a phone read to the last page."""
        raise NotImplementedError

    def arrives(self, device: Device, changes: Any, body: bytes) -> Any:
        """Let a push arrive, and check what is answered."""
        raise NotImplementedError

    def note_written(self, device: Device, key: Key, name: str) -> None:
        """Note what somebody wrote; what it replaces on that phone is not held there."""
        self.written.add((key, name, device.local[key][name]))
        owed = self.owed.get(device.device, set())
        owed -= {each for each in owed if each[:2] == (key, name)}

    def between(self, turns: list[Callable[[], None]]) -> None:
        """Add a backup to what happens, and its restore after some more of it."""
        places = sorted(self.chance.randint(0, len(turns)) for _ in "ab")
        turns.insert(places[0], self.back_up)
        turns.insert(places[1] + 1, self.restore)

    def back_up(self) -> None:
        """Keep the database as it is now."""
        model = {name: copy.deepcopy(getattr(self, name)) for name in AT_THE_SERVER}
        model["sealed"] = None if self.sealed is None else [*self.sealed]
        self.backup = transaction.savepoint(), model

    def restore(self) -> None:
        """Put the database back to the backup, under phones that know more."""
        if self.backup is None:
            return
        savepoint, model = self.backup
        transaction.savepoint_rollback(savepoint)
        for name, value in model.items():
            kept = value if name == "sealed" else copy.deepcopy(value)
            setattr(self, name, copy.copy(kept))
        self.patient = Patient.objects.get(pk=self.patient.pk)
        self.is_restored, self.is_told = True, self.chance.random() < 0.5
        if self.is_told:
            resync.resync_after_restore(now=datetime.now(UTC))
        for device in self.devices:
            device.arrived.clear()
            self.owed[device.device] = {
                (key, name, value)
                for key, record in device.local.items()
                for name, value in record.items()
            }

    def after_restore(self, changes: dict[str, list[Any]], reply: Any) -> None:
        """Check the answer to a push as far as anybody can still say what it is."""
        sent = [each for records in changes.values() for each in records]
        assert sum(reply["outcomes"].values()) == len(sent)
        self.refuse_poison(changes)

    def refuse_poison(self, changes: dict[str, list[Any]]) -> None:
        """Note which records of a push can never be stored."""
        sent = [each for records in changes.values() for each in records]
        self.refused |= {each["id"] for each in sent if each["id"].startswith("bad-")}

    def settle_after_restore(self) -> None:
        """Let the phones sync until they are quiet, then compare."""
        for _ in range(ROUNDS):
            for device in self.devices:
                self.drain(device)
                if not self.is_told and self.lacks_something(device):
                    device.start_over()
                    self.drain(device)
                if changes := device.changes(partly=False):
                    reply = self.arrives(device, changes, device.body(changes, 1000))
                    device.is_sent()
                    device.store(reply)
        self.compare_after_restore()

    def lacks_something(self, device: Device) -> bool:
        """Return whether the digest says that the clinic does not hold all of it.

        A phone that is not ahead of the server's counter is told by nothing else.
        """
        if device.touched:
            return False
        never_back = device.local.keys() - device.held.keys()
        return bool(never_back) or own_digest(device) != self.digest()

    def digest(self) -> dict[str, Any]:
        return selectors.digest(self.patient.pk)

    def compare_after_restore(self) -> None:
        states = self.states_kept()
        now = {key: each[-1] for key, each in states.items()}
        for device in self.devices:
            assert not device.touched, "not quiet"
            assert not device.owing, "not quiet"
            assert device.local == now
            assert own_digest(device) == self.digest()
        self.compare_values(states)
        waiting = Quarantine.objects.filter(
            patient=self.patient, resolved_at__isnull=True
        )
        assert {row.record_id for row in waiting} == self.refused

    def compare_values(self, states: dict[Key, list[dict[str, Any]]]) -> None:
        kept = {
            (key, name, value)
            for key, each in states.items()
            for state in each
            for name, value in state.items()
        }
        for lost in [owed - kept for owed in self.owed.values()]:
            assert not lost, f"lost: {lost}"
        invented = {each for each in kept - self.written if each[2] is not None}
        assert not invented, f"invented: {invented}"
        held = [self.owed.get(each.device, set()) for each in self.devices]
        agreed = set.intersection(*held)
        undone = {
            (key, name, value)
            for key, name, value in agreed
            if states[key][-1][name] != value
        }
        assert not undone, f"undone: {undone}"

    def states_kept(self) -> dict[Key, list[dict[str, Any]]]:
        """Return all states that the clinic keeps of each record, oldest first."""
        states: dict[Key, list[dict[str, Any]]] = {}
        numbers: Counter[int] = Counter()
        for name in CLIENT_FIELDS:
            rows = selectors.MODELS[name]._default_manager.filter(patient=self.patient)
            found = {row.pk: row for row in rows}
            earlier = selectors.revisions(name, [*found])
            now = selectors.documents(name, [*found])
            for record_id, row in found.items():
                kept = [*reversed(earlier.get(record_id, []))]
                numbers.update([row.seq, *(seq for _, seq, *_ in kept)])
                assert [each[0] for each in kept] == [*range(1, row.revision)]
                states[name, record_id] = [each[-1] for each in kept] + [now[record_id]]
        for each in states.values():
            assert all(a != b for a, b in itertools.pairwise(each)), "doubled"
        assert set(numbers.values()) <= {1}, "a number twice"
        assert (
            max(numbers, default=0) <= SyncCounter.objects.get(pk=self.patient.pk).seq
        )
        return states
