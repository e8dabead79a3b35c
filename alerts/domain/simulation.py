"""What would happen to an alert that nobody answers: production's own steps, in advance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.domain import quiet as quiet_hours
from alerts.domain.policy import Hop, People, Policy, hop
from alerts.domain.quiet import Quiet
from alerts.domain.rota import Rota


#: How many moments are told; an emergency goes on for ever.
MOST_MOMENTS: Final = 12


@dataclass(frozen=True, kw_only=True)
class Moment:
    """An instant at which people would be told.

    `held` says until when what disturbs waits, for those with quiet hours; the alert
    is on their worklist at `at`.
    """

    at: datetime
    repeats: int
    hop: Hop
    held: Mapping[int, datetime]


def timeline(
    policy: Policy,
    rota: Rota,
    people: People,
    *,
    tier: str,
    raised_at: datetime,
    quiet: Mapping[int, Quiet],
) -> list[Moment]:
    """Return who would be told when, if nobody ever answered; each hop from `hop`."""
    last = policy.last_step(tier)
    told: list[Moment] = []
    at: datetime | None = raised_at
    step, repeats = 1, 0
    while at is not None and len(told) < MOST_MOMENTS:
        taken = hop(policy, rota, people, tier=tier, position=(step, repeats), now=at)
        theirs = {pk: quiet[pk] for pk in taken.people if pk in quiet}
        held = quiet_hours.held_until(theirs, (tier,), now=at)
        told.append(Moment(at=at, repeats=repeats, hop=taken, held=held))
        if not taken.people:
            break
        at = taken.next_at
        step, repeats = (step + 1, 0) if step < last else (last, repeats + 1)
    return told
