"""Duties to come, and steps of policies, of people who cannot be told any more.

Whoever leaves a team or a clinic, or whose account is closed, stays in its rota and its
policy: what they had promised is for an administrator to give to others. Nobody is told
by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from alerts.models import Cover, PolicyStep, Shift
from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.models import Clinic, Membership


@dataclass(frozen=True, kw_only=True)
class LeftDuty:
    """A shift or cover of a care team, or a step of a policy, that somebody left behind.

    A step of the clinic's own policy is of no team.
    """

    team: int | None
    kind: str
    id: int


def has_left(person: str) -> Q:
    """Return whether who is named there is no clinician of the row's team now."""
    here = Membership.objects.filter(
        user=OuterRef(person),
        care_teams=OuterRef("care_team"),
        role=CLINICIAN,
        user__is_active=True,
    )
    return ~Q(Exists(here.exclude(user__email="")))


def left_duties(clinic: Clinic, *, now: datetime) -> list[LeftDuty]:
    """Return what is still to come, and is repeated, of those who have left."""
    today = now.astimezone(ZoneInfo(clinic.timezone)).date()
    shifts = Shift.objects.filter(
        Q(day=None) | Q(day__gte=today), has_left("clinician"), care_team__clinic=clinic
    )
    covers = Cover.objects.filter(
        has_left("by"), care_team__clinic=clinic, ends_at__gt=now
    )
    return [
        LeftDuty(team=team, kind=kind, id=pk)
        for kind, rows in (("shift", shifts), ("cover", covers))
        for team, pk in rows.order_by("pk").values_list("care_team", "pk")
    ] + _left_steps(clinic)


def _left_steps(clinic: Clinic) -> list[LeftDuty]:
    """Return the steps that name somebody who can be told of none of their patients."""
    members = Membership.objects.filter(
        user=OuterRef("person"),
        clinic=OuterRef("policy__clinic"),
        user__is_active=True,
    ).exclude(user__email="")
    team = OuterRef("policy__care_team")
    of_team = members.filter(Q(role=ADMINISTRATOR) | Q(role=CLINICIAN, care_teams=team))
    for_all = Q(policy__care_team=None)
    steps = PolicyStep.objects.filter(
        (for_all & ~Exists(members)) | (~for_all & ~Exists(of_team)),
        policy__clinic=clinic,
        person__isnull=False,
    )
    return [
        LeftDuty(team=team_id, kind="step", id=pk)
        for team_id, pk in steps.order_by("pk").values_list("policy__care_team", "pk")
    ]
