"""How long things take, when some have not happened yet; and days of a diary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final


#: Days of a month with entries from which it counts as monitored.
#: Unit: days.
#: Source: CMS, CPT 99454 (16 or more days of readings in 30).
#: Caveat: what a payer asks for may differ, and counts 30 days, not a calendar month.
MONITORED_DAYS: Final = 16
#: The kinds of month: days with entries, from and to, and a name.
MONTHS: Final = (
    ("no day", 0, 0),
    ("1 day", 1, 1),
    ("2 to 15 days", 2, MONITORED_DAYS - 1),
    ("16 days or more", MONITORED_DAYS, 31),
)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Times until something happened, and how many still wait for it.

    Whoever waits counts as longer than all others: the figures may look worse than
    they are, never better. Where so many wait that a quantile is not known yet, it
    is None. `due` are those whose time has come or who were done before; `in_time`
    how many of these were.
    """

    times: Sequence[timedelta]
    waiting: int
    due: int
    in_time: int

    @property
    def count(self) -> int:
        """Return how many there are, done or not."""
        return len(self.times) + self.waiting

    @property
    def median(self) -> timedelta | None:
        """Return the time within which half are done."""
        return self.quantile(0.5)

    @property
    def quartiles(self) -> tuple[timedelta | None, timedelta | None]:
        """Return the times within which a quarter and three quarters are done."""
        return self.quantile(0.25), self.quantile(0.75)

    @property
    def percent_in_time(self) -> int | None:
        """Return the share in time of those that were due, None without any."""
        return round(100 * self.in_time / self.due) if self.due else None

    def quantile(self, share: float) -> timedelta | None:
        """Return the smallest time within which this share (0 to 1) is done."""
        place = max(1, -int(-share * self.count // 1))
        return sorted(self.times)[place - 1] if place <= len(self.times) else None


@dataclass(frozen=True, kw_only=True)
class Week:
    """One week of a clinic: days with an entry, of the days of all patients."""

    starts: date
    days: int
    possible: int

    @property
    def percent(self) -> int | None:
        """Return the share of days with an entry, None without patients."""
        return round(100 * self.days / self.possible) if self.possible else None


@dataclass(frozen=True, kw_only=True)
class Month:
    """One calendar month: how many patients had entries on how many days."""

    starts: date
    patients: Mapping[str, int]

    @property
    def monitored(self) -> int:
        """Return the patients with MONITORED_DAYS or more."""
        return self.patients[MONTHS[-1][0]]

    @property
    def total(self) -> int:
        """Return all patients who were monitored in it."""
        return sum(self.patients.values())


def monday(day: date) -> date:
    """Return the Monday of its week."""
    return day - timedelta(days=day.weekday())


def first_of_month(day: date) -> date:
    """Return the first day of its month."""
    return day.replace(day=1)


def weeks_of(
    found: Mapping[date, int], since: Iterable[date], *, first: date, last: date
) -> list[Week]:
    """Return every week of [first, last]; `found` are days with entries by Monday.

    `since` has the first day of each patient; a day that has not come is not possible.
    """
    firsts, weeks = Counter(since), []  # many begin on one day
    starts = monday(first)
    while starts <= last:
        begin, end = max(starts, first), min(starts + timedelta(days=6), last)
        possible = sum(
            count * max(0, (end - max(begin, day)).days + 1)
            for day, count in firsts.items()
        )
        weeks.append(Week(starts=starts, days=found.get(starts, 0), possible=possible))
        starts += timedelta(days=7)
    return weeks


def months_of(
    found: Mapping[date, Sequence[int]],
    since: Iterable[date],
    *,
    first: date,
    last: date,
) -> list[Month]:
    """Return every month of [first, last]; `found` has the days of each who logged."""
    firsts, months = Counter(since), []
    starts = first_of_month(first)
    while starts <= last:
        after = first_of_month(starts + timedelta(days=32))
        days = found.get(starts, ())
        begun = sum(count for day, count in firsts.items() if day < after)
        silent = begun - len(days)
        kinds = Counter(kind_of_month(count) for count in days)
        kinds[kind_of_month(0)] += max(silent, 0)
        months.append(
            Month(starts=starts, patients={name: kinds[name] for name, *_ in MONTHS})
        )
        starts = after
    return months


def kind_of_month(days: int) -> str:
    """Return the name of a month with entries on so many days."""
    return next(name for name, low, high in MONTHS if low <= days <= high)
