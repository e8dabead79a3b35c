"""What the server knew on an evening of the diary, as the red flags need it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from analytics.domain.events import Event
from analytics.domain.evidence import Evidence
from tracker.domain import circumstances, power_tests
from tracker.domain.circumstances import KnownDay, Procedure
from tracker.domain.diary import LEGS, TESTS
from tracker.domain.power_tests import KnownState, Report, TestHistory
from tracker.domain.red_flag_rules import POSITIVE
from tracker.domain.self_tests import SelfTests


Value = TypeVar("Value")

_DAY_SECONDS: Final = 24 * 60 * 60
#: The day that days are counted from.
_FIRST: Final = date(1970, 1, 1).toordinal()
#: Days whose logs can matter, one more than is kept: a day has two ends.
_KEPT: Final = circumstances.DAYS_KEPT.days + 1
_LOG_COLUMNS: Final = ("medications_taken", "walk_minutes_before_stopping", "foot_slap")


@dataclass(frozen=True)
class _Series:
    """One self-test of one leg: reports in order of time, and their local days."""

    reports: list[Report]
    days: list[int]

    @cached_property
    def baselines(self) -> list[float | None]:
        """Return the baseline after so many of the first reports."""
        most = power_tests.BASELINE_FIRST_SCORES
        first = [report.scores[0] for report in self.reports[:most]]
        return [power_tests.baseline_of(first[:n]) for n in range(len(first) + 1)]

    def baseline(self, count: int) -> float | None:
        """Return what is usual after so many reports."""
        return self.baselines[min(count, len(self.baselines) - 1)]


@dataclass(frozen=True)
class _Log:
    """A day log in plain values."""

    on: int
    day: KnownDay
    slap: bool


_SeriesOf = dict[tuple[str, str], _Series]


class _Lazy(Mapping[tuple[str, str], Value]):
    """What is made for a side and a test when somebody asks: few are asked for."""

    def __init__(
        self, keys: Collection[tuple[str, str]], make: Callable[..., Value]
    ) -> None:
        self._keys, self._make = keys, make
        self._made: dict[tuple[str, str], Value] = {}

    def __getitem__(self, key: tuple[str, str]) -> Value:
        if key not in self._made:
            if key not in self._keys:
                raise KeyError(key)
            self._made[key] = self._make(key)
        return self._made[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class Evenings:
    """Builds, for a patient and a local day, what a push of that day is judged by.

    Everything of the day counts as pushed, everything before it as known.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._events = _by_patient((*evidence.exams, *evidence.procedures))
        scores = ("side", "test", "id", "score", "repeat_score")
        self._tests = _Rows(evidence.tests, "day", scores)
        self._logs = _Rows(evidence.diary.day_logs, "local_day", _LOG_COLUMNS)
        checks = evidence.diary.red_flag_checks
        self._checks = _Rows(checks, "local_day", ("both_legs",))
        self._patient: _Patient | None = None

    def of(self, patient: str, day: np.datetime64) -> SelfTests | None:
        """Return the self-tests as of the evening of a day; None without any record."""
        return self._of(patient).on(int(day.astype("datetime64[D]").astype(int)))

    def day_of(self, report: Report) -> np.datetime64:
        """Return the local day of a report of the patient asked for last."""
        assert self._patient is not None  # noqa: S101 - only called after `of`
        day = self._patient.local_day[str(report.entry)]
        return np.datetime64(day * _DAY_SECONDS, "s")

    def _of(self, patient: str) -> _Patient:
        if self._patient is None or self._patient.name != patient:
            self._patient = _Patient(
                patient,
                tests=self._tests.of(patient),
                logs=self._logs.of(patient),
                checks=self._checks.of(patient),
                events=self._events.get(patient, ()),
            )
        return self._patient


class _Rows:
    """Rows of many patients as plain values: day since 1970, time, the columns."""

    def __init__(self, frame: pd.DataFrame, day: str, names: Sequence[str]) -> None:
        number, patients = pd.factorize(frame["patient"])
        order = np.argsort(number, kind="stable")
        ends = np.cumsum(np.bincount(number, minlength=len(patients))).tolist()
        starts = [0, *ends[:-1]] if ends else []
        self._places = {
            str(name): slice(*place)
            for name, place in zip(
                patients, zip(starts, ends, strict=True), strict=True
            )
        }
        days = frame[day].to_numpy("datetime64[D]").astype(int)
        times = frame["recorded_at"].dt.to_pydatetime()
        columns = (days, np.asarray(times), *(frame[name].to_numpy() for name in names))
        self._columns = [column[order].tolist() for column in columns]

    def of(self, patient: str) -> list[tuple[Any, ...]]:
        """Return the rows of a patient, in order of time."""
        place = self._places.get(patient, slice(0))
        values = zip(*(column[place] for column in self._columns), strict=True)
        return sorted(values, key=itemgetter(1))


class _Patient:
    """The rows of one patient in plain values; days are counted from 1970."""

    def __init__(
        self,
        name: str,
        *,
        tests: Sequence[tuple[Any, ...]],
        logs: Sequence[tuple[Any, ...]],
        checks: Sequence[tuple[Any, ...]],
        events: Sequence[Event],
    ) -> None:
        self.name = name
        self.exams = [event for event in events if event.kind == "exam"]
        self.procedures = [event for event in events if event.kind != "exam"]
        self.local_day: dict[str, int] = {}
        self.series = self._series(tests)
        self.logs = sorted(map(_log, logs), key=attrgetter("on"))
        self.log_days = [log.on for log in self.logs]
        self.slaps = [log for log in self.logs if log.slap]
        self.both_legs = {day for day, _, said in checks if said in POSITIVE}
        self.last: dict[int, datetime] = {}
        for day, at, *_ in (*tests, *logs, *checks):
            self.last[day] = max(at, self.last.get(day, at))

    def on(self, day: int) -> SelfTests | None:
        """Return what a push of the evening is judged by."""
        now = self.last.get(day)
        if now is None:
            return None
        logs = self.logs[
            bisect_left(self.log_days, day - _KEPT) : bisect_right(self.log_days, day)
        ]
        days = tuple(
            log.day for log in logs if now - log.day.at < circumstances.DAYS_KEPT
        )
        new_slap, long_known = self._slaps(day, now)
        state = KnownState(
            tests=_Lazy(self.series, lambda key: self._history(key, day, now)),
            procedures=self._windows(day, now),
            foot_slap_new=new_slap,
            foot_slap_long_known=long_known,
        )
        return SelfTests(
            reports=_Lazy(self.series, lambda key: _until(self.series[key], day, now)),
            state=state,
            foot_slap_pushed=any(
                log.on == day and now - log.day.at <= power_tests.NEW_WITHIN
                for log in self.slaps
            ),
            both_legs=day in self.both_legs,
            now=now,
            days=days,
            walking_hard=circumstances.is_walking_newly_hard(days, now=now),
            walking_pushed=any(
                log.day.walking_minutes is not None
                for log in logs[bisect_left(logs, day, key=attrgetter("on")) :]
            ),
        )

    def _series(self, tests: Sequence[tuple[Any, ...]]) -> _SeriesOf:
        found: _SeriesOf = {}
        for day, at, side, test, entry, *scores in tests:
            if side not in LEGS or test not in TESTS:
                continue
            report = Report(
                side=side,
                test=test,
                at=at,
                scores=tuple(int(score) for score in scores if score == score),
                entry=entry,
                pushed=False,
            )
            series = found.setdefault((side, test), _Series([], []))
            series.reports.append(report)
            series.days.append(day)
            self.local_day[str(report.entry)] = day
        return found

    def _history(self, key: tuple[str, str], day: int, now: datetime) -> TestHistory:
        series = self.series[key]
        known = series.reports[: bisect_left(series.days, day)]
        baseline = series.baseline(len(known))
        old = bisect_right(known, now - power_tests.NEW_WITHIN, key=_at)
        older = known[max(0, old - power_tests.OLDER_SCORES) : old]
        return TestHistory(
            baseline=baseline,
            clinician_recorded=self._is_recorded(key, day),
            severe_since=_severe_since(known, baseline, now),
            older=tuple(report.scores[0] for report in older),
            before_procedure=self._level_before(series, day),
        )

    def _is_recorded(self, key: tuple[str, str], day: int) -> bool:
        side, test = key
        return any(
            exam.name == "power"
            and exam.side == side
            and exam.location in power_tests.MYOTOMES[test]
            and exam.grade is not None
            and exam.grade <= power_tests.RECORDED_SEVERE_MRC_GRADE
            and _number(exam.on) <= day
            for exam in self.exams
        )

    def _level_before(self, series: _Series, day: int) -> float | None:
        begun = [p.on for p in self.procedures if _number(p.on) <= day]
        if not begun:
            return None
        place = bisect_left(series.days, _number(max(begun)))
        return float(series.reports[place - 1].scores[0]) if place else None

    def _windows(self, day: int, now: datetime) -> tuple[Procedure, ...]:
        inside = any(
            0 <= day - _number(event.on) <= event.risk_days for event in self.procedures
        )
        today = Procedure(
            begins=now - timedelta(days=1), ends=now + timedelta(seconds=1)
        )
        return (today,) if inside else ()

    def _slaps(self, day: int, now: datetime) -> tuple[bool, bool]:
        """Return whether a foot slap is known as new, and as long known."""
        known = [log.day.at for log in self.slaps if log.on < day]
        long_known = any(at <= now - power_tests.NEW_WITHIN for at in known)
        return bool(known) and not long_known, long_known


def _by_patient(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.patient, []).append(event)
    return found


def _number(day: date) -> int:
    """Return the days since 1970."""
    return day.toordinal() - _FIRST


def _at(report: Report) -> datetime:
    return report.at


def _until(series: _Series, day: int, now: datetime) -> list[Report]:
    """Return the reports of the last days up to `day`, those of the day as pushed."""
    stop = bisect_right(series.days, day)
    start = bisect_left(series.days, day - power_tests.NEW_WITHIN.days - 1)
    known = bisect_left(series.days, day)
    return [
        report if place < known else _pushed(report)
        for place, report in enumerate(series.reports[start:stop], start)
        if place >= known or now - report.at < power_tests.NEW_WITHIN
    ]


def _pushed(report: Report) -> Report:
    return Report(
        side=report.side,
        test=report.test,
        at=report.at,
        scores=report.scores,
        entry=report.entry,
        pushed=True,
    )


def _severe_since(
    known: Sequence[Report], baseline: float | None, now: datetime
) -> datetime | None:
    """Return the first report of the severe run that lasts until now."""
    severe = power_tests.severe_limit(baseline)
    if severe is None or not known or now - known[-1].at >= power_tests.NEW_WITHIN:
        return None
    first = None
    for report in reversed(known):
        if report.scores[0] > severe:
            break
        first = report.at
    return first


def _log(row: tuple[Any, ...]) -> _Log:
    day, at, medicines, minutes, slap = row
    return _Log(
        on=day,
        day=KnownDay(
            at=at,
            medicines=medicines if isinstance(medicines, tuple) else (),
            walking_minutes=None if minutes != minutes else float(minutes),
        ),
        slap=bool(slap == 1),
    )
