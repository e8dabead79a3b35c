"""The demo tells its story at any hour of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.domain import pipeline
from analytics.domain.records import diary_of
from backend.simulation import cast, diaries


ZONE = ZoneInfo(cast.ZONE)
FOUND_BY = {
    "creeping_numbness": "R08",
    "creeping_weakness": "R06",
    "pain_relief_with_weakness": "R07",
}
CREEPING = [
    (number, person)
    for number, person in enumerate(cast.PATIENTS)
    if person.scenario in FOUND_BY
]


@pytest.mark.parametrize("hour", [0, 9, 23])
@pytest.mark.parametrize(
    ("number", "person"), CREEPING, ids=[person.name for _, person in CREEPING]
)
def test_a_creeping_course_is_found_on_its_evening(number, person, hour):
    now = datetime(2026, 3, 10, hour, 30, tzinfo=UTC)
    rows = {}
    for _, collection, record in diaries.diary(person, number, now=now, zone=ZONE):
        rows.setdefault(collection, []).append({"patient": "one", **record})
    found = pipeline.replay(diary_of(rows))["one"]
    days = [
        each.raised_on
        for each in found
        if each.rule == FOUND_BY[person.scenario] and each.tier != "watch"
    ]
    evening = (now - timedelta(hours=22)).date()
    assert days[0] == evening - timedelta(days=person.found_days_ago)


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_the_sudden_ones_happen_last_night_and_this_morning(hour):
    now = datetime(2026, 3, 10, hour, 30, tzinfo=UTC)
    people = {person.scenario: (n, person) for n, person in enumerate(cast.PATIENTS)}
    last = {}
    for scenario in ("cauda_equina", "foot_drop"):
        number, person = people[scenario]
        at, collection, _ = diaries.diary(person, number, now=now, zone=ZONE)[-1]
        last[scenario] = (now - at, collection)
    assert last["cauda_equina"][0] < timedelta(hours=24)
    assert last["cauda_equina"][1] == "red_flag_checks"
    assert last["foot_drop"][0] < timedelta(hours=30)
