"""The page of policies, shifts, covers and holidays: what stands, and who may be named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from alerts.domain.policy import Policy
from alerts.models import Cover, Holiday, Shift
from alerts.selectors import on_call, plans, recipients
from alerts.selectors.on_call import TeamCoverage
from dashboard.selectors.alerts import person
from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.models import CareTeam, Clinic, Membership, User
from tracker.selectors import access


@dataclass(frozen=True, kw_only=True)
class Rota:
    """What a clinic has decided; who does not administer it changes own covers only."""

    clinic: Clinic
    administers: bool
    teams: list[CareTeam]
    clinicians: list[tuple[int, str]]
    people: list[tuple[int, str]]
    shifts: QuerySet[Shift]
    covers: QuerySet[Cover]
    holidays: QuerySet[Holiday]
    coverage: list[TeamCoverage]

    @property
    def left(self) -> int:
        """Return how many duties to come are of people who have left."""
        return sum(len(each.left) for each in self.coverage)


def rota_page(user: User, clinic: Clinic, *, now: datetime) -> Rota:
    """Return what a clinic has decided, for somebody who works there."""
    administered = access.clinics_of(user, role=ADMINISTRATOR)
    today = now.astimezone(ZoneInfo(clinic.timezone)).date()
    return Rota(
        clinic=clinic,
        administers=administered.filter(pk=clinic.pk).exists(),
        teams=plans.teams_of(clinic),
        clinicians=_people(clinic, role=CLINICIAN),
        people=_people(clinic),
        shifts=on_call.shifts_of(clinic)
        .select_related("care_team", "clinician")
        .order_by("care_team__name", "line", "day", "weekday", "starts"),
        covers=on_call.covers_of(clinic)
        .filter(ends_at__gt=now)
        .select_related("care_team", "absent", "by"),
        holidays=on_call.calendar_of(clinic).filter(day__gte=today),
        coverage=on_call.coverage_of(clinic, now=now),
    )


def policy_in_force(clinic: Clinic, team: CareTeam | None, *, now: datetime) -> Policy:
    """Return the policy that a team has, be it the clinic's or the default."""
    return plans.policy_of(clinic, team.pk if team else None, now=now)


def gone_from_policy(
    clinic: Clinic, team: CareTeam | None, policy: Policy
) -> dict[int, str]:
    """Return who is named by a step and cannot be told of these patients, by account."""
    here = recipients.people_of(clinic.pk, team.pk if team else None).everybody
    named = {step.person for step in policy.steps if step.person is not None}
    return on_call.names_of(named.difference(here))


def own_cover(user: User, clinic: Clinic, cover_id: int) -> bool:
    """Return whether this cover is for the account's own duties."""
    mine = on_call.covers_of(clinic).filter(pk=cover_id, absent=user)
    return mine.exists()


def _people(clinic: Clinic, **fields: str) -> list[tuple[int, str]]:
    rows = Membership.objects.filter(clinic=clinic, user__is_active=True, **fields)
    found = {row.user_id: person(row.user) for row in rows.select_related("user")}
    return sorted(found.items(), key=lambda each: each[1].casefold())
