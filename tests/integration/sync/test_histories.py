"""Random histories of phones, checked against a model of what each phone believes.

The model is a few lines: an edit that arrives wins each field in which it differs from
what its device knew. After each history the diary, every earlier state of every
record, and what each phone holds must be exactly the model's, or what
history_restores.py says after a restored backup. The seed of a history that fails is in
its message; ROOTWATCH_HISTORIES asks for more, ROOTWATCH_HISTORY_SEED for one alone.
"""

from __future__ import annotations

import copy
import os
import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from tests.integration.sync.conftest import Phone, make_patient, token_of
from tests.integration.sync.history_phones import Device, Key, blank
from tests.integration.sync.history_restores import Restores
from tests.integration.sync.history_turns import Turns
from tests.integration.sync.test_acceptance import own_digest
from tracker.domain import consent
from tracker.models import PainLog, Quarantine, SyncCounter
from tracker.selectors import sync as selectors
from tracker.selectors.sync import CLIENT_FIELDS
from tracker.services import people


#: Histories of one run, over all parts.
HISTORIES = int(os.environ.get("ROOTWATCH_HISTORIES", "240"))
#: Tests that share them, so that several cores can take part.
PARTS = 4
ONLY = os.environ.get("ROOTWATCH_HISTORY_SEED")
#: One field of each collection that is edited, beside the note and the withdrawal.
EDITED: dict[str, tuple[str, list[Any]]] = {
    "pain_logs": ("intensity", [0, 5, 10, None]),
    "numbness_logs": ("constant", [True, False, None]),
    "weakness_logs": ("score", [0, 3, None]),
    "red_flag_checks": ("both_legs", ["no", "unchanged", None]),
    "day_logs": ("weight_kg", [71.5, 82, None]),
}
#: The share of histories that begin with entries that all phones hold: of the others
#: hardly one in ten comes to two edits of one entry.
SHARED = 0.8
#: The share of histories in which a caregiver of two patients has one of the phones.
CARED_FOR = 0.3
#: The share of histories in which a backup is restored.
RESTORED = 0.3
#: Longer than a note may be.
POISON = "n" * 2001
WITHDRAWN = "2026-03-05T07:00:00+00:00"


class History(Turns, Restores):
    """What phones, a clinic and a stranger do to one diary, in an order by chance."""

    def __init__(self, seed: int, stranger: Phone) -> None:
        super().__init__()
        self.chance = random.Random(seed)  # noqa: S311 - the same every time
        self.patient = make_patient(f"{uuid.uuid4().hex}@example.org")
        people.give_consent(
            self.patient, version=consent.VERSION, now=datetime.now(UTC)
        )
        self.token = token_of(self.patient.user)
        self.stranger = stranger
        self.devices = [
            Device(
                self.token,
                names_revision=self.chance.random() < 0.5,
                account=self.patient.user_id,
            )
            for _ in range(self.chance.choice([1, 2, 2, 2, 3]))
        ]
        self.other, self.others_entries = None, set()
        if self.chance.random() < CARED_FOR:
            self.give_the_last_phone_to_a_caregiver()
        self.states: dict[Key, list[dict[str, Any]]] = {}
        self.writers: dict[Key, int | None] = {}
        self.sealed = None
        self.clinic_wrote: Counter[str] = Counter()
        self.clinic_numbers: list[int] = []
        self.refused: set[str] = set()
        self.words = 0

    def run(self) -> None:
        moves = {
            self.create: 5,
            self.edit: 6,
            self.edit_apart: 3,
            self.push: 7,
            self.replay: 2,
            self.pull: 3,
            self.reinstall: 0.4,
            self.set_clock: 0.7,
            self.clinic_writes: 1,
            self.stranger_tries: 0.7,
            self.edit_together: 2,
            self.caregiver_writes_elsewhere: 1,
            self.change_consent: 1.2,
            self.move_to_another_clinic: 0.3,
            self.start_over: 0.5,
            self.restore: 0.4,
        }
        if self.chance.random() < SHARED:
            self.share()
        steps = self.chance.randint(5, 16)
        turns = self.chance.choices(list(moves), list(moves.values()), k=steps)
        if self.chance.random() < RESTORED:
            self.between(turns)
        for move in turns:
            move()
        self.settle()

    # What the model says.

    def arrive(self, device: Device, changes: dict[str, list[Any]]) -> Counter[str]:
        """Apply a push to the model; return how many records end how."""
        outcomes: Counter[str] = Counter()
        if self.is_restored:
            self.refuse_poison(changes)
            return outcomes
        for name, records in changes.items():
            for sent in records:
                outcomes[self.arrive_one(device, name, sent)] += 1
        return outcomes

    def arrive_one(self, device: Device, name: str, sent: dict[str, Any]) -> str:
        key = (name, sent["id"])
        values = {f: v for f, v in sent.items() if f not in ("id", "revision")}
        if values.get("note") == POISON:
            self.refused.add(sent["id"])
            return "quarantined"
        if key not in self.states:
            self.states[key], device.known[key] = [values], values
            self.writers[key] = device.account
            return "new"
        knows = device.known_before if sent in device.sent_again else device.known
        known, current = knows.get(key, {}), self.states[key][-1]
        changed = {f: v for f, v in values.items() if f not in known or known[f] != v}
        for each in (device.known, device.known_before):
            each[key] = each.get(key, {}) | changed
        if current | changed == current:
            return "identical"
        self.states[key].append(current | changed)
        self.writers[key] = device.account
        return "updated"

    # What people, networks and clocks do.

    def word(self) -> str:
        self.words += 1
        return f"note {self.words}"

    def create(self) -> None:
        device, name = self.chance.choice(self.devices), self.chance.choice([*EDITED])
        note = self.word()
        key = (name, f"{self.patient.pk.hex[:20]}-{self.words:04}")
        device.local[key] = blank(name) | {"note": note}
        device.touched[key] = set(CLIENT_FIELDS[name])
        for each in device.touched[key]:
            self.note_written(device, key, each)

    def share(self) -> None:
        """Let every phone hold the same few entries, for edits that meet."""
        for _ in range(self.chance.randint(1, 3)):
            self.create()
        for device in self.devices:
            changes = device.changes(partly=False)
            device.store(self.arrives(device, changes, device.body(changes, 1000)))
            device.is_sent()
        for device in self.devices:
            self.drain(device)

    def edit(self) -> None:
        device = self.chance.choice(self.devices)
        if device.local:
            key = self.chance.choice(sorted(device.local))
            self.edit_one(device, key, *self.chance.choice(self.edits_of(key)))

    def edits_of(self, key: Key) -> list[tuple[str, list[Any]]]:
        """Return the fields of a record that people edit, and to which values."""
        return [
            ("withdrawn_at", [None, WITHDRAWN]),
            ("note", ["again", self.word()]),
            EDITED[key[0]],
        ]

    def edit_one(self, device: Device, key: Key, name: str, values: list[Any]) -> None:
        device.local[key][name] = self.chance.choice(values)
        device.touched.setdefault(key, set()).add(name)
        self.note_written(device, key, name)

    def edit_apart(self) -> None:
        """Let two phones edit different fields of one record, and then both push."""
        pair, key = self.pair_and_entry()
        if key is not None:
            edits = self.chance.sample(self.edits_of(key), k=len(pair))
            for device, (name, values) in zip(pair, edits, strict=True):
                self.edit_one(device, key, name, values[-1:])
            for device in pair:
                self.push_from(device)

    def edit_together(self) -> None:
        """Let two phones edit the same field of one record, and then both push."""
        pair, key = self.pair_and_entry()
        if key is not None:
            name, values = self.chance.choice(self.edits_of(key))
            for device, value in zip(pair, values, strict=False):
                self.edit_one(device, key, name, [value])
            for device in pair:
                self.push_from(device)

    def changes_of(self, device: Device) -> dict[str, list[dict[str, Any]]]:
        """Return what is unsent, now and then with poison, or each record twice."""
        changes = device.changes(partly=self.chance.random() < 0.5)
        if self.chance.random() < 0.2:
            self.word()
            bad = {"id": f"bad-{self.words:05}-{self.patient.pk.hex[:8]}"}
            bad |= blank("pain_logs") | {"note": POISON}
            changes.setdefault("pain_logs", []).append(bad)
        if self.chance.random() < 0.2:
            changes = {name: [*each, each[-1]] for name, each in changes.items()}
        return changes

    def push(self) -> None:
        self.push_from(self.chance.choice(self.devices))

    def push_from(self, device: Device) -> None:
        if device.behind and not device.names_revision:
            if self.sealed is not None:
                return
            self.drain(device)  # as the protocol asks of a phone without revisions
        changes = self.changes_of(device)
        body = device.body(changes, self.chance.choice([1, 3, 1000]))
        fate = self.chance.choice(
            ["arrives", "arrives", "sent twice", "answer lost", "never sent", "torn"]
        )
        if fate == "never sent":
            return
        if fate == "torn":
            assert device.post(body[: len(body) // 2]).status_code == 400
            return
        reply = self.arrives(device, changes, body)
        if fate == "sent twice":
            reply = self.again(device, body)
        if fate != "answer lost" and self.sealed is None:
            device.is_sent()
            device.store(reply)

    def arrives(self, device: Device, changes: Any, body: bytes) -> Any:
        response = device.post(body)
        assert response.status_code == 200, response.content
        device.arrived.append(body)
        if self.sealed is not None:
            self.sealed.append((device, copy.deepcopy(changes)))
            self.is_kept_sealed(device, changes, response.json())
            return response.json()
        reply = response.json()
        if self.is_restored:
            self.after_restore(changes, reply)
            return reply
        expected = self.arrive(device, changes)
        assert {k: v for k, v in reply["outcomes"].items() if v} == dict(expected)
        assert len(reply["quarantined"]) == expected["quarantined"]
        return reply

    def again(self, device: Device, body: bytes) -> Any:
        """Send a push that has arrived once more: it must change nothing."""
        reply = device.post(body).json()
        assert reply["outcomes"]["new"] == reply["outcomes"]["updated"] == 0
        return reply

    def replay(self) -> None:
        device = self.chance.choice(self.devices)
        if device.arrived:
            self.again(device, self.chance.choice(device.arrived))

    def pull(self) -> None:
        device = self.chance.choice(self.devices)
        reply = device.sync(limit=self.chance.choice([1, 2, 1000]))
        if self.sealed is None:
            device.store(reply)
        else:
            self.is_kept_sealed(device, {}, reply)

    def reinstall(self) -> None:
        which = self.chance.randrange(len(self.devices))
        old = self.devices[which]
        self.devices[which] = Device(
            old.token,
            names_revision=old.names_revision,
            patient=old.patient,
            account=old.account,
        )
        self.owed.pop(old.device, None)

    def set_clock(self) -> None:
        days = self.chance.randint(-400, 400)
        self.chance.choice(self.devices).clock = timedelta(days=days)

    def clinic_writes(self) -> None:
        before = self.counter().seq
        if self.chance.random() < 0.5:
            factories.make_message(self.patient)
            self.clinic_wrote["messages"] += 1
        else:
            factories.make_treatment(factories.make_episode(self.patient))
            self.clinic_wrote["treatments"] += 1
        self.clinic_numbers += range(before + 1, self.counter().seq + 1)

    def counter(self) -> SyncCounter:
        return SyncCounter.objects.get(pk=self.patient.pk)

    def stranger_tries(self) -> None:
        if not self.states:
            return
        name, record_id = self.chance.choice(sorted(self.states))
        reply = self.stranger.sync({name: [{"id": record_id} | blank(name)]})
        assert reply["outcomes"]["quarantined"] == 1
        assert reply["changes"][name] == []

    # What must hold in the end.

    def drain(self, device: Device) -> None:
        device.behind = True
        while device.behind:
            before = device.cursor
            reply = device.sync(limit=self.chance.choice([2, 7, 1000]))
            assert reply["cursor"] != before or not reply["has_more"]
            device.store(reply)

    def settle(self) -> None:
        """Let every phone send what it has, then read everything, then compare."""
        if self.sealed is not None:
            self.agree_again()
        if self.is_restored:
            self.settle_after_restore()
            return
        for device in self.devices:
            self.drain(device)
            changes = device.changes(partly=False)
            reply = self.arrives(device, changes, device.body(changes, 1000))
            device.is_sent()
            device.store(reply)
        for device in self.devices:
            self.drain(device)
            self.compare(device)
        self.compare_revisions()

    def compare(self, device: Device) -> None:
        assert device.local == {key: all_[-1] for key, all_ in self.states.items()}
        clinic = Counter(name for name, _ in device.held if name not in CLIENT_FIELDS)
        assert clinic == self.clinic_wrote
        assert own_digest(device) == selectors.digest(self.patient.pk)

    def compare_revisions(self) -> None:
        numbers = []
        for (name, record_id), expected in self.states.items():
            kept = selectors.revisions(name, [record_id]).get(record_id, [])
            assert [revision for revision, *_ in kept] == list(
                range(len(expected) - 1, 0, -1)
            )
            assert [document for *_, document in reversed(kept)] == expected[:-1]
            row = selectors.MODELS[name]._default_manager.get(pk=record_id)
            assert row.revision == len(expected)
            assert row.recorded_by_id == self.writers[name, record_id]
            numbers += [row.seq, *(seq for _, seq, *_ in kept)]
        theirs = PainLog.objects.filter(patient=self.other) if self.other else ()
        assert {row.pk for row in theirs} == self.others_entries
        counter = self.counter()
        # Number 1 is the empty diary's; no other is missing or given out twice.
        numbers += self.clinic_numbers
        assert sorted(numbers) == list(range(2, counter.seq + 1))
        assert counter.rewound_at is None
        mine = Quarantine.objects.filter(patient=self.patient)
        assert {row.record_id for row in mine} == self.refused


def seeds_of(part: int) -> list[int]:
    if ONLY is not None:
        return [int(ONLY)] if part == 0 else []
    return list(range(part, HISTORIES, PARTS))


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_after_any_history_diary_and_phones_are_what_the_model_says(part, stranger):
    for seed in seeds_of(part):
        try:
            History(seed, stranger).run()
        except Exception as error:
            error.add_note(f"seed {seed}: ROOTWATCH_HISTORY_SEED={seed} shows it again")
            raise
