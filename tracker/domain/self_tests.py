"""The self-tests that the motor rules judge: those of a push beside the known ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from tracker.domain import circumstances, diary, power_tests, raw_records
from tracker.domain import red_flag_rules as rules
from tracker.domain.circumstances import KnownDay
from tracker.domain.earlier_checks import earlier_checks
from tracker.domain.power_tests import KnownState, Report


@dataclass(frozen=True, kw_only=True)
class SelfTests:
    """The reports at hand by side and test, oldest first, and what else is known."""

    reports: Mapping[tuple[str, str], list[Report]]
    state: KnownState
    foot_slap_pushed: bool
    both_legs: bool
    both_legs_pushed: bool
    now: datetime
    days: tuple[KnownDay, ...] = ()
    walking_hard: bool = False
    walking_pushed: bool = False

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
    pushed = circumstances.days_of(records, now=now)
    touched = raw_records.ids_in(records, diary.DAY_LOGS.name)
    days = (*(day for day in state.days if day.entry not in touched), *pushed)
    checks = raw_records.live_records(records, diary.RED_FLAG_CHECKS.name)
    both_legs_pushed = any(map(_says_both_legs, checks))
    return SelfTests(
        reports=reports,
        state=state,
        foot_slap_pushed=any(_foot_slaps(records, now=now)),
        both_legs=both_legs_pushed
        or any(map(_says_both_legs, earlier_checks(records, state=state))),
        both_legs_pushed=both_legs_pushed,
        now=now,
        days=days,
        walking_hard=circumstances.is_walking_newly_hard(days, now=now),
        walking_pushed=any(day.walking_minutes is not None for day in pushed),
    )


def _says_both_legs(check: raw_records.Record) -> bool:
    return raw_records.answer(check.get("both_legs")) in rules.POSITIVE


def _at(report: Report) -> datetime:
    return report.at


def _foot_slaps(records: object, *, now: datetime) -> Iterator[bool]:
    for record in raw_records.live_records(records, diary.DAY_LOGS.name):
        at = raw_records.recorded_at(record, now=now)
        slaps = raw_records.answer(record.get("foot_slap")) in rules.POSITIVE
        yield slaps and now - at <= power_tests.NEW_WITHIN
