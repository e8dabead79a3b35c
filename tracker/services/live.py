"""Live hints: something has changed, look for it. They carry no news themselves.

Whoever commits a change announces its topic in Redis, and every process that holds a
stream of that topic passes it on. A hint may be lost: what is true is in the database,
and clients ask it now and then without being told. A stream holds a thread of the web
server for its whole life, so each process holds few, each account fewer, and none for
long.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import Any, Final
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

from tracker.errors import StreamUnavailable


logger = logging.getLogger(__name__)

#: Streams of one account in one process: a phone needs one.
MOST_OF_AN_ACCOUNT: Final = 4
#: After this a client has to come again, and show again who it is. Unit: seconds.
LIFE: Final = 600.0
#: A silent connection is cut by proxies, and a dead client seen only by writing to it.
#: Unit: seconds.
HEARTBEAT: Final = 15.0
#: How long a commit may wait for Redis. Unit: seconds.
TIMEOUT: Final = 0.25
#: How long nothing is tried after Redis was away. Unit: seconds.
AWAY: Final = 30.0
#: What a hint says when it cannot say what has changed.
ANYTHING: Final = "*"

#: A client that was cut off comes back after this. Unit: milliseconds.
_RETRY: Final = 5_000
_PREFIX: Final = "rootwatch:live:"


def patient_topic(patient_id: UUID) -> str:
    """Return the topic of all that a patient's phones may hold."""
    return f"patient:{patient_id}"


def clinic_topic(clinic_id: int) -> str:
    """Return the topic of all that the staff of a clinic may see."""
    return f"clinic:{clinic_id}"


def announce_on_commit(topic: str, words: Iterable[str] = (ANYTHING,)) -> None:
    """Tell the streams of a topic, once this transaction is committed, what changed.

    The words are names of collections or the like; never anything of a person.
    """
    transaction.on_commit(partial(announce, topic, " ".join(words)), robust=True)


def announce(topic: str, words: str = ANYTHING) -> None:
    """Tell the streams of a topic; without Redis nobody is told."""
    if time.monotonic() < _Redis.away_until:
        return
    try:
        _speaker(settings.REDIS_URL).say(_PREFIX + topic, words)
    except redis.RedisError as error:
        _Redis.away_until = time.monotonic() + AWAY
        logger.warning("no live hint sent", extra={"error": type(error).__name__})


class _Redis:
    """What this process knows of Redis."""

    away_until: float = 0.0


class _Places:
    """The streams that this process holds, by account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[int] = Counter()

    def take(self, account: int) -> None:
        """Take a place; raise StreamUnavailable when there is none."""
        with self._lock:
            full = self._taken.total() >= settings.LIVE_STREAMS
            if full or self._taken[account] >= MOST_OF_AN_ACCOUNT:
                raise StreamUnavailable
            self._taken[account] += 1

    def give_back(self, account: int) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]


_places: Final = _Places()


class Stream:
    """Hints as server-sent events; iterate over its bytes, and close it.

    `only` names the word that must be in a hint; without it every hint is passed on.
    """

    def __init__(
        self, *topics: str, account: int, only: str | None = None, life: float = LIFE
    ) -> None:
        _places.take(account)
        self._account: int | None = account
        self._only = only
        self._until = time.monotonic() + life
        # Held on to: a client that is let go cuts the connection of its subscriptions.
        self._redis: Any = redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT
        )
        self._hints = self._redis.pubsub(  # type: ignore[no-untyped-call]
            ignore_subscribe_messages=True
        )
        try:
            self._hints.subscribe(*(_PREFIX + topic for topic in topics))
        except redis.RedisError:
            self.close()
            raise StreamUnavailable from None

    def __iter__(self) -> Iterator[bytes]:
        """Yield events until the life is over or Redis goes away."""
        # The first event stands for all that came before this stream was open.
        yield f"retry: {_RETRY}\ndata: {ANYTHING}\n\n".encode()
        try:
            while (left := self._until - time.monotonic()) > 0:
                yield self._next(min(left, HEARTBEAT))
        except (redis.RedisError, OSError):
            return
        finally:
            self.close()

    def close(self) -> None:
        """Give up the place; a second time does nothing."""
        if self._account is not None:
            _places.give_back(self._account)
            self._account = None
        with contextlib.suppress(redis.RedisError, OSError):
            self._hints.close()
            self._redis.close()

    def _next(self, seconds: float) -> bytes:
        """Return the next hint, or a comment after so many seconds without one."""
        hint: Any = self._hints.get_message(timeout=seconds)
        if hint is None:
            return b": still here\n\n"
        words = str(hint["data"], "ascii", "replace").split()
        if self._only and self._only not in words and ANYTHING not in words:
            return b": not yours\n\n"
        return f"data: {' '.join(words)}\n\n".encode()


class _Speaker:
    """A connection that says hints and has Redis keep its answers to itself.

    Nobody needs them, and waiting for them costs a small push a tenth of its time.
    """

    def __init__(self, url: str) -> None:
        self._lock = threading.Lock()
        self._pool = redis.ConnectionPool.from_url(
            url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT
        )
        self._connection: Any = None
        self._process = 0

    def say(self, channel: str, words: str) -> None:
        """Publish; raise RedisError when it is seen that Redis is away."""
        with self._lock:
            if not self._is_open():
                self._open()
            self._connection.send_command("PUBLISH", channel, words)

    def _is_open(self) -> bool:
        """Return whether there is a connection of this process that nobody has closed."""
        if self._connection is None or self._process != os.getpid():
            return False
        try:
            # Redis is silent here; if there is something to read, it is the end.
            return not self._connection.can_read(0)
        except redis.RedisError:
            return False

    def _open(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._process = os.getpid()
        self._connection = self._pool.make_connection()
        self._connection.connect()
        self._connection.send_command("CLIENT", "REPLY", "OFF")


@lru_cache(maxsize=4)
def _speaker(url: str) -> _Speaker:
    return _Speaker(url)
