"""The self-tests of one leg as plain values, for the evenings that are judged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import numpy as np

from analytics.domain.rows import Array, Ints, Rows
from tracker.domain import power_tests
from tracker.domain.power_tests import Report


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = _EPOCH.replace(tzinfo=None)


class Series:
    """One self-test of one leg as plain values, in order of time; days from 1970."""

    def __init__(self, key: tuple[str, str], rows: Rows, own: slice) -> None:
        self.key = key
        self.days: list[int] = numbers(rows["day"][own]).tolist()
        self.at = instants(rows["recorded_at"][own])
        self.first: list[int] = rows["score"][own].astype(int).tolist()
        self._again = rows["repeat_score"][own].tolist()
        self._entries: list[str] = rows["id"][own].tolist()
        self._made: dict[tuple[int, bool], Report] = {}

    @cached_property
    def baselines(self) -> list[float | None]:
        """Return the baseline after so many of the first reports."""
        first = self.first[: power_tests.BASELINE_FIRST_SCORES]
        return [power_tests.baseline_of(first[:n]) for n in range(len(first) + 1)]

    def baseline(self, count: int) -> float | None:
        """Return what is usual after so many reports."""
        return self.baselines[min(count, len(self.baselines) - 1)]

    def report(self, place: int, *, pushed: bool) -> Report:
        """Return a report, known already or just pushed."""
        made = self._made.get((place, pushed))
        if made is None:
            made = self._made[place, pushed] = self._report(place, pushed=pushed)
        return made

    def _report(self, place: int, *, pushed: bool) -> Report:
        again = self._again[place]
        first = self.first[place]
        return Report(
            side=self.key[0],
            test=self.key[1],
            at=self.at[place],
            scores=(first,) if again != again else (first, int(again)),
            entry=self._entries[place],
            pushed=pushed,
        )

    def day_of(self, entry: str | None) -> int | None:
        """Return the local day of an entry, None when it is none of these."""
        place = self._entries.index(entry) if entry in self._entries else None
        return None if place is None else self.days[place]


def numbers(days: Array) -> Ints:
    """Return the days since 1970."""
    return days.astype("datetime64[D]").astype(np.int64)


def instants(moments: Array) -> list[datetime]:
    """Return moments with their zone; adding is ten times as fast as `replace`."""
    return [_EPOCH + (moment - _NAIVE_EPOCH) for moment in moments.tolist()]


def until(series: Series, day: int, now: datetime) -> list[Report]:
    """Return the reports of the last days up to `day`, those of the day as pushed."""
    stop = bisect_right(series.days, day)
    start = bisect_left(series.days, day - power_tests.NEW_WITHIN.days - 1)
    known = bisect_left(series.days, day)
    return [
        series.report(place, pushed=place >= known)
        for place in range(start, stop)
        if place >= known or now - series.at[place] < power_tests.NEW_WITHIN
    ]


def severe_since(
    series: Series, known: int, baseline: float | None, now: datetime
) -> datetime | None:
    """Return the first report of the severe run that lasts until now."""
    severe = power_tests.severe_limit(baseline)
    last = known - 1
    if severe is None or last < 0 or now - series.at[last] >= power_tests.NEW_WITHIN:
        return None
    first = None
    for place in range(last, -1, -1):
        if series.first[place] > severe:
            break
        first = series.at[place]
    return first
