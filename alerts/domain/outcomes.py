"""What a clinician can write down when an alert is done with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alerts.domain.targets import EMERGENCY


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One way in which an alert ends; `closes_emergency` if an emergency may, too."""

    code: str
    label: str
    closes_emergency: bool


OUTCOMES: Final = (
    Outcome(
        code="emergency_admission",
        label="Sent or admitted as an emergency",
        closes_emergency=True,
    ),
    Outcome(
        code="examined_referred", label="Examined and referred", closes_emergency=True
    ),
    Outcome(
        code="examined_no_action",
        label="Examined, nothing to do",
        closes_emergency=True,
    ),
    Outcome(code="treatment_changed", label="Treatment changed", closes_emergency=True),
    Outcome(code="surgery_planned", label="Surgery planned", closes_emergency=True),
    Outcome(
        code="already_known",
        label="Known before and under care",
        closes_emergency=True,
    ),
    Outcome(
        code="false_alarm",
        label="False alarm, confirmed with the patient",
        closes_emergency=True,
    ),
    # A call or a look at the chart is no examination: not enough for an emergency.
    Outcome(code="advice_given", label="Advised by telephone", closes_emergency=False),
    Outcome(
        code="watching", label="Seen; to be watched further", closes_emergency=False
    ),
)


def outcomes_for(tier: str) -> tuple[Outcome, ...]:
    """Return the outcomes that can close an alert of this tier."""
    return tuple(
        outcome for outcome in OUTCOMES if outcome.closes_emergency or tier != EMERGENCY
    )
