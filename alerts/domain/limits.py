"""How many messages a channel, or one person, may be sent, and who waits for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final


_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

#: What a message that waits for a limit shows to an operator.
HELD: Final = "rate_limited"

#: A limit lets through at least so much at once: what waits is looked at once a sweep.
#: Unit: seconds. Source: the timetable of the sweep in backend/celery.py.
SWEEP: Final = 10

#: By how much emergencies, which never wait for a limit, may push others back.
#: Unit: minutes. Source: our choice: long enough that a provider gets a rest after them.
OVERDRAFT: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Rate:
    """So many messages in so many seconds; so many may also go at once."""

    count: int
    seconds: int

    @property
    def interval(self) -> int:
        """Return the time between two messages at a steady pace. Unit: milliseconds."""
        return max(1, round(1000 * self.seconds / self.count))

    @property
    def span(self) -> int:
        """Return how far ahead of that pace a burst may run. Unit: milliseconds."""
        at_once = max(self.count, math.ceil(SWEEP * self.count / self.seconds), 1)
        return at_once * self.interval


def rate(text: str) -> Rate | None:
    """Return the rate that a setting such as `60/min` means, None for no limit."""
    if not text:
        return None
    count, _, period = text.partition("/")
    return Rate(int(count), _SECONDS[period[0]])
