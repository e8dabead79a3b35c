"""Whom a policy tells, and after how long: whatever it says, an emergency is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain import policy as policies
from alerts.domain.policy import People, Policy, Step, hop, problems
from alerts.domain.rota import Cover, Rota, Shift
from alerts.domain.targets import TIERS, Calendar


BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = Calendar(zone=BERLIN)
#: A Monday, 10:00 in Berlin.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUTY, SECOND, THIRD, BOSS = 1, 2, 3, 9
PEOPLE = People(clinicians=(DUTY, SECOND, THIRD), administrators=(BOSS,))
ROTA = Rota(
    zone=BERLIN,
    shifts=(
        Shift(line=1, person=DUTY, starts=time(0), ends=time(0)),
        Shift(line=2, person=SECOND, starts=time(0), ends=time(0)),
    ),
)


def chain(policy: Policy, tier: str = "urgent", rota: Rota = ROTA, people=PEOPLE):
    return [
        hop(policy, rota, people, tier=tier, position=(step, 0), now=NOW)
        for step in range(1, policy.last_step(tier) + 1)
    ]


def test_the_default_is_duty_second_everybody() -> None:
    assert [each.people for each in chain(Policy(calendar=CALENDAR))] == [
        (DUTY,),
        (SECOND,),
        (DUTY, SECOND, THIRD, BOSS),
    ]


def test_steps_have_their_own_tier_person_and_place() -> None:
    policy = Policy(
        calendar=CALENDAR,
        steps=(
            Step(whom="administrators", after_percent=100),
            Step(whom="on_duty", after_percent=0),
            Step(whom="person", after_percent=50, person=THIRD, tier="emergency"),
        ),
        last_resort_percent=150,
    )
    assert not problems(policy)
    urgent, emergency = chain(policy), chain(policy, "emergency")
    assert [each.people for each in urgent[:2]] == [(DUTY,), (BOSS,)]
    assert [each.people for each in emergency[:3]] == [(DUTY,), (THIRD,), (BOSS,)]
    gaps = [
        each.next_at and (each.next_at - NOW).total_seconds() / 60 for each in emergency
    ]
    assert gaps == [15, 15, 15, 30]
    # Four working hours, then two: from 10:00 to 14:00, and from 10:00 to 12:00.
    assert [each.next_at and each.next_at - NOW for each in urgent] == [
        timedelta(hours=4),
        timedelta(hours=2),
        None,
    ]


def test_the_last_resort_is_repeated_as_often_as_the_policy_says() -> None:
    policy = Policy(calendar=CALENDAR, repeat_count=1)
    at = [policy.next_at("urgent", 3, repeats=n, now=NOW) for n in (0, 1)]
    assert [bool(each) for each in at] == [True, False]
    assert policy.next_at("emergency", 3, repeats=10_000, now=NOW)


def test_holidays_and_own_hours_move_a_target() -> None:
    easter = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
    late = replace(CALENDAR, holidays=easter, opens=time(10), closes=time(18))
    thursday = datetime(2026, 4, 2, 17, 0, tzinfo=BERLIN)
    assert Policy(calendar=late).answer_by("urgent", now=thursday) == datetime(
        2026, 4, 7, 13, 0, tzinfo=BERLIN
    )
    assert Policy(calendar=late).answer_by(
        "emergency", now=thursday
    ) == thursday + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        # The one on duty has left: the second stands in, and the others are next.
        (People(clinicians=(SECOND, THIRD), administrators=(BOSS,)), [SECOND, THIRD]),
        (People(clinicians=(THIRD,), administrators=(BOSS,)), [THIRD, BOSS]),
        (People(clinicians=(), administrators=(BOSS,)), [BOSS, BOSS]),
    ],
)
def test_others_stand_in_for_who_cannot_be_told(people, expected) -> None:
    first, second, *_ = chain(Policy(calendar=CALENDAR), people=people)
    assert [first.people, second.people] == [(pk,) for pk in expected]


def test_a_snapshot_reads_back_as_it_was() -> None:
    policy = Policy(
        calendar=replace(CALENDAR, holidays=frozenset({date(2026, 4, 6)})),
        steps=(Step(whom="person", after_percent=0, person=THIRD, tier="soon"),),
        repeat_count=2,
    )
    assert policies.read(policies.written(policy)) == policy


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": ()},
        {"steps": (Step(whom="on_duty", after_percent=10),)},
        {"steps": (Step(whom="on_duty", after_percent=0, tier="urgent"),) * 11},
        {"steps": (Step(whom="nobody", after_percent=0),)},
        {"steps": (Step(whom="person", after_percent=0),)},
        {"steps": (Step(whom="on_duty", after_percent=0, person=1),)},
        {
            "steps": (
                Step(whom="on_duty", after_percent=0),
                Step(whom="care_team", after_percent=301),
            )
        },
        {"target_minutes": {"emergency": 31, "urgent": 240, "soon": 960}},
        {"target_minutes": {"emergency": 30, "urgent": 240}},
        {"last_resort_percent": 301},
        {"repeat_count": 21},
        {"calendar": replace(CALENDAR, weekdays=frozenset())},
        {"calendar": replace(CALENDAR, opens=time(17))},
    ],
)
def test_a_policy_that_could_fail_somebody_is_told_why(wrong: dict) -> None:
    assert problems(Policy(**{"calendar": CALENDAR} | wrong))


people_ids = st.integers(1, 6)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"])
instants = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis wants them naive
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
shifts = st.builds(
    Shift,
    line=st.sampled_from([1, 2]),
    person=people_ids,
    starts=times,
    ends=times,
    weekday=st.none() | st.integers(0, 6),
)
covers = st.builds(
    Cover, absent=people_ids, by=people_ids, starts=instants, ends=instants
)
steps = st.builds(
    Step,
    whom=st.sampled_from([*policies.WHOM, "nonsense"]),
    after_percent=st.integers(0, 1000),
    person=st.none() | people_ids,
    tier=st.sampled_from(["", "emergency", "urgent", "soon"]),
)
calendars = st.builds(
    Calendar,
    zone=zones.map(ZoneInfo),
    opens=times,
    closes=times,
    weekdays=st.frozensets(st.integers(0, 6)),
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5),
)
configurations = st.builds(
    Policy,
    calendar=calendars,
    steps=st.lists(steps, max_size=5).map(tuple),
    last_resort_percent=st.integers(0, 1000),
    repeat_count=st.integers(0, 5),
)


@given(
    configurations,
    st.lists(shifts, max_size=5),
    st.lists(covers, max_size=4),
    st.frozensets(people_ids),
    st.frozensets(people_ids, min_size=1),
    instants,
)
def test_whatever_is_configured_an_emergency_is_told_and_told_again(
    policy, all_shifts, all_covers, clinicians, administrators, now
) -> None:
    rota = Rota(
        zone=policy.calendar.zone, shifts=tuple(all_shifts), covers=tuple(all_covers)
    )
    people = People(
        clinicians=tuple(sorted(clinicians)),
        administrators=tuple(sorted(administrators)),
    )
    at, last = now, policy.last_step("emergency")
    for number in range(1, last + 2):
        position = (min(number, last), max(0, number - last))
        taken = hop(policy, rota, people, tier="emergency", position=position, now=at)
        assert set(taken.people) & set(people.everybody)
        assert taken.next_at is not None
        assert at <= taken.next_at <= at + timedelta(minutes=300)
        at = taken.next_at
        if number >= last:
            assert set(taken.people) == set(people.everybody)
    for tier in TIERS:
        assert hop(policy, rota, people, tier=tier, position=(1, 0), now=now).people
