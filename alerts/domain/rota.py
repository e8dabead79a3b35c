"""Who is on duty at an instant: shifts, holidays and covers, in the clinic's own time.

All times of day are those of the clinic's wall clock. A shift begins and ends at the
instants at which that clock shows them, so one shift's end is the next one's beginning
also in the night in which the clocks change: nobody is on duty twice, nobody not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo


#: The lines of a rota: who is told first, and who is next.
FIRST: Final = 1
SECOND: Final = 2
LINES: Final = (FIRST, SECOND)

#: On a holiday the weekly shifts of this weekday hold.
SUNDAY: Final = 6

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """One person's duty: every day, on one weekday, or on one day only.

    It ends on the next day when it ends no later than it begins; equal times are a
    whole day. A shift of one day goes before the weekly ones of its line.
    """

    line: int
    person: int
    starts: time
    ends: time
    weekday: int | None = None
    day: date | None = None


@dataclass(frozen=True, kw_only=True)
class Cover:
    """From one instant to another somebody else does whatever a person has to do."""

    absent: int
    by: int
    starts: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Rota:
    """Everything that says who is on duty in a care team."""

    zone: ZoneInfo
    shifts: tuple[Shift, ...] = ()
    covers: tuple[Cover, ...] = ()
    holidays: frozenset[date] = frozenset()


def on_duty(rota: Rota, line: int, at: datetime) -> tuple[int, ...]:
    """Return who is on duty on this line at this instant, covers applied."""
    today = at.astimezone(rota.zone).date()
    running = [
        shift
        for shift in rota.shifts
        if shift.line == line
        for day in (today - _DAY, today)
        if _falls_on(shift, day, rota.holidays) and _runs(shift, day, at, rota.zone)
    ]
    chosen = [shift for shift in running if shift.day] or running
    people = (_standing_in(shift.person, rota.covers, at) for shift in chosen)
    return tuple(dict.fromkeys(people))


def changes(rota: Rota, start: datetime, end: datetime) -> list[datetime]:
    """Return `start` and every later instant before `end` at which duty may change."""
    first = start.astimezone(rota.zone).date() - _DAY
    days = [first + n * _DAY for n in range((end - start) // _DAY + 4)]
    instants = {
        edge
        for day in days
        for shift in rota.shifts
        if _falls_on(shift, day, rota.holidays)
        for edge in _span(shift, day, rota.zone)
    }
    instants |= {edge for cover in rota.covers for edge in (cover.starts, cover.ends)}
    return [start, *sorted(at for at in instants if start < at < end)]


def _falls_on(shift: Shift, day: date, holidays: frozenset[date]) -> bool:
    if shift.day is not None:
        return shift.day == day
    weekday = SUNDAY if day in holidays else day.weekday()
    return shift.weekday is None or shift.weekday == weekday


def _runs(shift: Shift, day: date, at: datetime, zone: ZoneInfo) -> bool:
    starts, ends = _span(shift, day, zone)
    return starts <= at < ends


def _span(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    last = day if shift.ends > shift.starts else day + _DAY
    return (
        datetime.combine(day, shift.starts, zone).astimezone(UTC),
        datetime.combine(last, shift.ends, zone).astimezone(UTC),
    )


def _standing_in(person: int, covers: Iterable[Cover], at: datetime) -> int:
    """Follow the covers, also of covers; two who swap end with each other."""
    running = {c.absent: c.by for c in covers if c.starts <= at < c.ends}
    seen = {person}
    while (following := running.get(person)) is not None and following not in seen:
        person = following
        seen.add(person)
    return person


def written(rota: Rota, at: datetime) -> dict[str, Sequence[Any]]:
    """Return who is on duty at an instant, for the record."""
    return {
        "first": on_duty(rota, FIRST, at),
        "second": on_duty(rota, SECOND, at),
    }
