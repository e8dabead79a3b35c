"""What an alert takes over from another of the same danger: nothing later or milder."""

from __future__ import annotations

from typing import Any, Final

from alerts.domain import dedupe, targets
from alerts.models import Alert


#: The fields that `inherit` and `inherit_reading` may change.
INHERITED: Final = (
    "tier",
    "patient_tier",
    "patient_title",
    "patient_text",
    "patient_acknowledged_at",
    "patient_answer",
    "patient_wave",
    "tell_patient_at",
    "covers",
    "reason",
    "onset_on",
    "examine_by",
    "call_back_asked_at",
    "call_back_by",
)


def inherit(alert: Alert, old: Alert) -> None:
    """Take over what the other alert knew; the caller saves `INHERITED`."""
    alert.tier = targets.most_urgent(alert.tier, old.tier)
    if targets.urgency(old.patient_tier) < targets.urgency(alert.patient_tier):
        alert.patient_tier = old.patient_tier
        alert.patient_title, alert.patient_text = old.patient_title, old.patient_text
    alert.covers = dedupe.written(
        dedupe.united(dedupe.read(alert.covers), dedupe.read(old.covers))
    )
    alert.reason = joined(alert.reason, old.reason)
    alert.onset_on = soonest(alert.onset_on, old.onset_on)
    alert.examine_by = soonest(alert.examine_by, old.examine_by)
    alert.call_back_by = soonest(alert.call_back_by, old.call_back_by)
    alert.call_back_asked_at = soonest(alert.call_back_asked_at, old.call_back_asked_at)


def inherit_reading(alert: Alert, old: Alert) -> None:
    """Take over what the patient did with the words that `inherit` will take over.

    For an alert that tells them nothing anew; the caller saves `INHERITED`.
    """
    if targets.urgency(old.patient_tier) < targets.urgency(alert.patient_tier):
        alert.patient_acknowledged_at = old.patient_acknowledged_at
        alert.patient_answer = old.patient_answer
        alert.patient_wave = alert.wave_count + 1
        alert.tell_patient_at = old.tell_patient_at


def inherited(alert: Alert) -> dict[str, Any]:
    """Return the fields that may have been taken over, as they are to be stored."""
    return {name: getattr(alert, name) for name in INHERITED}


def joined(first: str, second: str) -> str:
    """Return both reasons, one to a line; what is told already is not told twice."""
    return first if second in first else f"{first}\n{second}"


def soonest(*instants: Any) -> Any:
    """Return the first of the days or instants that are known, None if none is."""
    return min((each for each in instants if each is not None), default=None)
