"""Quiet hours of a person: they delay a message, never a judgement or an emergency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.domain.targets import EMERGENCY


#: The longest quiet hours that a person may have.
#: Unit: hours of the wall clock. Source: our choice: a night.
LONGEST_HOURS: Final = 12
#: No message is held back for longer than this, also when the clocks change at night.
LONGEST: Final = timedelta(hours=LONGEST_HOURS + 1)

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Every day from one time to another, in the person's own time zone."""

    starts: time
    ends: time
    zone: ZoneInfo


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """Return when the quiet hours end that hold now; None if none do."""
    today = now.astimezone(quiet.zone).date()
    for day in (today - _DAY, today):
        last = day if quiet.ends > quiet.starts else day + _DAY
        starts = datetime.combine(day, quiet.starts, quiet.zone).astimezone(UTC)
        ends = datetime.combine(last, quiet.ends, quiet.zone).astimezone(UTC)
        if starts <= now < ends:
            return ends
    return None


def held_until(
    quiet: Mapping[int, Quiet], tiers: Collection[str], *, now: datetime
) -> dict[int, datetime]:
    """Return until when messages to each person wait, by account.

    `tiers` are those that anybody was told of: for an emergency nobody's message waits.
    """
    if EMERGENCY in tiers:
        return {}
    ends = {person: quiet_until(each, now) for person, each in quiet.items()}
    return {person: end for person, end in ends.items() if end is not None}


def hours(starts: time, ends: time) -> float:
    """Return how long they are by the wall clock; equal times are a whole day."""
    length = (
        timedelta(hours=ends.hour, minutes=ends.minute)
        - timedelta(hours=starts.hour, minutes=starts.minute)
    ) % _DAY
    return (length or _DAY) / timedelta(hours=1)
