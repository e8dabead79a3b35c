"""The back-test in pieces that other processes or machines can take.

A shard is the rows of some patients; nothing is shared between shards, so the
answer does not depend on how many there are or who computes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from analytics.domain import rules
from analytics.domain.events import Event
from analytics.domain.findings import Finding
from analytics.domain.pipeline import replay
from analytics.domain.records import diary_of


#: Patients of one shard: small enough to spread, large enough for column arithmetic.
SHARD_PATIENTS: Final = 100


@dataclass(frozen=True)
class Shard:
    """The rows of some patients by collection, and what was done to them."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    events: Sequence[Event]
    end: date
    changes: Mapping[str, Any] = field(default_factory=dict)


def shards(
    records: Iterable[Mapping[str, Any]],
    events: Sequence[Event],
    changes: Mapping[str, Any],
) -> list[Shard]:
    """Return the shards of a diary, in the order of the patients' names.

    All of them are replayed to the last local day of the whole diary.
    """
    by_patient: dict[str, list[Mapping[str, Any]]] = {}
    last: date | None = None
    for record in records:
        by_patient.setdefault(record["patient"], []).append(record)
        last = max(last or record["local_day"], record["local_day"])
    if last is None:
        return []
    names = sorted(by_patient)
    return [
        _shard(names[first : first + SHARD_PATIENTS], by_patient, events, last, changes)
        for first in range(0, len(names), SHARD_PATIENTS)
    ]


def flags(shard: Shard) -> list[dict[str, Any]]:
    """Return the flags of a shard as JSON-able lines, by patient and day."""
    changed = rules.changed(rules.CATALOGUE, shard.changes)
    found = replay(diary_of(shard.rows), shard.events, end=shard.end, rules=changed)
    return [
        line(patient, finding)
        for patient in sorted(found)
        for finding in found[patient]
    ]


def line(patient: str, finding: Finding) -> dict[str, Any]:
    """Return a line of a flags file."""
    return {
        "patient": patient,
        "rule": finding.rule,
        "version": finding.version,
        "tier": finding.tier,
        "category": finding.category,
        "side": finding.side,
        "raised_on": finding.raised_on.isoformat(),
        "onset_on": finding.onset_on and finding.onset_on.isoformat(),
        "explanation": finding.explanation,
        "likely_roots": dict(finding.likely_roots),
        "examine_within_hours": finding.examine_within_hours,
        "evidence": dict(finding.evidence),
    }


def _shard(
    names: list[str],
    by_patient: Mapping[str, list[Mapping[str, Any]]],
    events: Sequence[Event],
    end: date,
    changes: Mapping[str, Any],
) -> Shard:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for record in _records(names, by_patient):
        rows.setdefault(record["collection"], []).append(record)
    wanted = set(names)
    own = [event for event in events if event.patient in wanted]
    return Shard(rows, own, end, changes)


def _records(
    names: list[str], by_patient: Mapping[str, list[Mapping[str, Any]]]
) -> Iterator[Mapping[str, Any]]:
    for name in names:
        yield from by_patient[name]
