"""A day is the patient's own: clocks that change and journeys raise and hide nothing.

Everybody here writes the same answers by the clock on the wall; what differs is which
clock it is. So all must be told the same, on the same days.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.domain import cohort
from analytics.domain.findings import Finding
from analytics.domain.pipeline import replay
from analytics.domain.records import diary_of


DAYS: Final = 90
#: So that the clocks change in the middle: in Berlin in March, in New York in November.
SPRING, AUTUMN = date(2026, 2, 14), date(2026, 9, 18)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
AUCKLAND = ZoneInfo("Pacific/Auckland")

Entries = list[tuple[str, dict[str, Any]]]
Clock = Callable[[datetime], tzinfo]


def written(scenario: Any, start: date) -> Entries:
    """Return what somebody wrote, by a clock without a zone."""
    return cohort.simulate_patient(
        scenario, rng=np.random.default_rng(5), start=start, days=DAYS, zone=UTC
    )


def by(clock: Clock, entries: Entries, *, later: timedelta = timedelta()) -> Entries:
    """Return the same as the phone sends it, written later in the evening perhaps."""
    sent = []
    for collection, record in entries:
        wall = datetime.fromisoformat(record["recorded_at"]).replace(tzinfo=None)
        at = (wall + later).replace(tzinfo=clock(wall))
        sent.append((collection, record | {"recorded_at": at.isoformat()}))
    return sent


def told(entries: Entries) -> list[tuple[str, str, str | None, date]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for collection, record in entries:
        rows.setdefault(collection, []).append(record | {"patient": "p"})
    found: list[Finding] = replay(diary_of(rows)).get("p", [])
    return [(each.rule, each.tier, each.side, each.raised_on) for each in found]


def home(_: datetime) -> tzinfo:
    return UTC


def in_berlin(_: datetime) -> tzinfo:
    return BERLIN


def in_new_york(_: datetime) -> tzinfo:
    return NEW_YORK


def berlin_auckland_berlin(wall: datetime) -> tzinfo:
    """Return where somebody is who spends the last weeks but three in New Zealand."""
    away = date(2026, 4, 10) <= wall.date() < date(2026, 4, 24)
    return AUCKLAND if away else BERLIN


def a_zone_a_day(wall: datetime) -> tzinfo:
    """Return the zone of somebody who works on a ship that goes round the world."""
    return timezone(timedelta(hours=wall.toordinal() % 27 - 12))


SCENARIOS: Final = (
    "foot_drop",
    "creeping_weakness",
    "creeping_numbness",
    "pain_relief_with_weakness",
    "cauda_equina",
    "stable",
    "silent",
)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(
    ("clock", "start"),
    [
        (in_berlin, SPRING),
        (in_new_york, AUTUMN),
        (berlin_auckland_berlin, SPRING),
        (a_zone_a_day, SPRING),
    ],
)
def test_the_same_is_told_on_the_same_days(
    scenario: str, clock: Clock, start: date
) -> None:
    entries = written(scenario, start)
    expected = told(by(home, entries))
    assert told(by(clock, entries)) == expected
    if scenario != "stable":
        assert expected


@pytest.mark.parametrize("scenario", ["foot_drop", "creeping_weakness"])
@pytest.mark.parametrize("clock", [in_berlin, berlin_auckland_berlin])
def test_an_entry_of_the_last_minute_is_of_that_day(
    scenario: str, clock: Clock
) -> None:
    """Nobody writes before ten at night here, and all before midnight."""
    entries = [
        (
            collection,
            record
            | {
                "recorded_at": datetime.fromisoformat(record["recorded_at"])
                .replace(hour=23, minute=59)
                .isoformat()
            },
        )
        for collection, record in written(scenario, SPRING)
    ]
    assert told(by(clock, entries)) == told(by(home, entries))


def test_one_minute_later_is_the_day_after() -> None:
    """The comparison can fail: whatever is written after midnight is told a day later."""
    entries = written("foot_drop", SPRING)
    late = by(in_berlin, entries, later=timedelta(hours=6))
    first, moved = told(by(home, entries))[0], told(late)[0]
    assert moved[3] - first[3] == timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-03-29T01:59:00+01:00", "2026-03-29T03:01:00+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_the_hour_that_is_missing_or_comes_twice_is_of_one_day(
    before: str, after: str
) -> None:
    pain = {"patient": "p", "site": "leg", "side": "left", "intensity": 4}
    rows = [
        pain | {"id": "before", "recorded_at": before},
        pain | {"id": "after", "recorded_at": after},
    ]
    diary = diary_of({"pain_logs": rows})
    assert len(set(diary.pain_logs["local_day"].tolist())) == 1
    assert len(set(diary.pain_logs["recorded_at"].tolist())) == 2
