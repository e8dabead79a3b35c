"""Simulated diaries, laid on the calendar so that the story happens about now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from analytics.domain import pipeline
from analytics.domain.cohort import Course, Scenario, draw_course, simulate_patient
from analytics.domain.records import diary_of
from backend.simulation.cast import Person


#: Days that a diary reaches back.
DAYS: Final = 120
#: Days simulated for a course whose finding is to fall on a chosen day: the true
#: change begins in the last weeks of them.
_DAYS_TO_CHOOSE_FROM: Final = 150
_CREEPING: Final[frozenset[Scenario]] = frozenset(
    {"creeping_numbness", "creeping_weakness", "pain_relief_with_weakness"}
)
#: What counts as finding it: the category that the course is about.
_FOUND_BY: Final[dict[Scenario, frozenset[str]]] = {
    "creeping_numbness": frozenset({"R08"}),
    "creeping_weakness": frozenset({"R06"}),
    "pain_relief_with_weakness": frozenset({"R07"}),
}
_DEFICITS: Final = frozenset({"motor", "sensory", "red_flag"})
#: Before the finding, the diary tells of no other deficit for so long.
_QUIET_BEFORE: Final = timedelta(days=30)
_DRAWS: Final = 100
#: Outside the story nobody has just stopped: one silent patient is enough to show it.
_HEARD_WITHIN_DAYS: Final = 2
#: Time of day by which every simulated person has written.
_EVENING_IS_OVER: Final = timedelta(hours=22)
_SEED: Final = 20_260_301

Entries = list[tuple[datetime, str, dict[str, Any]]]


def diary(person: Person, number: int, *, now: datetime, zone: ZoneInfo) -> Entries:
    """Return (recorded_at, collection, record) of a person until `now`, in order."""
    # People write in the evening: what creeps is found at the end of a day, so that
    # before the evening the last such day is yesterday.
    wait = _EVENING_IS_OVER if person.scenario in _CREEPING else timedelta()
    today = (now - wait).astimezone(zone).date()
    draw, found_after, days = _drawn(person, number, zone)
    start = today - timedelta(days=found_after + person.found_days_ago)
    records = _simulate(person, number, draw, start=start, days=days, zone=zone)
    return [entry for entry in _at(records, now=now) if entry[0] <= now]


def course(person: Person, number: int, *, zone: ZoneInfo) -> Course:
    """Return the truth behind the diary: the side and the root that it is about."""
    draw, _, days = _drawn(person, number, zone)
    return draw_course(person.scenario, rng=_generator(number, draw), days=days)


@cache
def _drawn(person: Person, number: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """Return the draw, the day of it that is the present, and its length in days."""
    if person.scenario in _CREEPING:
        return *_found_course(person, number, zone), _DAYS_TO_CHOOSE_FROM
    silent = person.scenario == "silent"
    for draw in range(_DRAWS):
        drawn = draw_course(person.scenario, rng=_generator(number, draw), days=DAYS)
        if silent or drawn.logged[-_HEARD_WITHIN_DAYS:].any():
            return draw, DAYS - 1, DAYS
    message = f"no draw of {person.scenario} logs to the end"
    raise LookupError(message)


def _generator(number: int, draw: int) -> np.random.Generator:
    return np.random.default_rng([_SEED, number, draw])


def _at(records: list[tuple[str, dict[str, Any]]], *, now: datetime) -> Iterator[Any]:
    """Yield the records with their instants; a morning still to come is just now."""
    for collection, record in records:
        at = datetime.fromisoformat(record["recorded_at"])
        if at > now and collection == "red_flag_checks" and at.hour < 12:
            at = now - timedelta(minutes=20)
            record["recorded_at"] = at.astimezone(now.tzinfo).isoformat()
        yield at, collection, record


def _simulate(
    person: Person, number: int, draw: int, *, start: date, days: int, zone: ZoneInfo
) -> list[tuple[str, dict[str, Any]]]:
    rng = _generator(number, draw)
    return simulate_patient(person.scenario, rng=rng, start=start, days=days, zone=zone)


def _found_course(person: Person, number: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return a draw of the course and the days until the analysis finds it.

    Simulated courses differ, and some are found by another rule first; the demo
    takes the first draw that tells the story it is meant to tell.
    """
    start = date(2025, 1, 1)
    for draw in range(_DRAWS):
        records = _simulate(
            person, number, draw, start=start, days=_DAYS_TO_CHOOSE_FROM, zone=zone
        )
        day = _found_on(records, _FOUND_BY[person.scenario])
        if day is not None and (day - start).days >= DAYS - 20:
            return draw, (day - start).days
    message = f"no draw of {person.scenario} is found by its rule"
    raise LookupError(message)


def _found_on(
    records: list[tuple[str, dict[str, Any]]], rules: frozenset[str]
) -> date | None:
    """Return the day of the finding, None when another deficit was found before."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for collection, record in records:
        rows.setdefault(collection, []).append({"patient": "one", **record})
    found = pipeline.replay(diary_of(rows)).get("one", [])
    told = [each for each in found if each.tier not in ("info", "watch")]
    day = min((each.raised_on for each in told if each.rule in rules), default=None)
    if day is None:
        return None
    earlier = [
        each
        for each in told
        if each.category in _DEFICITS
        and day - _QUIET_BEFORE <= each.raised_on < day - timedelta(days=1)
    ]
    return None if earlier else day
