"""A patient's last weeks at a glance, as far as the hints look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


_POSITIVE: Final = ("new", "worse")


@dataclass(frozen=True, kw_only=True)
class Leg:
    """What the diary recorded of one leg; what is absent was not asked or answered."""

    numb: frozenset[str] = frozenset()
    painful: frozenset[str] = frozenset()
    pain: float | None = None
    burns: bool = False
    weak: frozenset[str] = frozenset()
    strong: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A patient's last weeks: `legs` by side, means of pain, and what changes it."""

    legs: Mapping[str, Leg]
    back_pain: float | None = None
    triggers: frozenset[str] = frozenset()
    relievers: frozenset[str] = frozenset()
    safety: Mapping[str, str] = field(default_factory=dict)
    age: int | None = None
    complaint_days: int | None = None
    days_since_operation: int | None = None

    def says(self, item: str) -> bool:
        """Return whether a safety question was lately answered new or worse."""
        return self.safety.get(item) in _POSITIVE
