"""Duties to come of people who are no clinicians of the team any more.

Whoever leaves a team or a clinic, or whose account is closed, stays in its rota: what
they had promised is for an administrator to give to others. Nobody is told by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from alerts.models import Cover, Shift
from tracker.domain.roles import CLINICIAN
from tracker.models import Clinic, Membership


@dataclass(frozen=True, kw_only=True)
class LeftDuty:
    """A shift or cover of a care team that somebody has left behind."""

    team: int
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
    ]
