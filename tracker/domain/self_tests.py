"""The self-tests that the motor rules judge: those of a push beside the known ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from tracker.domain import circumstances, diary, power_tests, raw_records
from tracker.domain import red_flag_rules as rules
from tracker.domain.circumstances import KnownDay
from tracker.domain.earlier_checks import earlier_checks
from tracker.domain.power_tests import KnownState, Report


#: Why a test is left out, in the word of the diary.
UNSAFE: Final = "unsafe"


@dataclass(frozen=True, kw_only=True)
class Untried:
    """A report that a test was left out because it was not safe."""

    side: str
    test: str
    at: datetime
    entry: str | None
    pushed: bool


@dataclass(frozen=True, kw_only=True)
class SelfTests:
    """The reports at hand by side and test, oldest first, and what else is known.

    `untried` are the reports, in the same order, that a test was not safe. `first_slap`
    is a pushed day with a foot slap, when none of the two weeks before it had one.
    """

    reports: Mapping[tuple[str, str], list[Report]]
    state: KnownState
    foot_slap_pushed: bool
    both_legs: bool
    both_legs_pushed: bool
    now: datetime
    days: tuple[KnownDay, ...] = ()
    walking_hard: bool = False
    walking_pushed: bool = False
    untried: Mapping[tuple[str, str], list[Untried]] = field(default_factory=dict)
    first_slap: KnownDay | None = None

    def of(self, side: str, test: str) -> list[Report]:
        """Return the reports of one test of one leg, oldest first."""
        return self.reports.get((side, test), [])

    def around(self, report: Report, within: timedelta) -> Iterator[Report]:
        """Yield the other reports of the same test and leg that are so close in time."""
        reports = self.of(report.side, report.test)
        first = bisect_left(reports, report.at - within, key=_at)
        last = bisect_right(reports, report.at + within, key=_at)
        for other in islice(reports, first, last):
            if other.is_other_than(report):
                yield other

    def neighbours(self, report: Report) -> Iterator[Report]:
        """Yield the last other report up to this one and the first after it."""
        reports = self.of(report.side, report.test)
        here = bisect_right(reports, report.at, key=_at)
        for direction in (reversed(reports[:here]), islice(reports, here, None)):
            yield from islice(filter(report.is_other_than, direction), 1)

    def new_of(self, side: str, test: str) -> list[Report]:
        """Return those that are young enough for the red flags."""
        return [
            report
            for report in self.of(side, test)
            if self.now - report.at <= power_tests.NEW_WITHIN
        ]

    def other_side(self, report: Report) -> float:
        """Return what the other leg does in this test; -infinity when unknown."""
        side = next(side for side in diary.LEGS if side != report.side)
        baseline = self.state.of(side, report.test).baseline
        if baseline is not None:
            return baseline
        near = (
            other.best
            for other in reversed(self.of(side, report.test))
            if abs(other.at - report.at) <= power_tests.NEW_WITHIN
        )
        return next(near, float("-inf"))


def self_tests(records: object, *, state: KnownState, now: datetime) -> SelfTests:
    """Return the self-tests of a push beside those already known."""
    reports: dict[tuple[str, str], list[Report]] = {}
    for report in power_tests.reports_of(records, state=state, now=now):
        reports.setdefault((report.side, report.test), []).append(report)
    untried: dict[tuple[str, str], list[Untried]] = {}
    for each in _untried_of(records, state=state, now=now):
        untried.setdefault((each.side, each.test), []).append(each)
    pushed = circumstances.days_of(records, now=now)
    touched = raw_records.ids_in(records, diary.DAY_LOGS.name)
    known = [day for day in state.days if day.entry not in touched]
    days = (*known, *pushed)
    checks = raw_records.live_records(records, diary.RED_FLAG_CHECKS.name)
    both_legs_pushed = any(map(_says_both_legs, checks))
    return SelfTests(
        reports=reports,
        state=state,
        foot_slap_pushed=any(_is_recent_slap(day, now) for day in pushed),
        both_legs=both_legs_pushed
        or any(map(_says_both_legs, earlier_checks(records, state=state))),
        both_legs_pushed=both_legs_pushed,
        now=now,
        days=days,
        walking_hard=circumstances.is_walking_newly_hard(days, now=now),
        walking_pushed=any(day.walking_minutes is not None for day in pushed),
        untried=untried,
        first_slap=_first_slap(pushed, known, now),
    )


def _untried_of(records: object, *, state: KnownState, now: datetime) -> list[Untried]:
    """Return what was left out as unsafe, pushed and known, oldest first, each once."""
    pushed = [
        Untried(
            side=side,
            test=test,
            at=raw_records.recorded_at(record, now=now),
            entry=raw_records.record_id(record),
            pushed=True,
        )
        for record in raw_records.live_records(records, diary.WEAKNESS_LOGS.name)
        if (side := raw_records.word(record.get("side"))) in diary.LEGS
        and (test := raw_records.word(record.get("test"))) in diary.TESTS
        and raw_records.score(record.get("score")) is None
        and raw_records.word(record.get("not_done_reason")) == UNSAFE
    ]
    touched = raw_records.ids_in(records, diary.WEAKNESS_LOGS.name)
    known = [
        Untried(side=side, test=test, at=at, entry=entry, pushed=False)
        for (side, test), history in state.tests.items()
        for at, entry in history.unsafe
        if entry not in touched and raw_records.is_believable(at, now=now)
    ]
    return sorted([*known, *pushed], key=_at)


def _says_both_legs(check: raw_records.Record) -> bool:
    return raw_records.answer(check.get("both_legs")) in rules.POSITIVE


def _at(report: Report | Untried) -> datetime:
    return report.at


def _is_recent_slap(day: KnownDay, now: datetime) -> bool:
    return day.slap and now - day.at <= power_tests.NEW_WITHIN


def _first_slap(
    pushed: list[KnownDay], known: list[KnownDay], now: datetime
) -> KnownDay | None:
    """Return the newest pushed slap, unless one was known of the two weeks before it."""
    slaps = [day for day in pushed if _is_recent_slap(day, now)]
    newest = max(slaps, key=lambda day: day.at, default=None)
    if newest is None:
        return None
    since = newest.at - power_tests.NEW_WITHIN
    told = any(day.slap and since <= day.at <= newest.at for day in known)
    return None if told else newest
