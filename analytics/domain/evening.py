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
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np

from analytics.domain.accepted import Accepted
from analytics.domain.events import Event
from analytics.domain.evidence import NEVER, Evidence
from analytics.domain.power_series import Series, instants, numbers, severe_since, until
from analytics.domain.rows import ByPatient, Rows, begins
from tracker.domain import circumstances, power_tests
from tracker.domain.circumstances import KnownDay, Procedure
from tracker.domain.diary import LEGS, TESTS
from tracker.domain.power_tests import KnownState, Report, TestHistory
from tracker.domain.red_flag_rules import POSITIVE
from tracker.domain.self_tests import SelfTests, Untried


Value = TypeVar("Value")

_DAY_SECONDS: Final = 24 * 60 * 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: The day that days are counted from.
_FIRST: Final = date(1970, 1, 1).toordinal()
#: Days whose logs can matter, one more than is kept: a day has two ends.
_KEPT: Final = circumstances.DAYS_KEPT.days + 1
_LOG_COLUMNS: Final = ("medications_taken", "walk_minutes_before_stopping", "foot_slap")


@dataclass(frozen=True)
class _Log:
    """A day log in plain values."""

    on: int
    day: KnownDay
    slap: bool


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

    def get(self, key: tuple[str, str], default: Any = None) -> Any:
        """Return the value of a side and a test; the common case is that none is."""
        return self[key] if key in self._keys else default

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class Evenings:
    """Builds, for a patient and a local day, what a push of that day is judged by.

    Everything of the day counts as pushed, everything before it as known. A patient
    is a place in the panel of the evidence.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._names = evidence.panel.patients
        self._events = _by_patient((*evidence.exams, *evidence.procedures))
        self._rows = _Rows(evidence)
        self._patient: _Patient | None = None

    def of(self, patient: int, day: np.datetime64) -> SelfTests | None:
        """Return the self-tests as of the evening of a day; None without any record."""
        return self._of(patient).on(_number_of(day))

    def legs_of(self, patient: int, day: np.datetime64) -> SelfTests | None:
        """Return the same without what the day logs say of medicines and walking.

        No rule about one leg looks at that, and it takes longest.
        """
        return self._of(patient).on(_number_of(day), logs=False)

    def is_walking_hard(self, patient: int, day: np.datetime64) -> bool:
        """Return whether walking has become hard, as of the evening of a day."""
        return self._of(patient).is_walking_hard(_number_of(day))

    def day_of(self, report: Report) -> np.datetime64:
        """Return the local day of a report of the patient asked for last."""
        assert self._patient is not None  # noqa: S101 - only called after `of`
        series = self._patient.series[report.side, report.test]
        return np.datetime64((series.day_of(report.entry) or 0) * _DAY_SECONDS, "s")

    def _of(self, patient: int) -> _Patient:
        if self._patient is None or self._patient.number != patient:
            events = self._events.get(self._names[patient], ())
            self._patient = _Patient(patient, self._rows, events)
        return self._patient


class _Rows:
    """The rows of all patients, those of one found without a search."""

    def __init__(self, evidence: Evidence) -> None:
        diary, patients = evidence.diary, len(evidence.panel.patients)
        tests = evidence.tests
        series = begins(*(tests[name] for name in ("patient", "side", "test")))
        self._starts = np.append(np.flatnonzero(series), len(tests))
        owners = tests["patient"][self._starts[:-1]]
        #: In order of time in each series.
        self.tests = tests[np.lexsort([tests["recorded_at"], np.cumsum(series)])]
        self._series = np.searchsorted(owners, np.arange(patients + 1))
        self.logs = ByPatient(diary.day_logs, patients)
        said = np.isin(diary.red_flag_checks["both_legs"], POSITIVE)
        self.both_legs = ByPatient(diary.red_flag_checks[said], patients)
        self.untried = ByPatient(evidence.untried, patients)
        self.accepted: dict[int, list[Accepted]] = {}
        for each in evidence.accepted:
            self.accepted.setdefault(each.patient, []).append(each)
        self._first = _number(evidence.panel.start)
        self._last = evidence.last_moment

    def series(self, patient: int) -> dict[tuple[str, str], slice]:
        """Return where the self-tests of a patient stand, by side and test."""
        places = range(self._series[patient], self._series[patient + 1])
        found = (slice(*self._starts[place : place + 2].tolist()) for place in places)
        side, test = self.tests["side"], self.tests["test"]
        return {(LEGS[side[own.start]], TESTS[test[own.start]]): own for own in found}

    def last(self, patient: int, day: int) -> datetime | None:
        """Return when the last test, log or check of a day was recorded."""
        place = day - self._first
        if not 0 <= place < self._last.shape[1]:
            return None
        moment = int(self._last[patient, place])
        if moment == NEVER:
            return None
        return _EPOCH + timedelta(microseconds=moment)


class _Patient:
    """The rows of one patient in plain values; days are counted from 1970."""

    def __init__(self, number: int, rows: _Rows, events: Sequence[Event]) -> None:
        self.number = number
        self._rows = rows
        self.exams = [event for event in events if event.kind == "exam"]
        self.procedures = [event for event in events if event.kind != "exam"]
        places = rows.series(number)
        self.series = _Lazy(places, lambda key: Series(key, rows.tests, places[key]))
        own = rows.logs.of(number)
        self._own_logs = own
        self.slaps = _logs(own[own["foot_slap"] == 1])
        said = rows.both_legs.of(number)
        self.both_legs = set(numbers(said["day"]).tolist())

    @cached_property
    def logs(self) -> list[_Log]:
        """Return all day logs, in order of their day."""
        return _logs(self._own_logs)

    @cached_property
    def _walks(self) -> tuple[list[int], list[datetime], list[float]]:
        """Return day, moment and minutes of the logs that tell of a walk, by day."""
        own = self._own_logs
        minutes = own["walk_minutes_before_stopping"].astype(float)
        walked = np.flatnonzero(~np.isnan(minutes))
        walked = walked[np.argsort(own["day"][walked], kind="stable")]
        return (
            numbers(own["day"][walked]).tolist(),
            instants(own["recorded_at"][walked]),
            minutes[walked].tolist(),
        )

    @cached_property
    def log_days(self) -> list[int]:
        """Return the day of each log."""
        return [log.on for log in self.logs]

    def is_walking_hard(self, day: int) -> bool:
        """Return whether walking has become hard, as of the evening."""
        now = self._rows.last(self.number, day)
        if now is None:
            return False
        days, at, minutes = self._walks
        first, last = bisect_left(days, day - _KEPT), bisect_right(days, day)
        kept = now - circumstances.DAYS_KEPT
        return circumstances.is_newly_hard(
            [
                (now - when, each)
                for when, each in zip(at[first:last], minutes[first:last], strict=True)
                if when > kept
            ]
        )

    def on(self, day: int, *, logs: bool = True) -> SelfTests | None:
        """Return what a push of the evening is judged by, perhaps without day logs."""
        now = self._rows.last(self.number, day)
        if now is None:
            return None
        days = self._days(day, now) if logs else ()
        new_slap, long_known = self._slaps(day, now)
        state = KnownState(
            tests=_Lazy(self.series, lambda key: self._history(key, day, now)),
            procedures=self._windows(day, now),
            foot_slap_new=new_slap,
            foot_slap_long_known=long_known,
        )
        return SelfTests(
            reports=_Lazy(self.series, lambda key: until(self.series[key], day, now)),
            state=state,
            foot_slap_pushed=any(
                log.on == day and now - log.day.at <= power_tests.NEW_WITHIN
                for log in self.slaps
            ),
            both_legs=day in self.both_legs,
            both_legs_pushed=day in self.both_legs,
            now=now,
            days=days,
            walking_hard=circumstances.is_walking_newly_hard(days, now=now),
            untried=self._untried(day),
            walking_pushed=logs
            and any(
                log.day.walking_minutes is not None for log in self._logs(day, day)
            ),
        )

    def _untried(self, day: int) -> dict[tuple[str, str], list[Untried]]:
        """Return what was left out as unsafe until the evening, oldest first."""
        own = self._rows.untried.of(self.number)
        found: dict[tuple[str, str], list[Untried]] = {}
        columns = (own[name].tolist() for name in ("side", "test", "id"))
        moments = numbers(own["day"]).tolist(), instants(own["recorded_at"])
        for leg, movement, entry, on, at in zip(*columns, *moments, strict=True):
            side, test, pushed = LEGS[leg], TESTS[movement], on == day
            if on <= day:
                found.setdefault((side, test), []).append(
                    Untried(side=side, test=test, at=at, entry=entry, pushed=pushed)
                )
        return found

    def _days(self, day: int, now: datetime) -> tuple[KnownDay, ...]:
        return tuple(
            log.day
            for log in self._logs(day - _KEPT, day)
            if now - log.day.at < circumstances.DAYS_KEPT
        )

    def _logs(self, first: int, last: int) -> list[_Log]:
        return self.logs[
            bisect_left(self.log_days, first) : bisect_right(self.log_days, last)
        ]

    def _history(self, key: tuple[str, str], day: int, now: datetime) -> TestHistory:
        series = self.series[key]
        known = bisect_left(series.days, day)
        baseline = series.baseline(known)
        old = bisect_right(series.at, now - power_tests.NEW_WITHIN, hi=known)
        older = slice(max(0, old - power_tests.OLDER_SCORES), old)
        accepted = self._accepted(key, day)
        since = _number(accepted.on) if accepted else day
        return TestHistory(
            baseline=baseline,
            clinician_recorded=self._is_recorded(key, day),
            severe_since=severe_since(series, known, baseline, now),
            older=tuple(series.first[older]),
            before_procedure=self._level_before(series, day),
            accepted=accepted.value if accepted else None,
            since_accepted=tuple(
                score
                for score, on in zip(
                    series.first[older], series.days[older], strict=True
                )
                if on >= since
            ),
        )

    def _accepted(self, key: tuple[str, str], day: int) -> Accepted | None:
        """Return the level of a movement that a clinician had accepted by then."""
        levels = [
            each
            for each in self._rows.accepted.get(self.number, ())
            if each.test is not None
            and (LEGS[each.leg], TESTS[each.test]) == key
            and _number(each.on) <= day
        ]
        return levels[-1] if levels else None

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

    def _level_before(self, series: Series, day: int) -> float | None:
        begun = [p.on for p in self.procedures if _number(p.on) <= day]
        if not begun:
            return None
        place = bisect_left(series.days, _number(max(begun)))
        return float(series.first[place - 1]) if place else None

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
        kept = now - circumstances.DAYS_KEPT
        known = [log for log in self.slaps if log.on < day and log.day.at > kept]
        new_from = now - power_tests.NEW_WITHIN
        before = {log.on for log in known if log.day.at <= new_from}
        lately = any(log.day.at > new_from for log in known)
        long_known = len(before) >= power_tests.FOOT_SLAP_KNOWN_DAYS
        return lately and not long_known, long_known


def _by_patient(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.patient, []).append(event)
    return found


def _number(day: date) -> int:
    """Return the days since 1970."""
    return day.toordinal() - _FIRST


def _number_of(day: np.datetime64) -> int:
    """Return the days since 1970."""
    return int(day.astype("datetime64[D]").astype(int))


def _logs(rows: Rows) -> list[_Log]:
    """Return the day logs in order of their day; those of a day in order of time."""
    rows = rows[np.lexsort([rows["recorded_at"], rows["day"]])]
    return [
        _Log(
            on=on,
            day=KnownDay(
                at=at,
                medicines=medicines if isinstance(medicines, tuple) else (),
                walking_minutes=None if minutes != minutes else float(minutes),
            ),
            slap=bool(slap == 1),
        )
        for on, at, medicines, minutes, slap in zip(
            numbers(rows["day"]).tolist(),
            instants(rows["recorded_at"]),
            *(rows[name].tolist() for name in _LOG_COLUMNS),
            strict=True,
        )
    ]
