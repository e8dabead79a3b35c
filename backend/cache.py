"""The cache, without which nobody must stand before a closed door."""

from __future__ import annotations

from typing import Any

from django_redis.cache import RedisCache as DjangoRedisCache


class RedisCache(DjangoRedisCache):  # type: ignore[misc]
    """Redis that may be away: then nothing is remembered, and nobody is kept out."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Store unless known; without Redis nothing is known.

        The login counts attempts under a lock that it takes by this call. Were the
        answer no, it would refuse everybody for as long as Redis is away.
        """
        added = super().add(*args, **kwargs)
        return True if added is None else bool(added)
