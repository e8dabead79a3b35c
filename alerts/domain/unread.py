"""How often a patient is told again of an alert that they have not read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from alerts.domain.targets import EMERGENCY


#: How long after each telling a patient who has not read is told again, by their tier.
#: Then it is left to the clinic, which sees that it is unread.
#: Unit: minutes. Source: our choice: two more tellings lie inside the half hour in which
#: a human should have answered an emergency; an urgent alert asks for a call on that day.
WAITS: Final[Mapping[str, tuple[int, ...]]] = {
    EMERGENCY: (10, 20, 30, 60, 120),
    "urgent": (4 * 60, 20 * 60),
}

#: No telling lies further ahead; what does comes from a clock that jumped.
LONGEST: Final = timedelta(minutes=max(max(waits) for waits in WAITS.values()))


def next_telling(tier: str, tellings: int, *, now: datetime) -> datetime | None:
    """Return when to tell again after so many tellings, None for not any more."""
    waits = WAITS.get(tier, ())
    if not 1 <= tellings <= len(waits):
        return None
    return now + timedelta(minutes=waits[tellings - 1])
