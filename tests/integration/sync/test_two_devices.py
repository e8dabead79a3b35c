"""Two phones edit one entry offline: every order of every push, pull and lost answer.

The rule: field by field, the edit that arrives later wins; what a phone did not
change it does not undo; no state is dropped; both phones end with what the server has.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.sync.conftest import Phone, pain
from tracker.models import PainLog, Patient
from tracker.selectors.diary import revisions


pytestmark = pytest.mark.django_db

ENTRY = "shared.entry.1"
KEY = ("pain_logs", ENTRY)
OWN = tuple(pain())
GONE = "2026-03-05T08:00:00+00:00"
BACK = None

#: What each phone does to its copy while it is offline.
STORIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "each edits another field": ({"intensity": 8}, {"note": "second"}),
    "both edit one field": ({"intensity": 8}, {"intensity": 2}),
    "both make the same edit": ({"intensity": 8}, {"intensity": 8}),
    "one withdraws, the other edits": ({"withdrawn_at": GONE}, {"intensity": 2}),
    "both withdraw": ({"withdrawn_at": GONE}, {"withdrawn_at": GONE}),
    "one takes an answer back, the other fills another": (
        {"intensity": None},
        {"worst": 9},
    ),
    "one answers zero, the other nothing": ({"intensity": 0}, {"intensity": None}),
    "lists of two": (
        {"regions": ["heel"]},
        {"regions": ["sole"], "triggers": ["none"]},
    ),
}


@dataclass
class Pocket(Phone):
    """A phone that keeps its edits until an answer arrives."""

    edits: dict[str, Any] = field(default_factory=dict)

    def edit(self, **changes: Any) -> None:
        self.held[KEY] = self.held[KEY] | changes
        self.edits |= changes

    def record(self) -> list[dict[str, Any]]:
        """Return the entry as this phone shows it, when it has an edit to send."""
        return [{name: self.held[KEY][name] for name in OWN}] if self.edits else []

    def push(self, *, answer: str) -> None:
        body = {"pain_logs": self.record()}
        if answer == "lost":
            self.sync(body)
            return
        self.full_sync(body)
        self.edits.clear()


@dataclass
class Scene:
    """Two phones that both hold revision 1 of one entry, and have gone offline."""

    patient: Patient
    phones: list[Pocket]


@pytest.fixture
def scene(patient, phone) -> Scene:
    phones = [Pocket(phone.token), Pocket(phone.token)]
    phones[0].full_sync({"pain_logs": [pain(ENTRY, intensity=5, note="first")]})
    phones[1].full_sync()
    return Scene(patient, phones)


def orders() -> Iterator[tuple[tuple[int, str], ...]]:
    """Yield every order of two phones' steps: an answer lost or not, then one sure.

    Each phone pushes twice, as it would after days without an answer; the second
    answer arrives. Its first one is lost or arrives.
    """
    for first in itertools.product(("lost", "arrives"), repeat=2):
        steps = [[(n, first[n]), (n, "arrives")] for n in (0, 1)]
        for places in itertools.combinations(range(4), 2):
            queues = [iter(steps[0]), iter(steps[1])]
            yield tuple(next(queues[0 if at in places else 1]) for at in range(4))


def named(order: tuple[tuple[int, str], ...]) -> str:
    return " then ".join(f"{'AB'[who]} ({what})" for who, what in order)


def first_arrivals(order: tuple[tuple[int, str], ...]) -> list[int]:
    """Return the phones in the order in which their edit first reached the server."""
    return list(dict.fromkeys(who for who, _ in order))


@pytest.mark.parametrize("order", list(orders()), ids=named)
@pytest.mark.parametrize("story", STORIES)
def test_whatever_the_order_the_later_to_arrive_wins_its_fields(scene, story, order):
    start = dict(scene.phones[0].held[KEY])
    for phone, changes in zip(scene.phones, STORIES[story], strict=True):
        phone.edit(**changes)
    for who, answer in order:
        scene.phones[who].push(answer=answer)
    expected = {name: start[name] for name in OWN}
    for who in first_arrivals(order):
        expected |= STORIES[story][who]
    both_end_with(scene, expected)
    nothing_was_dropped(scene, STORIES[story])


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("answer", ["lost", "arrives"])
def test_an_edit_after_a_withdrawal_of_the_other_leaves_it_withdrawn(
    scene, first, answer
):
    withdrawer, editor = scene.phones[first], scene.phones[1 - first]
    withdrawer.edit(withdrawn_at=GONE)
    withdrawer.push(answer=answer)
    editor.edit(intensity=1)
    editor.push(answer=answer)
    for phone in (*scene.phones, *scene.phones):
        phone.push(answer="arrives")
    row = PainLog.objects.get()
    assert (row.withdrawn_at is not None, row.intensity) == (True, 1)


def test_putting_an_entry_back_is_an_edit_like_any_other(scene):
    a, b = scene.phones
    a.edit(withdrawn_at=GONE)
    a.push(answer="arrives")
    b.full_sync()
    b.edit(withdrawn_at=BACK)
    a.edit(note="was right after all")
    b.push(answer="lost")
    a.push(answer="arrives")
    b.push(answer="arrives")
    row = PainLog.objects.get()
    assert (row.withdrawn_at, row.note) == (None, "was right after all")


def test_days_of_edits_on_both_phones_arrive_as_their_last_state(scene):
    a, b = scene.phones
    for day in range(7):
        a.edit(intensity=day)
        b.edit(note=f"day {day}")
    b.push(answer="lost")
    a.push(answer="lost")
    b.edit(note="and one more")
    b.push(answer="arrives")
    a.push(answer="arrives")
    expected = {"intensity": 6, "note": "and one more"}
    row = PainLog.objects.get()
    assert {name: getattr(row, name) for name in expected} == expected


def both_end_with(scene: Scene, expected: dict[str, Any]) -> None:
    for phone in (*scene.phones, *scene.phones):
        phone.full_sync()
    for phone in scene.phones:
        shown = {name: phone.held[KEY][name] for name in OWN}
        assert shown == expected


def nothing_was_dropped(scene: Scene, changes: tuple[dict[str, Any], ...]) -> None:
    """Every value that a phone sent is in some state of the entry at the clinic."""
    states = revisions(scene.patient.pk, "pain_logs", ENTRY)
    for change in changes:
        for name, value in change.items():
            found = [getattr(state, name) for state in states]
            if name == "withdrawn_at":
                assert any(found)
            else:
                assert value in found


@pytest.mark.parametrize("names_revision", [True, False])
def test_a_push_between_two_pages_needs_the_revision(
    phone, second_phone, names_revision
):
    """The cursor of a page may have passed a state that this phone never received."""
    record, other = pain(intensity=5, note="old"), pain()
    phone.full_sync({"pain_logs": [record]})
    seen = phone.held["pain_logs", record["id"]]["revision"]
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"intensity": 7}]})
    second_phone.full_sync({"pain_logs": [other, pain()]})
    second_phone.full_sync({"pain_logs": [record | {"intensity": 7, "worst": 9}]})
    page = phone.sync(limit=1)
    assert page["has_more"]
    phone.cursor = page["cursor"]
    edit = record | {"note": "mine"}
    if names_revision:
        edit["revision"] = seen
    phone.full_sync({"pain_logs": [edit]})
    held = phone.held["pain_logs", record["id"]]
    assert held["note"] == "mine"
    # Without a revision the server must take the old intensity for an edit.
    assert held["intensity"] == (7 if names_revision else 5)
