"""How often somebody may ask: one number in Redis for each person and window.

Django REST framework keeps the time of every request of the last minute and writes
the whole list back each time, which at a phone's pace of a backlog costs more than
the push. A number costs one round trip. A stopped Redis lets everybody through.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import (
    AnonRateThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)


logger = logging.getLogger(__name__)

if TYPE_CHECKING:  # its views load this module
    from rest_framework.views import APIView

    from tracker.models import User


class CountingThrottle(SimpleRateThrottle):
    """Allow so many requests in each window of the rate's length."""

    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this request; return whether it is within the rate."""
        if self.rate is None:
            return True
        who = self.get_cache_key(request, view)
        return who is None or self.counts(who)

    def counts(self, who: str) -> bool:
        """Count a request of this caller; return whether it is within the rate."""
        self.now = self.timer()
        window = int(self.now // self.duration)
        return self._count(f"{who}.{window}") <= self.num_requests

    def wait(self) -> float:
        """Return the seconds until the next window begins."""
        return float(self.duration - self.now % self.duration)

    def _count(self, key: str) -> int:
        """Return how many requests there were, this one among them."""
        name = self.cache.make_key(key)
        try:
            redis = self.cache.client.get_client(write=True)  # type: ignore[attr-defined]
            counted = int(redis.incr(name))
            if counted == 1:  # the first of its window
                redis.expire(name, self.duration)
        except RedisError as error:
            logger.warning("nobody counted", extra={"error": type(error).__name__})
            return 0
        return counted


class AnonThrottle(AnonRateThrottle, CountingThrottle):
    """Anonymous callers, by address."""


class UserThrottle(UserRateThrottle, CountingThrottle):
    """Callers with an account."""


class ScopedThrottle(ScopedRateThrottle, CountingThrottle):
    """Views with a rate of their own."""

    @classmethod
    def admits(cls, user: User, scope: str) -> bool:
        """Count a request that comes without a view; return whether it is within."""
        throttle = cls()
        throttle.scope = scope
        throttle.rate = throttle.get_rate()
        throttle.num_requests, throttle.duration = throttle.parse_rate(  # type: ignore[assignment]
            throttle.rate
        )
        return throttle.counts(cls.cache_format % {"scope": scope, "ident": user.pk})
