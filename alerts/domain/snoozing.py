"""For how long an alert may sleep, and for which reasons: never an emergency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alerts.domain.targets import EMERGENCY


#: How long an alert may be snoozed at once; a tier without a line cannot be.
#: Unit: hours of clock time.
#: Source: our choice after clinical.md section 8: an urgent one sleeps one day of the
#: 24-72 h in which the patient is to be examined, a "soon" one a week of its two.
#: Caveat: never beyond the time by which the patient is to be examined.
LONGEST_HOURS: Final = {"urgent": 24, "soon": 7 * 24, "watch": 30 * 24}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why an alert may wait."""

    code: str
    label: str


REASONS: Final = (
    Reason(code="appointment_booked", label="An appointment is booked"),
    Reason(code="result_awaited", label="A result is awaited"),
    Reason(code="patient_unreachable", label="The patient could not be reached yet"),
    Reason(code="patient_away", label="The patient is away"),
    Reason(code="other", label="Another reason, in the note"),
)


def latest(
    tiers: Iterable[str], *, examine_by: datetime | None, now: datetime
) -> datetime | None:
    """Return until when an alert of these tiers may sleep; None if it may not."""
    known = frozenset(tiers)
    if EMERGENCY in known:
        return None
    hours = [LONGEST_HOURS[tier] for tier in known if tier in LONGEST_HOURS]
    if not hours:
        return None
    end = now + timedelta(hours=min(hours))
    if examine_by is not None:
        end = min(end, examine_by)
    return end if end > now else None
