"""By when a human must have answered, and by when a taken alert needs an outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final


EMERGENCY: Final = "emergency"
#: From the most to the least urgent; a tier without a target is not escalated.
TIERS: Final = (EMERGENCY, "urgent", "soon", "watch", "info")
#: The tiers that open an alert. `info` is drawn on the chart and told to nobody.
ALERTING: Final = (EMERGENCY, "urgent", "soon", "watch")

#: First and last minute of the working day, and the working weekdays (0 = Monday).
#: Unit: local clock of the clinic.
#: Source: our choice; a clinic's policy sets its own, its calendar the holidays.
#: Caveat: an emergency ignores them.
WORKING_DAY_STARTS: Final = time(9)
WORKING_DAY_ENDS: Final = time(17)
WORKING_WEEKDAYS: Final = frozenset(range(5))

#: How long the clinician on duty has to answer an emergency.
#: Unit: minutes of clock time.
#: Source: eSMART red alerts, 30 min (Maguire et al., BMJ 2021;374:n1647); clinical.md 8.
#: Caveat: the patient is told at once to go, and never waits for this.
EMERGENCY_ANSWER_MINUTES: Final = 30

#: How long the clinician on duty has to answer an urgent alert.
#: Unit: working hours of the clinic.
#: Source: our choice, clinical.md section 8 (half of eSMART's 8 h for amber alerts).
URGENT_ANSWER_HOURS: Final = 4

#: How long the clinician on duty has to answer a "soon" alert.
#: Unit: working hours of the clinic; 16 are two working days.
#: Source: our choice, clinical.md section 8; not clinically validated.
SOON_ANSWER_HOURS: Final = 16

#: How long an acknowledged emergency may stay without an outcome before a reminder.
#: Unit: minutes of clock time.
#: Source: GIRFT cauda equina pathway, MRI within 4 h of request (clinical.md R01).
EMERGENCY_OUTCOME_MINUTES: Final = 240

#: The same for an urgent alert, whose examination is due within 24-72 h.
#: Unit: working hours of the clinic; 24 are three working days.
#: Source: our choice after clinical.md R06 (examine in 24-72 h); not validated.
URGENT_OUTCOME_HOURS: Final = 24

#: The same for a "soon" alert, whose examination is due within two weeks.
#: Unit: working hours of the clinic; 80 are ten working days.
#: Source: our choice after clinical.md R08 (1-2 weeks); not clinically validated.
SOON_OUTCOME_HOURS: Final = 80

#: How far ahead working days are looked for: more holidays than this in a row, and
#: the plain clock counts instead, for a time must come.
#: Unit: days. Source: our choice.
CALENDAR_DAYS: Final = 60


@dataclass(frozen=True)
class Span:
    """A length of time, on the wall clock or in working hours only."""

    length: timedelta
    working: bool


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When a clinic works, in its own time zone; on no holiday."""

    zone: tzinfo
    opens: time = WORKING_DAY_STARTS
    closes: time = WORKING_DAY_ENDS
    weekdays: frozenset[int] = WORKING_WEEKDAYS
    holidays: frozenset[date] = frozenset()


#: The targets of a clinic that has not chosen its own.
#: Unit: minutes; of working time except for an emergency.
ANSWER_MINUTES: Final = MappingProxyType(
    {
        EMERGENCY: EMERGENCY_ANSWER_MINUTES,
        "urgent": 60 * URGENT_ANSWER_HOURS,
        "soon": 60 * SOON_ANSWER_HOURS,
    }
)
OUTCOME_WITHIN: Final = {
    EMERGENCY: Span(timedelta(minutes=EMERGENCY_OUTCOME_MINUTES), working=False),
    "urgent": Span(timedelta(hours=URGENT_OUTCOME_HOURS), working=True),
    "soon": Span(timedelta(hours=SOON_OUTCOME_HOURS), working=True),
}


def outcome_by(tier: str, *, calendar: Calendar, now: datetime) -> datetime | None:
    """Return when an alert taken now needs an outcome, None if it may wait."""
    span = OUTCOME_WITHIN.get(tier)
    return None if span is None else after(span, calendar=calendar, now=now)


def after(span: Span, *, calendar: Calendar, now: datetime) -> datetime:
    """Return the instant at which the span has passed since `now`, in UTC."""
    if not span.working:
        return now + span.length
    return add_working_time(now, span.length, calendar=calendar)


def urgency(tier: str) -> int:
    """Return the place of a tier, 0 for the most urgent."""
    return TIERS.index(tier)


def most_urgent(*tiers: str) -> str:
    """Return the most urgent of the tiers."""
    return min(tiers, key=urgency)


def add_working_time(
    start: datetime, length: timedelta, *, calendar: Calendar
) -> datetime:
    """Return the instant at which `length` of working time has passed since `start`.

    Real elapsed time inside the working days counts, so a change to summer time
    at night moves nothing. The result is in UTC.
    """
    left = length
    for opens, closes in _working_days(start, calendar):
        begin = max(opens, start)
        if begin >= closes:
            continue
        if closes - begin >= left:
            return begin.astimezone(UTC) + left
        left -= closes - begin
    return start.astimezone(UTC) + timedelta(days=CALENDAR_DAYS)


def _working_days(
    start: datetime, calendar: Calendar
) -> Iterator[tuple[datetime, datetime]]:
    first = start.astimezone(calendar.zone).date()
    for ahead in range(CALENDAR_DAYS):
        day = first + timedelta(days=ahead)
        if day.weekday() in calendar.weekdays and day not in calendar.holidays:
            yield (
                datetime.combine(day, calendar.opens, calendar.zone).astimezone(UTC),
                datetime.combine(day, calendar.closes, calendar.zone).astimezone(UTC),
            )
