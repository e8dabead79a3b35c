"""Who may be sent something now: limits that all workers share, in Redis.

Each limit is one number there, the instant at which it is used up (the generic cell
rate algorithm), counted by the clock of the workers. A number that lies too far ahead
comes from a clock that jumped and counts for nothing. Without Redis everybody is let
through: a provider that is asked too much says so, and an alert that waits does not.
An emergency uses the limits up like everything else, but never waits for them.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.cache import caches
from django.db.models import Q
from redis import RedisError

from alerts.channels import CHANNELS, ChannelError
from alerts.domain import limits, retries, targets
from alerts.models import Delivery


logger = logging.getLogger(__name__)

EMERGENCY: Final = Q(alert__tier=targets.EMERGENCY) | Q(
    alert__patient_tier=targets.EMERGENCY
)
#: How long Redis keeps a number: longer than any of them lies ahead. Unit: seconds.
_KEPT: Final = 2 * 86_400

_GO, _CHANNEL, _PERSON = range(3)

#: For each row: may it go? Takes from its channel's limit and from its person's at once.
_TAKE: Final = """
local now, kept, overdraft = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, answers = tonumber(ARGV[4]), {}
local function used(limit)
  local at = tonumber(redis.call('GET', limit[1]) or 0)
  if at < now or at > now + limit[3] + overdraft then return now end
  return at
end
local function full(limit)
  return used(limit) + limit[2] > now + limit[3]
end
local function take(limit)
  local at = math.min(used(limit) + limit[2], now + limit[3] + overdraft)
  redis.call('SET', limit[1], string.format('%.0f', at), 'EX', kept)
end
for i, row in ipairs(cjson.decode(ARGV[5])) do
  local till = tonumber(redis.call('GET', row.pause) or 0)
  local answer = 0
  if till > now and till <= now + longest then answer = 1 end
  if answer == 0 and not row.emergency then
    for place, limit in ipairs(row.limits) do
      if answer == 0 and full(limit) then answer = limit[4] end
    end
  end
  if answer == 0 then
    for place, limit in ipairs(row.limits) do take(limit) end
  end
  answers[i] = answer
end
return answers
"""


class Held(ChannelError):
    """Not tried, because the provider has asked for a rest since it was claimed."""

    def __init__(self) -> None:
        super().__init__(limits.HELD, permanent=False)


@dataclass
class Gate:
    """What one sweep has learnt of who has to wait."""

    channels: set[str] = field(default_factory=set)
    #: The same for emergencies, which heed a provider's pause alone.
    paused: set[str] = field(default_factory=set)
    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def may_go(self) -> Q:
        """Return which messages are worth looking at again in this sweep."""
        waits = Q(channel__in=self.channels)
        for channel, people in self.people.items():
            waits |= Q(channel=channel, recipient__in=people)
        return ~Q(channel__in=self.paused) & (EMERGENCY | ~waits)

    def let_through(self, rows: Sequence[Delivery], *, now: datetime) -> list[Delivery]:
        """Return those that may be sent now; the others are marked and stay due."""
        through: list[Delivery] = []
        held: list[Delivery] = []
        for row, answer in zip(rows, _ask(rows, now=now), strict=True):
            if answer == _GO:
                through.append(row)
                continue
            held.append(row)
            self._learn(row, answer)
        if held:
            waiting = Delivery.objects.filter(pk__in=[row.pk for row in held])
            waiting.exclude(error_code=limits.HELD).update(error_code=limits.HELD)
        return through

    def pause(self, row: Delivery, error: ChannelError, *, now: datetime) -> None:
        """Give a provider the rest it asks for, when all of the channel go to it."""
        asked = error.retry_after
        if not asked or not CHANNELS[row.channel].one_provider:
            return
        self.paused.add(row.channel)
        _pause(row.channel, min(asked, retries.LONGEST_RETRY), now=now)

    def _learn(self, row: Delivery, answer: int) -> None:
        if answer == _PERSON:
            self.people[row.channel].add(row.recipient_id)
        elif is_emergency(row):
            self.paused.add(row.channel)
        else:
            self.channels.add(row.channel)


def is_emergency(row: Delivery) -> bool:
    """Return whether nothing but a provider's own pause may hold this message."""
    return targets.EMERGENCY in (row.alert.tier, row.alert.patient_tier)


def pauses(*, now: datetime) -> dict[str, timedelta]:
    """Return how long each paused channel will still be; empty without Redis."""
    names = list(CHANNELS)
    try:
        found = _redis().mget([_pause_key(name) for name in names])
    except RedisError:
        return {}
    ends = zip(names, found, strict=True)
    left = {
        name: timedelta(milliseconds=int(end) - _milliseconds(now))
        for name, end in ends
        if end
    }
    return {
        name: time
        for name, time in left.items()
        if timedelta() < time <= retries.LONGEST_RETRY
    }


def _ask(rows: Sequence[Delivery], *, now: datetime) -> list[int]:
    if not any(_goes_out(row) for row in rows):
        return [_GO] * len(rows)
    wanted = json.dumps([_wanted(row) for row in rows])
    numbers = (
        _milliseconds(now),
        _KEPT,
        limits.OVERDRAFT // timedelta(milliseconds=1),
        retries.LONGEST_RETRY // timedelta(milliseconds=1),
    )
    try:
        return [int(each) for each in _redis().eval(_TAKE, 0, *numbers, wanted)]
    except RedisError as error:
        logger.warning("nothing limited", extra={"error": type(error).__name__})
        return [_GO] * len(rows)


def _wanted(row: Delivery) -> dict[str, Any]:
    return {
        "emergency": is_emergency(row),
        "pause": _pause_key(row.channel, emergency=is_emergency(row)),
        "limits": list(_limits(row)) if _goes_out(row) else [],
    }


def _goes_out(row: Delivery) -> bool:
    channel = CHANNELS.get(row.channel)
    return channel is not None and channel.goes_out


def _limits(row: Delivery) -> Iterable[tuple[str, int, int, int]]:
    everybody = limits.rate(settings.CHANNEL_LIMITS.get(row.channel, ""))
    if everybody:
        key = _key(f"limit.{row.channel}")
        yield key, everybody.interval, everybody.span, _CHANNEL
    one = limits.rate(settings.PERSON_LIMIT)
    if one:
        key = _key(f"limit.{row.channel}.{row.recipient_id}")
        yield key, one.interval, one.span, _PERSON


def _pause(channel: str, asked: timedelta, *, now: datetime) -> None:
    ends = {
        _pause_key(channel): asked,
        _pause_key(channel, emergency=True): min(asked, retries.EMERGENCY_PAUSE),
    }
    try:
        for key, time in ends.items():
            _redis().set(key, _milliseconds(now + time), ex=_KEPT)
    except RedisError as error:
        logger.warning("nothing limited", extra={"error": type(error).__name__})
    seconds = round(asked.total_seconds())
    logger.warning(
        "a provider asks for a rest", extra={"channel": channel, "seconds": seconds}
    )


def _pause_key(channel: str, *, emergency: bool = False) -> str:
    return _key(f"pause.{channel}.emergency" if emergency else f"pause.{channel}")


def _key(name: str) -> str:
    return str(caches["default"].make_key(f"channel.{name}"))


def _redis() -> Any:
    return caches["default"].client.get_client(write=True)  # type: ignore[attr-defined]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
