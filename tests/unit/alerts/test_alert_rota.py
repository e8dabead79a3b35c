"""Who is on duty at an instant, also in the nights in which the clocks change."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.domain.rota import FIRST, SECOND, Cover, Rota, Shift, changes, on_duty


BERLIN = ZoneInfo("Europe/Berlin")
ANA, BEN, CLEO = 1, 2, 3
DAY: dict[str, Any] = {"starts": time(8), "ends": time(20)}
NIGHT: dict[str, Any] = {"starts": time(20), "ends": time(8)}
WEEK = (
    Shift(line=FIRST, person=ANA, **DAY),
    Shift(line=FIRST, person=BEN, **NIGHT),
    Shift(line=SECOND, person=CLEO, starts=time(0), ends=time(0)),
)


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def rota(*shifts: Shift, **fields) -> Rota:
    return Rota(zone=BERLIN, shifts=shifts or WEEK, **fields)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-03-02T07:59:59", BEN),
        ("2026-03-02T08:00", ANA),
        ("2026-03-02T19:59:59", ANA),
        ("2026-03-02T20:00", BEN),
        ("2026-03-03T00:00", BEN),
    ],
)
def test_a_shift_holds_from_its_beginning_to_its_end(at: str, who: int) -> None:
    assert on_duty(rota(), FIRST, local(at)) == (who,)
    assert on_duty(rota(), SECOND, local(at)) == (CLEO,)


@pytest.mark.parametrize(
    ("night", "hours"), [("2026-03-28", 11), ("2026-10-24", 13), ("2026-06-01", 12)]
)
def test_somebody_is_on_duty_in_every_minute_of_a_night_that_changes_the_clocks(
    night: str, hours: int
) -> None:
    start = local(f"{night}T20:00").astimezone(UTC)
    minutes = [start + timedelta(minutes=n) for n in range(-60, 15 * 60)]
    watched = [on_duty(rota(), FIRST, at) for at in minutes]
    assert {len(who) for who in watched} == {1}
    assert watched.count((BEN,)) == hours * 60


def test_a_shift_that_begins_in_the_hour_that_is_skipped_or_doubled() -> None:
    shifts = (
        Shift(line=FIRST, person=ANA, starts=time(14), ends=time(2, 30)),
        Shift(line=FIRST, person=BEN, starts=time(2, 30), ends=time(14)),
    )
    for night in (date(2026, 3, 29), date(2026, 10, 25)):
        midnight = datetime.combine(night, time(0), BERLIN).astimezone(UTC)
        watched = [
            on_duty(rota(*shifts), FIRST, midnight + timedelta(minutes=n))
            for n in range(6 * 60)
        ]
        assert {len(who) for who in watched} == {1}
        handed_over = watched.index((BEN,))
        assert set(watched[handed_over:]) == {(BEN,)}


def test_a_shift_of_one_day_goes_before_the_weekly_ones_of_its_line() -> None:
    one = Shift(line=FIRST, person=CLEO, day=date(2026, 3, 3), **DAY)
    both = rota(*WEEK, one)
    assert on_duty(both, FIRST, local("2026-03-03T12:00")) == (CLEO,)
    assert on_duty(both, FIRST, local("2026-03-03T21:00")) == (BEN,)
    assert on_duty(both, FIRST, local("2026-03-04T12:00")) == (ANA,)


def test_on_a_holiday_the_shifts_of_sunday_hold() -> None:
    monday = Shift(line=FIRST, person=ANA, weekday=0, starts=time(0), ends=time(0))
    sunday = Shift(line=FIRST, person=BEN, weekday=6, starts=time(0), ends=time(0))
    easter = rota(monday, sunday, holidays=frozenset({date(2026, 4, 6)}))
    assert on_duty(easter, FIRST, local("2026-04-06T12:00")) == (BEN,)
    assert on_duty(easter, FIRST, local("2026-04-13T12:00")) == (ANA,)
    assert on_duty(easter, FIRST, local("2026-04-14T12:00")) == ()


def cover(absent: int, by: int, start: str, end: str) -> Cover:
    return Cover(absent=absent, by=by, starts=local(start), ends=local(end))


def test_a_cover_holds_for_its_time_and_may_itself_be_covered() -> None:
    covered = rota(
        covers=(
            cover(ANA, BEN, "2026-03-02T00:00", "2026-03-04T00:00"),
            cover(BEN, CLEO, "2026-03-03T00:00", "2026-03-04T00:00"),
        )
    )
    noon = [local(f"2026-03-0{day}T12:00") for day in (1, 2, 3, 4)]
    assert [on_duty(covered, FIRST, at) for at in noon] == [
        (ANA,),
        (BEN,),
        (CLEO,),
        (ANA,),
    ]


def test_two_who_swap_have_each_others_duty() -> None:
    week = "2026-03-02T00:00", "2026-03-09T00:00"
    swapped = rota(covers=(cover(ANA, CLEO, *week), cover(CLEO, ANA, *week)))
    noon = local("2026-03-03T12:00")
    assert on_duty(swapped, FIRST, noon) == (CLEO,)
    assert on_duty(swapped, SECOND, noon) == (ANA,)


def test_between_two_changes_nothing_changes() -> None:
    start = local("2026-10-23T12:00")
    end = start + timedelta(days=4)
    whole = rota(covers=(cover(ANA, BEN, "2026-10-24T09:30", "2026-10-24T10:15"),))
    edges = [*changes(whole, start, end), end]
    assert edges[0] == start
    for one, two in itertools.pairwise(edges):
        minutes = int((two - one).total_seconds() // 60)
        seen = {
            on_duty(whole, FIRST, one.astimezone(UTC) + timedelta(minutes=n))
            for n in range(minutes)
        }
        assert len(seen) == 1
