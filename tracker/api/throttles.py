"""How often somebody may ask: one number in Redis for each person and window.

Django REST framework keeps the time of every request of the last minute and writes
the whole list back each time, which at a phone's pace of a backlog costs more than
the push. A number costs one round trip. A stopped Redis lets everybody through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.request import Request
from rest_framework.throttling import (
    AnonRateThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)


if TYPE_CHECKING:  # its views load this module
    from rest_framework.views import APIView


class CountingThrottle(SimpleRateThrottle):
    """Allow so many requests in each window of the rate's length."""

    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this request; return whether it is within the rate."""
        if self.rate is None:
            return True
        who = self.get_cache_key(request, view)
        if who is None:
            return True
        self.now = self.timer()
        window = int(self.now // self.duration)
        return self._count(f"{who}.{window}") <= self.num_requests

    def wait(self) -> float:
        """Return the seconds until the next window begins."""
        return float(self.duration - self.now % self.duration)

    def _count(self, key: str) -> int:
        """Return how many requests there were, this one among them."""
        try:
            counted: Any = self.cache.incr(key)
        except ValueError:  # the first of its window
            self.cache.add(key, 1, timeout=self.duration)
            return 1
        return int(counted or 0)


class AnonThrottle(AnonRateThrottle, CountingThrottle):
    """Anonymous callers, by address."""


class UserThrottle(UserRateThrottle, CountingThrottle):
    """Callers with an account."""


class ScopedThrottle(ScopedRateThrottle, CountingThrottle):
    """Views with a rate of their own."""
