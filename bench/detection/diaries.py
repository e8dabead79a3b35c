"""A cohort as the diary that phones would have sent, and flags back as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.domain.events import Event
from analytics.domain.findings import NEUROLOGICAL
from analytics.domain.records import Diary, diary_of
from bench.detection.cohort import Bools, Cohort, Floats
from tracker.domain import power_tests


START: Final = date(2025, 9, 1)
#: Tiers that cost a clinician's attention.
LOUD: Final = frozenset({"emergency", "urgent", "soon"})
_MOVEMENTS: Final = (
    ("big_toe_lift", "heel_walk"),
    ("heel_raise", "heel_walk"),
    ("chair_rise", "knee_lift"),
)
#: Two steps below the best score.
_SEVERE: Final = power_tests.NORMAL_SCORE - power_tests.SEVERE_SIDE_DIFFERENCE_STEPS
_AREAS: Final = (
    ("big_toe", "dorsum_foot"),
    ("little_toe", "lateral_foot"),
    ("medial_knee", "medial_shin"),
)


def records(cohort: Cohort) -> Iterator[dict[str, Any]]:
    """Yield the records of a cohort as documents of diary.md, patient by patient."""
    for person in range(cohort.people):
        legs = _legs(person)
        yield from _pain(cohort, person, legs)
        yield from _numbness(cohort, person, legs)
        yield from _tests(cohort, person, legs)


def _legs(person: int) -> tuple[str, str]:
    """Return the affected leg and the other."""
    return ("left", "right") if person % 2 else ("right", "left")


def affected_leg(person: int) -> str:
    """Return the side that hurts."""
    return _legs(person)[0]


def _patient(person: int) -> str:
    return f"p{person:05}"


def diary(cohort: Cohort) -> Diary:
    """Return the cohort as the frames that the analysis reads."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for record in records(cohort):
        rows.setdefault(record["collection"], []).append(record)
    return diary_of(rows)


def exams(cohort: Cohort) -> list[Event]:
    """Return what a clinic has written down that examined everybody on the first day.

    Of each movement that was severely weak on its first test: grade 3, which is what a
    clinician calls a severe deficit, for the root of the movement.
    """
    return [
        Event(
            patient=_patient(person),
            kind="exam",
            name="power",
            on=START,
            side=side,
            location=power_tests.MYOTOMES[movement][0],
            grade=power_tests.RECORDED_SEVERE_MRC_GRADE,
        )
        for person in range(cohort.people)
        for leg, side in enumerate(_legs(person))
        for place, movement in enumerate(_MOVEMENTS[person % len(_MOVEMENTS)])
        if _first(cohort.tests[person, leg, place]) <= _SEVERE
    ]


def _first(scores: Floats) -> float:
    """Return the first score there is, NaN without any."""
    known = scores[~np.isnan(scores)]
    return float(known[0]) if len(known) else np.nan


def write(cohort: Cohort, path: Path) -> None:
    """Write the cohort as a file that `manage.py backtest` reads."""
    with path.open("w", encoding="utf-8") as file:
        for record in records(cohort):
            file.write(json.dumps(record) + "\n")


def flags(
    lines: Iterable[Mapping[str, Any]],
    cohort: Cohort,
    *,
    affected: bool = False,
) -> Bools:
    """Return (people, days): where a loud neurological flag was raised.

    `lines` are those of a flags file. `affected`: only of the leg that loses function,
    of both, or of none.
    """
    raised = np.zeros(cohort.logged.shape, bool)
    for line in lines:
        if line["category"] not in NEUROLOGICAL or line["tier"] not in LOUD:
            continue
        person = int(line["patient"][1:])
        if affected and line["side"] == _legs(person)[1]:
            continue
        day = (date.fromisoformat(line["raised_on"]) - START).days
        if 0 <= day < cohort.logged.shape[1]:
            raised[person, day] = True
    return raised


def _record(
    person: int, collection: str, key: str, day: int, **fields: Any
) -> dict[str, Any]:
    name = _patient(person)
    on = START + timedelta(days=day)
    minute = (person * 7) % 60
    return {
        "patient": name,
        "collection": collection,
        "id": f"{name}-{key}-{day:03d}",
        "recorded_at": f"{on.isoformat()}T19:{minute:02d}:00+00:00",
        "note": None,
        "withdrawn_at": None,
        **fields,
    }


def _pain(
    cohort: Cohort, person: int, legs: tuple[str, str]
) -> Iterator[dict[str, Any]]:
    answers = cohort.pain[person, 0]
    for day in np.flatnonzero(~np.isnan(answers)).tolist():
        yield _record(
            person,
            "pain_logs",
            "p",
            day,
            site="leg",
            side=legs[0],
            intensity=int(answers[day]),
        )


def _numbness(
    cohort: Cohort, person: int, legs: tuple[str, str]
) -> Iterator[dict[str, Any]]:
    areas = _AREAS[person % len(_AREAS)]
    for leg, side in enumerate(legs):
        answers = cohort.numbness[person, leg]
        for day in np.flatnonzero(~np.isnan(answers)).tolist():
            intensity = int(answers[day])
            yield _record(
                person,
                "numbness_logs",
                f"n{leg}",
                day,
                side=side,
                intensity=intensity,
                kind="numbness",
                regions=list(areas) if intensity else [],
            )


def _tests(
    cohort: Cohort, person: int, legs: tuple[str, str]
) -> Iterator[dict[str, Any]]:
    movements = _MOVEMENTS[person % len(_MOVEMENTS)]
    for leg, side in enumerate(legs):
        for place, movement in enumerate(movements):
            scores = cohort.tests[person, leg, place]
            again = cohort.repeats[person, leg, place]
            for day in np.flatnonzero(~np.isnan(scores)).tolist():
                yield _record(
                    person,
                    "weakness_logs",
                    f"t{leg}{place}",
                    day,
                    side=side,
                    test=movement,
                    score=int(scores[day]),
                    repeat_score=None if np.isnan(again[day]) else int(again[day]),
                )
