"""Whoever leaves leaves no hole in the rota that nobody sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from alerts import tasks
from alerts.domain.policy import Step
from alerts.models import Cover, CoverageCheck, Shift
from alerts.services import on_call
from tests.factories import client_of, make_clinician
from tests.integration.alerts.conftest import Ward
from tracker.models import CareTeam, Membership, User
from tracker.services import staffing


pytestmark = pytest.mark.django_db

SAID = "The rota names people who have left."
MARK = "has left: nobody is told"


def leave_clinic(ward: Ward, user: User) -> None:
    staffing.end_membership(
        ward.clinic, Membership.objects.get(user=user).pk, now=timezone.now()
    )


def leave_team(ward: Ward, user: User) -> None:
    staffing.set_teams(
        ward.clinic, Membership.objects.get(user=user).pk, [], now=timezone.now()
    )


def close_account(ward: Ward, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def left(ward: Ward) -> list[dict[str, object]]:
    address = f"/api/v1/clinics/{ward.clinic.pk}/coverage"
    (found,) = client_of(ward.administrator).get(address).json()
    duties: list[dict[str, object]] = found["left"]
    return duties


def page(ward: Ward, address: str = "/clinic/on-call/") -> str:
    boss = Client()
    boss.force_login(ward.administrator)
    return boss.get(address).content.decode()


@pytest.mark.parametrize("leave", [leave_clinic, leave_team, close_account])
def test_a_shift_left_behind_is_marked_named_and_logged(
    ward: Ward, leave: Callable[[Ward, User], None], caplog: pytest.LogCaptureFixture
) -> None:
    mine = Shift.objects.get(clinician=ward.duty)
    assert left(ward) == []
    assert SAID not in page(ward) + page(ward, "/clinic/")
    leave(ward, ward.duty)
    assert left(ward) == [{"kind": "shift", "id": mine.pk}]
    shown = page(ward)
    assert SAID in shown
    assert shown.count(MARK) == 1
    assert "Nobody is on duty, others stand in" in shown
    overview = page(ward, "/clinic/")
    assert (SAID in overview, overview.count(MARK)) == (True, 1)
    tasks.check_coverage()
    assert CoverageCheck.objects.get().gap_hours == 31 * 24
    assert "a rota names people who have left" in caplog.text
    out = StringIO()
    call_command("check_coverage", clinic=ward.clinic.pk, stdout=out)
    assert f"shift {mine.pk} names somebody who has left" in out.getvalue()
    Shift.objects.filter(pk=mine.pk).update(clinician=ward.second)
    assert left(ward) == []


def test_one_who_left_is_seen_also_while_another_fills_the_hole(ward: Ward) -> None:
    another = make_clinician(team=ward.team)
    mine = Shift.objects.get(clinician=ward.duty)
    Shift.objects.create(
        care_team=ward.team, clinician=another, starts=mine.starts, ends=mine.ends
    )
    leave_team(ward, ward.duty)
    shown = page(ward)
    assert "somebody at every hour" in shown
    assert MARK in shown
    assert len(left(ward)) == 1


def test_a_cover_by_somebody_who_left_is_a_hole_and_a_past_one_is_none(
    ward: Ward,
) -> None:
    now = timezone.now()
    stand_in = make_clinician(team=ward.team)
    for days in (-9, 2):
        Cover.objects.create(
            care_team=ward.team,
            absent=ward.duty,
            by=stand_in,
            starts_at=now + timedelta(days=days),
            ends_at=now + timedelta(days=days + 1),
        )
    yesterday, ahead = (now + timedelta(days=days) for days in (-3, 3))
    for day in (yesterday, ahead):
        Shift.objects.create(
            care_team=ward.team,
            clinician=stand_in,
            day=day.date(),
            starts=time(8),
            ends=time(9),
        )
    leave_clinic(ward, stand_in)
    assert sorted(str(each["kind"]) for each in left(ward)) == ["cover", "shift"]
    assert "Nobody is on duty, others stand in" in page(ward)


def test_many_holes_are_counted_and_not_cut_off(ward: Ward) -> None:
    Shift.objects.filter(clinician=ward.duty).update(starts=time(8), ends=time(20))
    Shift.objects.create(
        care_team=ward.team, clinician=ward.second, starts=time(20), ends=time(8)
    )
    assert "such times in the coming month" not in page(ward)
    leave_team(ward, ward.duty)
    shown = page(ward)
    assert shown.count("Nobody is on duty, others stand in") == 6
    assert f"{ward.team.name}: 3" in shown
    assert "such times in the coming month" in shown


def test_whoever_takes_the_role_away_hears_of_it_at_once(ward: Ward) -> None:
    boss = Client()
    boss.force_login(ward.administrator)
    said = "The rota still names people who have left."
    idle = make_clinician(team=ward.team)
    for user, expected in ((idle, False), (ward.duty, True)):
        member = Membership.objects.get(user=user)
        address = f"/clinic/people/{member.pk}/removal/"
        shown = boss.post(address, follow=True).content.decode()
        assert (said in shown) is expected
    assert CoverageCheck.objects.get().gap_hours == 31 * 24


def test_an_old_holiday_shift_bothers_nobody(ward: Ward) -> None:
    Shift.objects.filter(clinician=ward.duty).update(day=date(2026, 1, 1))
    leave_team(ward, ward.duty)
    assert left(ward) == []


def named(ward: Ward, team: CareTeam | None, who: User, tier: str = "") -> int:
    """Let a policy name a person beside whoever is on duty; return the step."""
    steps = (
        Step(whom="on_duty", after_percent=0),
        Step(whom="person", after_percent=50, person=who.pk, tier=tier),
    )
    fields = {"opens": time(9), "closes": time(17), "weekdays": list(range(5))}
    made = on_call.set_policy(ward.clinic, team, steps=steps, fields=fields)
    return made.steps.get(whom="person").pk


@pytest.mark.parametrize("of_team", [True, False])
@pytest.mark.parametrize("leave", [leave_clinic, leave_team, close_account])
def test_a_step_that_names_somebody_who_left_is_listed_and_shown(
    ward: Ward, of_team: bool, leave: Callable[[Ward, User], None]
) -> None:
    third = make_clinician(team=ward.team)
    team = ward.team if of_team else None
    step = named(ward, team, third)
    address = (
        f"/clinic/on-call/?policy_of={ward.team.pk}" if of_team else "/clinic/on-call/"
    )
    assert left(ward) == []
    assert "has left" not in page(ward, address)
    leave(ward, third)
    if leave is leave_team and not of_team:
        assert left(ward) == []  # the clinic's policy is for its other patients, too
        return
    assert left(ward) == [{"kind": "step", "id": step}]
    shown = page(ward, address)
    assert f"<strong>{third.name} has left</strong>" in shown
    assert f'<option value="{third.pk}" selected>{third.name} (has left)' in shown
