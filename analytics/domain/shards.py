"""The back-test in pieces that other processes or machines can take.

A shard is the lines of some patients; nothing is shared between shards, so the
answer does not depend on how many there are or who computes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from analytics.domain import rules
from analytics.domain.diary_columns import Bad, diary_of_lines
from analytics.domain.events import Event
from analytics.domain.findings import Finding
from analytics.domain.pipeline import replay
from analytics.domain.records import Diary, spans_of


@dataclass(frozen=True)
class Question:
    """What is asked of every shard: from and up to which day, under which rules.

    Each of `rule_sets` holds the changes to the catalogue, as a rules file does.
    """

    first: date
    end: date
    rule_sets: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Shard:
    """Lines of JSON of some patients, all of theirs, and what the clinic did."""

    lines: bytes
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Found:
    """What a shard says.

    `flags` holds one text of JSON lines for each set of rules, by patient and day;
    `spans` the first and last day of each patient who was flagged; `patient_days`
    counts the days from first to last entry, of all patients.
    """

    flags: tuple[bytes, ...]
    flag_counts: tuple[int, ...]
    bad: Sequence[Bad]
    patients: int
    patient_days: int
    spans: Mapping[str, tuple[date, date]]


def found(shard: Shard, question: Question) -> Found:
    """Return the flags of a shard under each set of rules."""
    diary, bad = diary_of_lines(shard.lines, question.first, question.end)
    lines = [_flags(diary, shard, question.end, each) for each in question.rule_sets]
    spans = spans_of(diary)
    flagged = {line["patient"] for own in lines for line in own}
    return Found(
        flags=tuple(b"".join(_json(line) for line in own) for own in lines),
        flag_counts=tuple(len(own) for own in lines),
        bad=bad,
        patients=len(spans),
        patient_days=sum((last - first).days + 1 for first, last in spans.values()),
        spans={patient: spans[patient] for patient in sorted(flagged)},
    )


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


def _flags(
    diary: Diary, shard: Shard, end: date, changes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    changed = rules.changed(rules.CATALOGUE, changes)
    by_patient = replay(diary, shard.events, end=end, rules=changed)
    return [
        line(patient, finding)
        for patient in sorted(by_patient)
        for finding in by_patient[patient]
    ]


def _json(document: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(document) + b"\n"
