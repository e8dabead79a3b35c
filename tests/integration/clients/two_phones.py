"""Random days of two phones with one diary, checked against what their owner did.

The phones are real clients under Node, behind a proxy that breaks connections. A day is
a list of deeds drawn from a seed: entries written, edited and taken back on either
phone, days without a network, syncs that fail half-way, apps that are killed. In the
end both sync until they are quiet, and then:

* each entry is at the clinic once, and none that nobody wrote;
* a field that only one phone edits holds its last value; a field that both edit holds
  the last value of one of them, never an older one (both clients send again as news
  what they have not seen arrive, so the last value may come after its answer);
* what was taken back is withdrawn, everything else is not;
* every last value of either phone is in the states that the clinic keeps, no state
  holds a value that nobody wrote, and no two states that follow each other are equal;
* both phones show what the clinic holds.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests import factories
from tests.faults import Fault, FaultProxy
from tracker.models import Patient, Quarantine
from tracker.selectors import sync as selectors


#: The field that each of the two phones edits alone; the note belongs to both.
OWN = {"pain_logs": ("intensity", "worst"), "day_logs": ("trips", "falls")}
SHARED = "note"
#: What happens to the requests of a sync, in parts.
FAULTS = {
    Fault.PASS: 8,
    Fault.REFUSE: 1,
    Fault.CUT_REQUEST: 2,
    Fault.LOSE_ANSWER: 3,
    Fault.TEAR_ANSWER: 2,
    Fault.TWICE: 1,
    Fault.REPLAY_BEFORE: 1,
    Fault.REPLAY_AFTER: 1,
}
STEPS = 24


class RealPhone(Protocol):
    """One installation of an app, driven by a test."""

    #: Whether it may edit what the other phone wrote: RxDB's own conflict handler
    #: throws such edits away.
    shares: bool

    def create(self, collection: str, record: dict[str, Any]) -> None:
        """Save a new entry."""

    def edit(self, collection: str, record_id: str, **values: Any) -> None:
        """Save an edit."""

    def remove(self, collection: str, record_id: str) -> None:
        """Take an entry back."""

    def sync(self) -> None:
        """Sync; it may fail."""

    def sync_and_die(self, chance: random.Random) -> None:
        """Sync, and be killed at a request; start again."""

    def restart(self) -> None:
        """Close the app and open it again."""

    def settle(self) -> None:
        """Sync, without fail."""

    def shown(self, collection: str) -> dict[str, dict[str, Any]]:
        """Return what the patient sees: the entries that are not withdrawn."""


@dataclass
class Entry:
    """What its owner did with one entry, by field and phone."""

    collection: str
    author: int
    written: dict[str, set[Any]]
    last: dict[tuple[str, int], Any]
    overwritten: set[str] = field(default_factory=set)
    removed_by: set[int] = field(default_factory=set)


class TwoPhones:
    """One history: what two phones do with a diary, in an order by chance."""

    def __init__(
        self, seed: int, patient: Patient, phones: list[RealPhone], proxy: FaultProxy
    ) -> None:
        self.seed, self.patient, self.phones, self.proxy = seed, patient, phones, proxy
        self.chance = random.Random(seed)  # noqa: S311 - the same every time
        self.entries: dict[str, Entry] = {}
        self.words = 0
        #: What was done, for whoever reads a failure.
        self.story: list[str] = []
        proxy.log.clear()

    def run(self) -> None:
        for deed in self.deeds():
            deed()
        self.settle()

    def deeds(self) -> list[Callable[[], None]]:
        """Draw what happens, in order."""
        deeds = {
            self.create: 4,
            self.edit: 8,
            self.remove: 1.5,
            self.sync: 8,
            self.sync_without_network: 1,
            self.sync_and_die: 2,
            self.restart: 1,
            self.clinic_writes: 0.7,
        }
        steps = self.chance.randint(STEPS // 3, STEPS)
        return self.chance.choices(list(deeds), list(deeds.values()), k=steps)

    # What the owner does.

    def word(self) -> str:
        self.words += 1
        return f"CANARY {self.words}"

    def some_phone(self) -> int:
        return self.chance.randrange(len(self.phones))

    def create(self) -> None:
        place, collection = self.some_phone(), self.chance.choice([*OWN])
        name, word = OWN[collection][place], self.word()
        record_id = f"{self.patient.pk.hex[:16]}{self.words:04}"
        values = {SHARED: word, name: self.chance.randrange(11)}
        self.phones[place].create(collection, {"id": record_id} | values)
        self.entries[record_id] = entry = Entry(
            collection, place, {each: {None} for each in (SHARED, *OWN[collection])}, {}
        )
        self.note_down(entry, place, values)
        self.tell(place, "creates", record_id, values)

    def tell(self, place: int, *words: object) -> None:
        self.story.append(f"phone {place} " + " ".join(map(str, words)))

    def note_down(self, entry: Entry, place: int, values: dict[str, Any]) -> None:
        for name, value in values.items():
            entry.written[name].add(value)
            entry.last[name, place] = value

    def choose(self) -> tuple[int, str, dict[str, Any]] | None:
        """Choose a phone and an entry that it shows and may edit."""
        place = self.some_phone()
        phone = self.phones[place]
        shown = {
            record_id: record
            for collection in OWN
            for record_id, record in phone.shown(collection).items()
            if phone.shares or self.entries[record_id].author == place
        }
        if not shown:
            return None
        record_id = self.chance.choice(sorted(shown))
        return place, record_id, shown[record_id]

    def edit(self) -> None:
        if (chosen := self.choose()) is None:
            return
        place, record_id, shown = chosen
        entry = self.entries[record_id]
        name = self.chance.choice([SHARED, OWN[entry.collection][place]])
        value = self.word()
        if name == SHARED:
            self.note_replaced(entry, place, shown[SHARED])
        else:
            value = self.chance.choice([None, *range(11)])
        self.phones[place].edit(entry.collection, record_id, **{name: value})
        self.note_down(entry, place, {name: value})
        self.tell(place, "edits", record_id, name, shown[name], "->", value)

    def note_replaced(self, entry: Entry, place: int, word: str) -> None:
        others = [value for (_, by), value in entry.last.items() if by != place]
        if word not in others:
            entry.overwritten.add(word)

    def remove(self) -> None:
        if (chosen := self.choose()) is None:
            return
        place, record_id, _ = chosen
        entry = self.entries[record_id]
        self.phones[place].remove(entry.collection, record_id)
        entry.removed_by.add(place)
        self.tell(place, "removes", record_id)

    def sync(self) -> None:
        self.proxy.seed([self.seed, self.words, self.chance.randrange(1000)], FAULTS)
        self.sync_one("syncs")

    def sync_without_network(self) -> None:
        self.proxy.always(Fault.REFUSE)
        self.sync_one("has no network")

    def sync_one(self, how: str) -> None:
        place, begin = self.some_phone(), len(self.proxy.log)
        self.phones[place].sync()
        self.proxy.script()
        self.tell(place, how, *self.requests(begin))

    def requests(self, begin: int) -> list[str]:
        return [
            f"{each.request.method} {each.fault} {each.status}"
            for each in self.proxy.log[begin:]
        ]

    def sync_and_die(self) -> None:
        place, begin = self.some_phone(), len(self.proxy.log)
        self.phones[place].sync_and_die(self.chance)
        self.tell(place, "dies", *self.requests(begin))

    def restart(self) -> None:
        place = self.some_phone()
        self.phones[place].restart()
        self.tell(place, "starts again")

    def clinic_writes(self) -> None:
        factories.make_message(self.patient)

    # What must hold in the end.

    def settle(self) -> None:
        for phone in self.phones * 3:
            phone.settle()
        for collection in OWN:
            ids = {
                i for i, each in self.entries.items() if each.collection == collection
            }
            rows = selectors.MODELS[collection]._default_manager
            kept = set(rows.filter(patient=self.patient).values_list("pk", flat=True))
            assert kept <= ids, "invented"
            for record_id in ids - kept:
                entry = self.entries[record_id]
                assert entry.author in entry.removed_by, f"{record_id} is lost"
            documents = selectors.documents(collection, kept)
            for record_id, document in documents.items():
                self.compare(record_id, document)
            self.compare_phones(collection, documents)
        assert not Quarantine.objects.filter(patient=self.patient).exists()

    def compare(self, record_id: str, now: dict[str, Any]) -> None:
        entry = self.entries[record_id]
        kept = selectors.revisions(entry.collection, [record_id]).get(record_id, [])
        states = [state for *_, state in reversed(kept)] + [now]
        assert (now["withdrawn_at"] is not None) == bool(entry.removed_by), record_id
        for before, after in itertools.pairwise(states):
            assert before != after, f"a state of {record_id} twice"
        for name, values in entry.written.items():
            assert {state[name] for state in states} <= values, f"{name} invented"
        assert now[SHARED] not in entry.overwritten - self.unsure(entry), record_id
        for (name, place), value in entry.last.items():
            if place in entry.removed_by or value in entry.overwritten:
                continue
            found = {state[name] for state in states}
            assert value in found, f"{name} of {record_id} is lost: {value}"
            assert name == SHARED or now[name] == value, f"{name} of {record_id}"

    def unsure(self, entry: Entry) -> set[Any]:
        """Return the notes that may be back: their successor went with its entry."""
        return entry.written[SHARED] if entry.removed_by else set()

    def compare_phones(self, collection: str, kept: dict[str, dict[str, Any]]) -> None:
        names = (SHARED, *OWN[collection])
        clinic = {
            record_id: {name: document[name] for name in names}
            for record_id, document in kept.items()
            if document["withdrawn_at"] is None
        }
        for phone in self.phones:
            shown = {
                record_id: {name: record.get(name) for name in names}
                for record_id, record in phone.shown(collection).items()
            }
            assert shown == clinic
