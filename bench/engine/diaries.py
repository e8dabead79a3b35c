"""Simulated diaries as columns, made by columns: the records of ten thousand take long."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np

from analytics.domain.records import Diary, diary_of
from analytics.domain.rows import Rows
from bench.detection.cohort import Cohort, simulate
from bench.detection.settings import TYPICAL


START: Final = date(2025, 9, 1)
SIDES: Final = np.array(["left", "right"], dtype=object)
MOVEMENTS: Final = np.array(["heel_walk", "heel_raise"], dtype=object)


def diary(*, people: int, days: int, seed: int) -> Diary:
    """Return pain, numbness, self-tests and days of simulated people."""
    cohort = simulate(TYPICAL, seed=seed, people=people, days=days)
    return Diary(
        pain_logs=_pain(cohort, seed),
        numbness_logs=_numbness(cohort, seed),
        weakness_logs=_tests(cohort, seed),
        red_flag_checks=diary_of({}).red_flag_checks,
        day_logs=_days(cohort, seed),
    )


def _frame(person: Any, day: Any, name: str, minute: int, **fields: Any) -> Any:
    first = np.datetime64(START, "s")
    on = first + day.astype("timedelta64[D]")
    at = (on + np.timedelta64(19 * 60 + minute, "m")).astype("datetime64[us]")
    names = np.array([f"{name}-{number:05d}" for number in range(person.max() + 1)])
    keys = [f"{name}{minute}-{place}" for place in range(len(person))]
    return Rows(
        {
            "patient": names.astype(object)[person],
            "id": np.array(keys, dtype=object),
            "recorded_at": at,
            "local_day": on,
            **fields,
        }
    )


def _pain(cohort: Cohort, seed: int) -> Rows:
    person, day = np.nonzero(~np.isnan(cohort.pain[:, 0]))
    return _frame(
        person,
        day,
        f"s{seed}",
        1,
        site="leg",
        side=SIDES[person % 2],
        intensity=cohort.pain[person, 0, day],
        worst=np.nan,
    )


def _numbness(cohort: Cohort, seed: int) -> Rows:
    person, leg, day = np.nonzero(~np.isnan(cohort.numbness))
    intensity = cohort.numbness[person, leg, day]
    regions = np.empty(2, dtype=object)
    regions[:] = [(), ("big_toe", "dorsum_foot")]
    return _frame(
        person,
        day,
        f"s{seed}",
        2,
        side=SIDES[(person + leg) % 2],
        intensity=intensity,
        regions=regions[(intensity > 0).astype(int)],
    )


def _tests(cohort: Cohort, seed: int) -> Rows:
    person, leg, movement, day = np.nonzero(~np.isnan(cohort.tests))
    cell = (person, leg, movement, day)
    return _frame(
        person,
        day,
        f"s{seed}",
        3,
        side=SIDES[(person + leg) % 2],
        test=MOVEMENTS[movement],
        score=cohort.tests[cell],
        repeat_score=cohort.repeats[cell],
        not_done_reason=None,
    )


def _days(cohort: Cohort, seed: int) -> Rows:
    person, day = np.nonzero(cohort.logged)
    rng = np.random.default_rng(seed)
    pain = np.nan_to_num(cohort.pain[person, 0, day])
    frame = _frame(
        person,
        day,
        f"s{seed}",
        4,
        walk_minutes_before_stopping=np.clip(
            60 - 5 * pain + rng.normal(0, 6, len(day)), 1, 120
        ).round(),
        trips=(rng.random(len(day)) < 0.02).astype(float),
        sleep_quality=np.clip(9 - pain, 0, 10).round(),
    )
    medicines = np.empty(len(frame), dtype=object)
    medicines[:] = [()] * len(frame)
    return frame.assign(
        **dict.fromkeys(("peg_pain", "peg_enjoyment", "peg_activity"), pain),
        **dict.fromkeys(("falls", "knee_gave_way", "foot_slap"), 0.0),
        relief_on_sitting=0.0,
        medications_taken=medicines,
    )
