"""Whether a policy reaches somebody at every hour to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.domain import policy as policies
from alerts.domain.policy import People, Policy
from alerts.domain.rota import Rota, changes


#: Nobody whom the policy names can be told of alerts of some tier: the clinic is broken.
NOBODY: Final = "nobody"
#: Nobody is on duty, but a later step or the team stands in.
NOT_AT_ONCE: Final = "not_at_once"


@dataclass(frozen=True, kw_only=True)
class Hole:
    """A time in which a policy does not reach whom it should."""

    starts: datetime
    ends: datetime
    kind: str


def holes(
    policy: Policy, rota: Rota, people: People, *, start: datetime, end: datetime
) -> list[Hole]:
    """Return the holes between two instants in order, neighbours of a kind as one.

    What others would do instead does not count: a hole is a mistake in the policy or
    the rota, also when an alert would still find somebody.
    """
    found: list[Hole] = []
    for starts, ends, kind in _pieces(policy, rota, people, start=start, end=end):
        if found and (found[-1].ends, found[-1].kind) == (starts, kind):
            starts = found.pop().starts
        if kind:
            found.append(Hole(starts=starts, ends=ends, kind=kind))
    return found


def _pieces(
    policy: Policy, rota: Rota, people: People, *, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, str]]:
    edges = changes(rota, start, end)
    for starts, ends in zip(edges, [*edges[1:], end], strict=True):
        yield starts, ends, _kind(policy, rota, people, at=starts)


def _kind(policy: Policy, rota: Rota, people: People, *, at: datetime) -> str:
    """Return the worst of what the tiers meet: a step may be of one tier alone."""
    kinds = {
        _kind_of(tier, policy, rota, people, at=at) for tier in policies.TARGET_LIMITS
    }
    return next((kind for kind in (NOBODY, NOT_AT_ONCE) if kind in kinds), "")


def _kind_of(
    tier: str, policy: Policy, rota: Rota, people: People, *, at: datetime
) -> str:
    *steps, _ = policy.steps_of(tier)
    reached = {
        step.after_percent
        for step in steps
        if policies.named_by(step, rota, people, now=at)
    }
    if not reached:
        return NOBODY
    return "" if 0 in reached else NOT_AT_ONCE
