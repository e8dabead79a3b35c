"""What would happen to an alert that nobody answers: production's own steps, in advance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.domain.policy import Hop, People, Policy, hop
from alerts.domain.rota import Rota


#: How many moments are told; an emergency goes on for ever.
MOST_MOMENTS: Final = 12


@dataclass(frozen=True, kw_only=True)
class Moment:
    """An instant at which people would be told."""

    at: datetime
    repeats: int
    hop: Hop


def timeline(
    policy: Policy, rota: Rota, people: People, *, tier: str, raised_at: datetime
) -> list[Moment]:
    """Return who would be told when, if nobody ever answered; each hop from `hop`."""
    last = policy.last_step(tier)
    told: list[Moment] = []
    at: datetime | None = raised_at
    step, repeats = 1, 0
    while at is not None and len(told) < MOST_MOMENTS:
        taken = hop(policy, rota, people, tier=tier, position=(step, repeats), now=at)
        told.append(Moment(at=at, repeats=repeats, hop=taken))
        if not taken.people:
            break
        at = taken.next_at
        step, repeats = (step + 1, 0) if step < last else (last, repeats + 1)
    return told
