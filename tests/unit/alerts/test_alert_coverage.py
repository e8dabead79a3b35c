"""Hours at which a policy reaches nobody, and what would happen then."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.domain.coverage import holes
from alerts.domain.policy import People, Policy, Step
from alerts.domain.quiet import Quiet
from alerts.domain.rota import Cover, Rota, Shift
from alerts.domain.simulation import MOST_MOMENTS, timeline
from alerts.domain.targets import Calendar


BERLIN = ZoneInfo("Europe/Berlin")
#: A Thursday; the clocks change on Sunday the 29th.
NOW = datetime(2026, 3, 26, 12, 0, tzinfo=UTC)
WEEK = NOW + timedelta(days=7)
POLICY = Policy(calendar=Calendar(zone=BERLIN))
ONLY_DUTY = Policy(
    calendar=Calendar(zone=BERLIN), steps=(Step(whom="on_duty", after_percent=0),)
)
PEOPLE = People(clinicians=(1, 2), administrators=(9,))


def shift(line: int, person: int, **fields) -> Shift:
    hours = {"starts": time(0), "ends": time(0)}
    return Shift(line=line, person=person, **hours | fields)


def rota(*shifts: Shift, **fields) -> Rota:
    return Rota(zone=BERLIN, shifts=shifts, **fields)


def found(policy: Policy, of: Rota, people: People = PEOPLE) -> list[tuple[str, str]]:
    return [
        (
            f"{hole.starts.astimezone(BERLIN):%a %H:%M}-{hole.ends.astimezone(BERLIN):%a %H:%M}",
            hole.kind,
        )
        for hole in holes(policy, of, people, start=NOW, end=WEEK)
    ]


def test_a_rota_without_the_weekend_is_shown_to_the_minute() -> None:
    weekdays = [shift(1, 1, weekday=day) for day in range(5)]
    assert found(ONLY_DUTY, rota(*weekdays)) == [("Sat 00:00-Mon 00:00", "nobody")]
    # With a second who is always there, an emergency still reaches somebody named.
    assert found(POLICY, rota(*weekdays, shift(2, 2))) == [
        ("Sat 00:00-Mon 00:00", "not_at_once")
    ]


def test_a_step_of_one_tier_alone_may_be_a_hole() -> None:
    """Emergencies reach the person on duty; the urgent ones were somebody's who left."""
    for tier in ("urgent", "soon"):
        steps = (
            Step(whom="care_team", after_percent=0, tier="emergency"),
            *(
                Step(whom="person", after_percent=0, person=person, tier=each)
                for each, person in (("urgent", 1), ("soon", 2))
            ),
        )
        policy = Policy(calendar=Calendar(zone=BERLIN), steps=steps)
        assert not found(policy, rota(shift(1, 1)))
        stays = (2,) if tier == "urgent" else (1,)
        gone = People(clinicians=stays, administrators=(9,))
        (hole,) = found(policy, rota(shift(1, stays[0])), gone)
        assert hole[1] == "nobody"


def test_whoever_has_left_leaves_a_hole() -> None:
    assert not found(ONLY_DUTY, rota(shift(1, 1)))
    gone = People(clinicians=(2,), administrators=(9,))
    assert found(ONLY_DUTY, rota(shift(1, 1)), gone) == [
        ("Thu 13:00-Thu 14:00", "nobody")
    ]


def test_a_cover_by_somebody_who_cannot_be_told_is_a_hole() -> None:
    away = Cover(absent=1, by=7, starts=NOW, ends=NOW + timedelta(hours=2))
    assert found(ONLY_DUTY, rota(shift(1, 1), covers=(away,))) == [
        ("Thu 13:00-Thu 15:00", "nobody")
    ]


def test_a_clinic_without_anybody_reaches_nobody() -> None:
    nobody = People(clinicians=(), administrators=())
    assert [kind for _, kind in found(POLICY, rota(), nobody)] == ["nobody"]
    assert not found(POLICY, rota())  # without a rota the team is on duty


def test_an_urgent_alert_of_a_saturday_night() -> None:
    raised = datetime(2026, 3, 28, 23, 10, tzinfo=BERLIN)
    whole = rota(shift(1, 1), shift(2, 2))
    told = timeline(POLICY, whole, PEOPLE, tier="urgent", raised_at=raised, quiet={})
    assert [(each.at.astimezone(BERLIN), each.hop.people) for each in told] == [
        (raised, (1,)),
        (datetime(2026, 3, 30, 11, 0, tzinfo=BERLIN), (2,)),
        (datetime(2026, 3, 30, 13, 0, tzinfo=BERLIN), (1, 2, 9)),
    ]


def test_quiet_hours_hold_back_what_disturbs_but_no_emergency() -> None:
    night = {1: Quiet(starts=time(22), ends=time(7), zone=BERLIN)}
    raised = datetime(2026, 3, 25, 23, 10, tzinfo=BERLIN)
    whole = rota(shift(1, 1), shift(2, 2))
    held = [
        timeline(POLICY, whole, PEOPLE, tier=tier, raised_at=raised, quiet=night)[
            0
        ].held
        for tier in ("urgent", "emergency")
    ]
    assert held == [{1: datetime(2026, 3, 26, 7, 0, tzinfo=BERLIN)}, {}]


def test_an_emergency_goes_on_for_ever_and_a_watch_calls_nobody_twice() -> None:
    whole = rota(shift(1, 1), shift(2, 2))
    told = timeline(POLICY, whole, PEOPLE, tier="emergency", raised_at=NOW, quiet={})
    assert len(told) == MOST_MOMENTS
    gaps = [(b.at - a.at).seconds // 60 for a, b in itertools.pairwise(told)]
    assert gaps == [15, 15, *[30] * (MOST_MOMENTS - 3)]
    assert [each.repeats for each in told[:5]] == [0, 0, 0, 1, 2]
    assert (
        len(timeline(POLICY, whole, PEOPLE, tier="watch", raised_at=NOW, quiet={})) == 1
    )
