"""A simulated clinic: diaries with known truth, in the exact shape phones send.

What becomes of a patient is in `courses`, how answers wander in `noise`. All
randomness comes from the generator given, so the same seed makes the same clinic.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

import numpy as np

from analytics.domain.courses import (
    SCENARIOS,
    WORSENING,
    Course,
    Scenario,
    draw_course,
)
from analytics.domain.noise import (
    NUMBNESS,
    PAIN,
    WEAKNESS,
    answers,
    latent,
    self_tests,
)
from analytics.domain.signals import Floats
from tracker.domain.diary import CAUDA_EQUINA_ITEMS, RED_FLAG_ITEMS


__all__ = [
    "SCENARIOS",
    "WORSENING",
    "Course",
    "Scenario",
    "draw_course",
    "records",
    "simulate_patient",
]

Record = dict[str, Any]


def simulate_patient(
    scenario: Scenario,
    *,
    rng: np.random.Generator,
    start: date,
    days: int,
    zone: tzinfo,
) -> list[tuple[str, Record]]:
    """Return (collection, record) of one patient, in order of time.

    Records have the JSON shape of diary.md. What the scenario promises happens at
    the end: the foot drops the evening before the last day, the cauda equina answer
    is given on its morning, the silent one has not logged for `SILENT_DAYS` days.
    """
    course = draw_course(scenario, rng=rng, days=days)
    return list(records(course, rng=rng, start=start, zone=zone))


def records(
    course: Course, *, rng: np.random.Generator, start: date, zone: tzinfo
) -> Iterator[tuple[str, Record]]:
    """Yield what the patient of a course logged, day by day."""
    levels = _Levels(course, rng)
    evening = int(rng.integers(18 * 60, 21 * 60))
    for day in range(len(course.logged)):
        if not course.logged[day]:
            continue
        minute = evening + int(rng.integers(-40, 40))
        diarist = _Diarist(rng, start + timedelta(days=day), minute, zone)
        today = _day(course, levels, diarist, day)
        yield from sorted(today, key=lambda entry: str(entry[1]["recorded_at"]))


class _Diarist:
    """Stamps the records of one evening with ids and times."""

    def __init__(
        self, rng: np.random.Generator, day: date, minute: int, zone: tzinfo
    ) -> None:
        self.rng, self.zone, self.day = rng, zone, day
        midnight = datetime.combine(day, time(), tzinfo=zone)
        self.at = midnight.replace(hour=minute // 60, minute=minute % 60)

    def stamp(self, collection: str, **fields: Any) -> tuple[str, Record]:
        """Return a record written half a minute after the one before."""
        self.at += timedelta(seconds=int(self.rng.integers(15, 45)))
        identity = UUID(bytes=self.rng.bytes(16), version=4)
        return collection, {
            "id": str(identity),
            "recorded_at": self.at.isoformat(),
            "note": None,
            "withdrawn_at": None,
            **fields,
        }

    def in_the_morning(self) -> None:
        """Set the clock to the morning of the day."""
        self.at = self.at.replace(hour=7, minute=int(self.rng.integers(5, 50)))


class _Levels:
    """The answers of one patient for each day, already rounded, sticky and stray."""

    def __init__(self, course: Course, rng: np.random.Generator) -> None:
        self.pain = answers(PAIN, rng, course.pain)
        floor = 2.0 if course.scenario == "improving" else 0.0
        self.numbness = answers(NUMBNESS, rng, course.numbness, lift=floor)
        # The two movements of a leg share its root: one level, each its own day noise.
        leg = latent(WEAKNESS, rng, len(course.weakness), day_noise=False)
        self.tests = {
            "first": self_tests(rng, leg + course.weakness),
            "second": self_tests(rng, leg + 0.8 * course.weakness),
            "healthy": self_tests(rng, np.full(len(leg), -1.0)),
        }
        self.back = answers(PAIN, rng, course.pain / 2, lift=-1.0)
        self.walk = np.clip(
            60 - 5 * self.pain + rng.normal(0, 6, len(self.pain)), 1, 120
        )


def _day(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> Iterator[tuple[str, Record]]:
    if day == course.onset and course.scenario == "cauda_equina":
        diarist.in_the_morning()
        yield _safety(diarist, positive=True)
        return
    yield _leg_pain(course, levels, diarist, day)
    if course.back and day % 2 == 0:
        yield _back_pain(levels, diarist, day)
    yield _numbness(course, levels, diarist, day)
    yield from _tests(course, levels, diarist, day)
    yield _day_log(course, levels, diarist, day)
    if day % 7 == 0:
        yield _safety(diarist, positive=False)


def _leg_pain(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> tuple[str, Record]:
    pain = int(levels.pain[day])
    rng = diarist.rng
    return diarist.stamp(
        "pain_logs",
        site="leg",
        side=course.side,
        intensity=pain,
        worst=min(10, pain + int(rng.integers(0, 3))),
        regions=list(course.root.pain) if pain else [],
        qualities=["shooting", "electric"] if pain >= 5 else ["aching"],
        triggers=["sitting", "bending"] if rng.random() < 0.6 else ["coughing"],
        relievers=["lying"] if rng.random() < 0.6 else ["walking"],
    )


def _back_pain(levels: _Levels, diarist: _Diarist, day: int) -> tuple[str, Record]:
    return diarist.stamp(
        "pain_logs",
        site="back",
        side="midline",
        intensity=int(levels.back[day]),
        worst=None,
        regions=["lower_back"],
        qualities=["dull"],
        triggers=["sitting"],
        relievers=["lying"],
    )


def _numbness(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> tuple[str, Record]:
    intensity = int(levels.numbness[day])
    rng = diarist.rng
    regions = [region for region in course.root.first if rng.random() < 0.93]
    if course.numbness[day] >= 1.5:
        regions += [region for region in course.root.later if rng.random() < 0.85]
    if rng.random() < 0.04:
        regions.append(str(rng.choice(course.root.later)))
    return diarist.stamp(
        "numbness_logs",
        side=course.side,
        intensity=intensity,
        kind="tingling" if intensity < 4 else "numbness",
        regions=list(dict.fromkeys(regions)) if intensity else [],
        constant=intensity >= 6,
    )


def _tests(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> Iterator[tuple[str, Record]]:
    first, second = course.root.tests
    other = "left" if course.side == "right" else "right"
    yield _test(course.side, first, levels.tests["first"], diarist, day)
    if second != first:
        yield _test(course.side, second, levels.tests["second"], diarist, day)
    yield _test(other, first, levels.tests["healthy"], diarist, day)


def _test(
    side: str, test: str, tries: tuple[Floats, Floats], diarist: _Diarist, day: int
) -> tuple[str, Record]:
    """Return a self-test; the app asks to repeat a fall of two steps and a 0."""
    scores, again = tries
    score = int(scores[day])
    usual = float(np.median(scores[max(day - 14, 0) : day])) if day else float(score)
    repeat = int(again[day]) if usual - score >= 2 or score == 0 else None
    return diarist.stamp(
        "weakness_logs",
        side=side,
        test=test,
        score=score,
        repeat_score=repeat,
        not_done_reason=None,
        felt_weakness=int(np.clip(2 * (3 - score), 0, 6)),
    )


def _day_log(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> tuple[str, Record]:
    rng = diarist.rng
    pain = int(levels.pain[day])
    sitting = int(rng.integers(180, 600))
    dropped = course.scenario == "foot_drop" and course.onset == day
    return diarist.stamp(
        "day_logs",
        day=diarist.day.isoformat(),
        sitting_minutes=sitting,
        longest_sitting_minutes=min(sitting, int(rng.integers(30, 180))),
        lumbar_support=bool(rng.random() < 0.5),
        walk_minutes_before_stopping=int(levels.walk[day]),
        relief_on_sitting=None,
        relief_leaning_forward=None,
        steps=int(rng.integers(1500, 9000)),
        sleep_quality=int(np.clip(9 - pain + rng.integers(-1, 2), 0, 10)),
        weight_kg=None,
        medications_taken=["paracetamol"] if pain >= 5 else [],
        foot_slap=dropped,
        trips=int(rng.random() < 0.02) + 2 * dropped,
        falls=0,
        knee_gave_way=0,
        peg_pain=pain,
        peg_enjoyment=int(np.clip(pain + rng.integers(-2, 2), 0, 10)),
        peg_activity=int(np.clip(pain + rng.integers(-2, 2), 0, 10)),
    )


def _safety(diarist: _Diarist, *, positive: bool) -> tuple[str, Record]:
    given: dict[str, str] = dict.fromkeys(RED_FLAG_ITEMS, "no")
    if positive:
        given[CAUDA_EQUINA_ITEMS[0]] = "new"
        given[CAUDA_EQUINA_ITEMS[3]] = "new"
    return diarist.stamp("red_flag_checks", **given)
