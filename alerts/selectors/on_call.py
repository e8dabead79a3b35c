"""What a clinic's policies and rotas come to: who is on duty, holes, what would happen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet

from alerts.domain import coverage, simulation
from alerts.domain.coverage import NOBODY, Hole
from alerts.domain.policy import ON_DUTY, Policy
from alerts.domain.rota import LINES, on_duty
from alerts.domain.simulation import Moment
from alerts.domain.targets import ANSWER_MINUTES
from alerts.models import Cover, EscalationPolicy, Holiday, Shift
from alerts.selectors import plans, recipients
from alerts.selectors.leavers import LeftDuty, has_left, left_duties
from alerts.selectors.quiet import quiet_hours_by_person
from tracker.domain.roles import ADMINISTRATOR
from tracker.errors import NotFound
from tracker.models import CareTeam, Clinic, Patient, User
from tracker.selectors import access


#: How far ahead holes are looked for. Unit: days. Source: alerts.md, "coming month".
AHEAD: Final = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class TeamCoverage:
    """The holes of one care team; without a team, of the clinic's other patients.

    `left` are duties of people who have left, whether others fill the hole or not.
    """

    team: CareTeam | None
    holes: tuple[Hole, ...]
    left: tuple[LeftDuty, ...] = ()

    @property
    def reaches_nobody(self) -> bool:
        """Return whether at some hour nobody at all is named who can be told."""
        return any(hole.kind == NOBODY for hole in self.holes)


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What would happen to an alert, with the names of those who would be told."""

    clinic: Clinic
    team: CareTeam | None
    tier: str
    policy: Policy
    answer_by: datetime | None
    moments: tuple[Moment, ...]
    names: dict[int, str]


def administered_clinic(user: User | AnonymousUser, clinic_id: int) -> Clinic:
    """Return a clinic that the account administers."""
    found = access.clinics_of(user, role=ADMINISTRATOR).filter(pk=clinic_id).first()
    if found is None:
        raise NotFound
    return found


def team_of(clinic: Clinic, team_id: int | None) -> CareTeam | None:
    """Return a care team of the clinic, None for None; NotFound for another's."""
    if team_id is None:
        return None
    team = CareTeam.objects.filter(clinic=clinic, pk=team_id).first()
    if team is None:
        raise NotFound
    return team


def coverage_of(clinic: Clinic, *, now: datetime) -> list[TeamCoverage]:
    """Return the holes of the coming month, for each team and for who has none.

    Patients without a team count where there are any, or where there is no team.
    """
    teams: list[CareTeam | None] = list(plans.teams_of(clinic))
    if not teams or Patient.objects.filter(clinic=clinic, care_team=None).exists():
        teams.append(None)
    left = left_duties(clinic, now=now)
    return [
        TeamCoverage(
            team=team,
            holes=tuple(_holes(clinic, team, now=now)),
            left=tuple(each for each in left if _shown_at(each, team, teams)),
        )
        for team in teams
    ]


def _shown_at(
    duty: LeftDuty, team: CareTeam | None, teams: list[CareTeam | None]
) -> bool:
    """Return whether a duty is shown with this team; the clinic's own once, at the end."""
    if duty.team is None:
        return team is teams[-1]
    return team is not None and team.pk == duty.team


def _holes(clinic: Clinic, team: CareTeam | None, *, now: datetime) -> list[Hole]:
    team_id = team.pk if team else None
    until = now + AHEAD
    return coverage.holes(
        plans.policy_of(clinic, team_id, now=now),
        plans.rota_of(clinic, team_id, now=now, until=until),
        recipients.reachable_people_of(clinic.pk, team_id),
        start=now,
        end=until,
    )


def simulate(
    clinic: Clinic, team: CareTeam | None, *, tier: str, raised_at: datetime
) -> Simulation:
    """Return what would happen to an alert raised then that nobody answers.

    The policy, the rota, the people and their quiet hours are those of today.
    """
    team_id = team.pk if team else None
    policy = plans.policy_of(clinic, team_id, now=raised_at)
    until = raised_at + AHEAD
    people = recipients.people_of(clinic.pk, team_id)
    moments = simulation.timeline(
        policy,
        plans.rota_of(clinic, team_id, now=raised_at, until=until),
        people,
        tier=tier,
        raised_at=raised_at,
        # What calls nobody waits for nobody.
        quiet=quiet_hours_by_person(people.everybody if tier in ANSWER_MINUTES else ()),
    )
    return Simulation(
        clinic=clinic,
        team=team,
        tier=tier,
        policy=policy,
        answer_by=policy.answer_by(tier, now=raised_at),
        moments=tuple(moments),
        names=names_of({pk for each in moments for pk in each.hop.people}),
    )


def on_duty_at(clinic: Clinic, team: CareTeam, *, at: datetime) -> dict[str, list[str]]:
    """Return the names of who is on duty on each line."""
    rota = plans.rota_of(clinic, team.pk, now=at)
    people = {line: on_duty(rota, line, at) for line in LINES}
    names = names_of({pk for each in people.values() for pk in each})
    return {
        word: [names[pk] for pk in people[line]]
        for word, line in zip((ON_DUTY, "second"), LINES, strict=True)
    }


def policies_of(clinic: Clinic) -> QuerySet[EscalationPolicy]:
    """Return the stored policies of a clinic; who has none has the default."""
    rows = EscalationPolicy.objects.filter(clinic=clinic).prefetch_related("steps")
    return rows.order_by(F("care_team").asc(nulls_first=True))


def shifts_of(clinic: Clinic) -> QuerySet[Shift]:
    """Return the shifts of all care teams of a clinic, and who `has_left` them."""
    rows = Shift.objects.filter(care_team__clinic=clinic)
    return rows.annotate(has_left=has_left("clinician"))


def covers_of(clinic: Clinic) -> QuerySet[Cover]:
    """Return the covers of all care teams of a clinic, also past ones."""
    rows = Cover.objects.filter(care_team__clinic=clinic)
    return rows.annotate(has_left=has_left("by"))


def calendar_of(clinic: Clinic) -> QuerySet[Holiday]:
    """Return the holidays of a clinic."""
    return Holiday.objects.filter(clinic=clinic)


def names_of(people: Iterable[int]) -> dict[int, str]:
    """Return how colleagues are called, by account."""
    rows = User.objects.filter(pk__in=people)
    return {user.pk: user.name or user.email for user in rows}
