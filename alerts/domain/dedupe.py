"""Which alert a new flag belongs to: the policy, without tables or clock.

One unanswered alert for each (patient, category, side). A flag of the same danger
joins it and is news when a tier rises, or when its rule speaks of an item that nobody
was told of: another body part, a further step lost, another silence. An
acknowledgement covers exactly the rules and items it was given for. A snoozed alert
wakes at anything that its clinician had not seen. An emergency with an item that nobody
was told of is always news: nothing in this module can silence it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final
from uuid import UUID

from alerts.domain.states import ACKNOWLEDGED, SNOOZED, UNANSWERED
from alerts.domain.targets import EMERGENCY, urgency


#: rule -> the items of it that somebody was told of.
Covers = Mapping[str, frozenset[str]]


#: The first step of severity that is worse than the finding itself, and the last that
#: is told apart. Unit: steps, as the rules count them (steps lost, kinds of falls).
#: Source: our choice; a self-test has five steps.
WORSE: Final = 2
MOST_SEVERE: Final = 10


class Verdict(Enum):
    """What is to be done with a flag."""

    OPEN = "open a new alert"
    SUPERSEDE = "replace the unanswered alert by one of a higher tier"
    RENOTIFY = "join the unanswered alert and tell everybody again"
    WAKE = "join the snoozed alert and wake it"
    JOIN = "join the alert quietly"
    NOTHING = "everybody knows"


@dataclass(frozen=True, kw_only=True)
class Danger:
    """What a flag says, as far as this policy needs it."""

    rule: str
    tier: str
    patient_tier: str
    category: str
    side: str
    items: frozenset[str] = frozenset()

    @property
    def is_emergency(self) -> bool:
        """Return whether it is one for the patient or for the clinician."""
        return EMERGENCY in (self.tier, self.patient_tier)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An alert that is there already; `holds` says that the flag is part of it."""

    key: UUID
    state: str
    tier: str
    patient_tier: str
    category: str
    side: str
    covers: Covers = field(default_factory=dict)
    holds: bool = False


def covered(danger: Danger, covers: Covers) -> bool:
    """Return whether a list of things told holds all of this danger."""
    told = covers.get(danger.rule)
    return told is not None and danger.items <= told


def rises(danger: Danger, standing: Standing) -> bool:
    """Return whether the danger is of a higher tier than the alert, for anybody."""
    return urgency(danger.tier) < urgency(standing.tier) or urgency(
        danger.patient_tier
    ) < urgency(standing.patient_tier)


def decide(
    danger: Danger, alerts: Sequence[Standing]
) -> tuple[Verdict, Standing | None]:
    """Return what to do with a flag, and the alert that it concerns."""
    if any(
        alert.holds and covered(danger, alert.covers) and not rises(danger, alert)
        for alert in alerts
    ):
        return Verdict.NOTHING, None
    same = [
        alert
        for alert in alerts
        if (alert.category, alert.side) == (danger.category, danger.side)
    ]
    for alert in same:
        if alert.state in UNANSWERED:
            return _beside_unanswered(danger, alert)
    for alert in same:
        if alert.state == SNOOZED:
            return _beside_snoozed(danger, alert)
    for alert in same:
        known = covered(danger, alert.covers) and not rises(danger, alert)
        if alert.state == ACKNOWLEDGED and known:
            return Verdict.JOIN, alert
    return Verdict.OPEN, None


def _beside_unanswered(danger: Danger, alert: Standing) -> tuple[Verdict, Standing]:
    if rises(danger, alert):
        return Verdict.SUPERSEDE, alert
    is_news = danger.is_emergency or danger.rule in alert.covers
    if is_news and not covered(danger, alert.covers):
        return Verdict.RENOTIFY, alert
    return Verdict.JOIN, alert


def _beside_snoozed(danger: Danger, alert: Standing) -> tuple[Verdict, Standing]:
    if rises(danger, alert):
        return Verdict.SUPERSEDE, alert
    if not covered(danger, alert.covers):
        return Verdict.WAKE, alert
    return Verdict.JOIN, alert


def items_of(evidence: Mapping[str, Any]) -> frozenset[str]:
    """Return what a flag speaks of: its items, and each step of their severity.

    A rule that speaks again of the same item does so because it is worse: a severity of
    three holds the second step and the third, so that what was told of less covers no
    more. Whatever the shape of the evidence, a flag must be able to alert.
    """
    listed = evidence.get("items")
    known = listed if isinstance(listed, list | tuple) else ()
    items = [item for item in known if isinstance(item, str)]
    severity = evidence.get("severity")
    if not isinstance(severity, int | float) or not severity >= WORSE:
        return frozenset(items)
    steps = range(WORSE, int(min(severity, MOST_SEVERE)) + 1)
    worse = (f"{item} x{step}" for item in items or [""] for step in steps)
    return frozenset([*items, *worse])


def merged(covers: Covers, danger: Danger) -> dict[str, frozenset[str]]:
    """Return what has been told once this danger has been told, too."""
    told = covers.get(danger.rule, frozenset())
    return {**covers, danger.rule: told | danger.items}


def united(first: Covers, second: Covers) -> dict[str, frozenset[str]]:
    """Return what two alerts together have told."""
    return {
        rule: first.get(rule, frozenset()) | second.get(rule, frozenset())
        for rule in {*first, *second}
    }


def read(stored: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Return what has been told, from its JSON form."""
    return {rule: frozenset(items) for rule, items in stored.items()}


def written(covers: Covers) -> dict[str, list[str]]:
    """Return the JSON form of what has been told."""
    return {rule: sorted(items) for rule, items in sorted(covers.items())}
