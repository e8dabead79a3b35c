"""When a message is tried again, and for how long a worker may hold it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final


#: How long a worker that claimed a message has it for itself.
#: Unit: minutes.
#: Source: our choice: fifty messages, ten at once, each at five addresses that take
#: their ten seconds, make 250 seconds.
LEASE: Final = timedelta(minutes=5)

#: How long after a passing failure a message is tried again, by attempt.
#: Unit: seconds.
#: Source: our choice; all of the first four lie inside the emergency target of 30 min.
BACKOFF_SECONDS: Final = (15, 60, 180, 600, 1800)

#: After this many passing failures a channel counts as failed for good.
#: Unit: attempts; with the back-off above this is about a day.
#: Source: our choice.
ATTEMPTS: Final = 50

#: After this many passing failures an operator hears that a provider takes nothing.
#: Unit: attempts; with the back-off above more than four minutes.
#: Source: our choice: a provider that is busy for a moment alarms nobody.
REFUSED: Final = 4


def retry_after(attempt_count: int) -> timedelta:
    """Return how long to wait after the failed attempt number `attempt_count`."""
    place = min(max(attempt_count, 1), len(BACKOFF_SECONDS)) - 1
    return timedelta(seconds=BACKOFF_SECONDS[place])


#: How long an emergency heeds a provider that asks for a pause.
#: Unit: minutes. Source: our choice: a provider may have erred or be back sooner, and
#: one question a minute burdens none.
EMERGENCY_PAUSE: Final = timedelta(minutes=1)

LONGEST_RETRY: Final = timedelta(seconds=BACKOFF_SECONDS[-1])


def wait(
    attempt_count: int, asked: timedelta | None, *, emergency: bool = False
) -> timedelta:
    """Return how long to wait: what the provider asks for, but never beyond the longest.

    An emergency heeds the provider for EMERGENCY_PAUSE only.
    """
    most = EMERGENCY_PAUSE if emergency else LONGEST_RETRY
    heeded = min(asked or timedelta(), most)
    return min(max(retry_after(attempt_count), heeded), LONGEST_RETRY)
