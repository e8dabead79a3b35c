"""What a rule returns: a finding, in plain values that need no pandas to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from tracker.domain.red_flags import TIERS, RedFlag


CATEGORIES: Final = (
    "red_flag",
    "motor",
    "sensory",
    "pain",
    "function",
    "vascular",
    "systemic",
    "adherence",
    "review",
    "data_quality",
)
#: The categories that say that a nerve is losing function.
NEUROLOGICAL: Final = frozenset({"red_flag", "motor", "sensory"})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule that spoke about one patient, with its evidence.

    `raised_on`, `onset_on` and `stood_until`, the last day on which it held, are local
    days of the patient. `evidence` is
    JSON-able: `entries` (collection, id, day, value) and `numbers`. `red_flag` is
    what a push of that evening would have told of a safety answer.
    """

    rule: str
    version: str
    tier: str
    category: str
    side: str | None
    raised_on: date
    onset_on: date | None
    explanation: str
    stood_until: date | None = field(default=None, compare=False)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    likely_roots: Mapping[str, float] = field(default_factory=dict)
    examine_within_hours: int | None = None
    red_flag: RedFlag | None = None


def is_neurological(finding: Finding) -> bool:
    """Return whether the finding says that a nerve is losing function."""
    return finding.category in NEUROLOGICAL


def urgency(tier: str) -> int:
    """Return the place of a tier, 0 for the most urgent."""
    return TIERS.index(tier)
