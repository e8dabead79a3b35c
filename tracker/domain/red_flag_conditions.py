"""When an answer-based rule holds: trees that the server judges and a phone can read.

One definition for both sides: `Condition.as_json()` is what `GET /api/v1/rules`
publishes, and a test replays the published form against `matches`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What one check says (`item -> answer`, complete) and what is known besides."""

    answers: Mapping[str, str]
    facts: frozenset[str]


class Condition(ABC):
    """A question about a situation; it names the items that made it true."""

    @abstractmethod
    def matches(self, situation: Situation) -> frozenset[str] | None:
        """Return the items that make the condition true, or None when it is false."""

    @abstractmethod
    def items(self) -> frozenset[str]:
        """Return every item that the condition looks at."""

    @abstractmethod
    def as_json(self) -> dict[str, object]:
        """Return the condition as published."""


@dataclass(frozen=True)
class Answered(Condition):
    """At least `at_least` of the items have one of these answers."""

    about: tuple[str, ...]
    among: tuple[str, ...]
    at_least: int = 1

    def matches(self, situation: Situation) -> frozenset[str] | None:
        """Return the items with such an answer, when there are enough of them."""
        found = frozenset(
            item for item in self.about if situation.answers[item] in self.among
        )
        return found if len(found) >= self.at_least else None

    def items(self) -> frozenset[str]:
        """Return the items asked about."""
        return frozenset(self.about)

    def as_json(self) -> dict[str, object]:
        """Return `{"at_least": n, "items": [...], "answers": [...]}`."""
        return {
            "at_least": self.at_least,
            "items": list(self.about),
            "answers": list(self.among),
        }


@dataclass(frozen=True)
class Known(Condition):
    """A fact that is known besides the answers, such as a drop in power."""

    fact: str

    def matches(self, situation: Situation) -> frozenset[str] | None:
        """Return no items, when the fact is known."""
        return frozenset() if self.fact in situation.facts else None

    def items(self) -> frozenset[str]:
        """Return nothing: a fact is not an item."""
        return frozenset()

    def as_json(self) -> dict[str, object]:
        """Return `{"fact": name}`."""
        return {"fact": self.fact}


class _Group(Condition):
    key: str
    parts: tuple[Condition, ...]

    def __init__(self, *parts: Condition) -> None:
        self.parts = parts

    def items(self) -> frozenset[str]:
        """Return the items of all parts."""
        return frozenset[str]().union(*(part.items() for part in self.parts))

    def as_json(self) -> dict[str, object]:
        """Return `{key: [parts]}`."""
        return {self.key: [part.as_json() for part in self.parts]}

    def _found(self, situation: Situation) -> list[frozenset[str]]:
        found = (part.matches(situation) for part in self.parts)
        return [items for items in found if items is not None]


class AnyOf(_Group):
    """True when at least one part is; names the items of every part that is."""

    key = "any_of"

    def matches(self, situation: Situation) -> frozenset[str] | None:
        """Return the items of all parts that are true, or None."""
        found = self._found(situation)
        return frozenset[str]().union(*found) if found else None


class AllOf(_Group):
    """True when every part is."""

    key = "all_of"

    def matches(self, situation: Situation) -> frozenset[str] | None:
        """Return the items of all parts, or None."""
        found = self._found(situation)
        if len(found) < len(self.parts):
            return None
        return frozenset[str]().union(*found)


class NoneOf(_Group):
    """True when no part is."""

    key = "none_of"

    def matches(self, situation: Situation) -> frozenset[str] | None:
        """Return no items, or None when a part is true."""
        return None if self._found(situation) else frozenset()
