"""The clinic page: people, invitations, who is on call, and what is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet

from alerts.domain import states
from alerts.domain.load import Load
from alerts.models import Alert, Shift
from alerts.selectors import watch
from alerts.selectors.on_call import TeamCoverage, coverage_of, shifts_of
from analytics.selectors.overrides import SettingInForce, settings_in_force
from dashboard.selectors.worklist import alerts_delayed
from tracker.domain.roles import ADMINISTRATOR
from tracker.errors import NotFound
from tracker.models import CareTeam, Clinic, Invitation, Membership, User
from tracker.selectors import access
from tracker.selectors.quarantine import open_to_staff


@dataclass(frozen=True, kw_only=True)
class ClinicOverview:
    """All that the clinic page shows."""

    clinic: Clinic
    members: QuerySet[Membership]
    teams: QuerySet[CareTeam]
    on_call: QuerySet[Shift]
    coverage: list[TeamCoverage]
    invitations: QuerySet[Invitation]
    unanswered_count: int
    overdue_count: int
    quarantine_count: int
    changed_numbers: list[SettingInForce]
    delayed: bool

    @property
    def reaches_nobody(self) -> bool:
        """Return whether at some hour an emergency reaches nobody whom it names."""
        return any(each.reaches_nobody for each in self.coverage)

    load: Load


def administered_clinics(user: User | AnonymousUser) -> QuerySet[Clinic]:
    """Return the clinics that the account administers."""
    return access.clinics_of(user, role=ADMINISTRATOR).order_by("name", "pk")


def administered_clinic(user: User | AnonymousUser, clinic_id: int) -> Clinic:
    """Return one clinic that the account administers, or raise NotFound."""
    clinic = administered_clinics(user).filter(pk=clinic_id).first()
    if clinic is None:
        raise NotFound
    return clinic


def teams_of(clinic: Clinic) -> QuerySet[CareTeam]:
    """Return the care teams with the number of their people and patients."""
    return (
        CareTeam.objects.filter(clinic=clinic)
        .annotate(
            member_count=Count("members", distinct=True),
            patient_count=Count("patients", distinct=True),
        )
        .order_by("name")
    )


def overview(clinic: Clinic, *, now: datetime) -> ClinicOverview:
    """Return the clinic page of one clinic."""
    unanswered = Alert.objects.filter(
        patient__clinic=clinic, state__in=states.UNANSWERED
    ).aggregate(
        total=Count("pk"), overdue=Count("pk", filter=Q(acknowledge_by__lt=now))
    )
    return ClinicOverview(
        clinic=clinic,
        members=Membership.objects.filter(clinic=clinic)
        .select_related("user")
        .prefetch_related("care_teams")
        .order_by("role", "user__name", "user__email"),
        teams=teams_of(clinic),
        on_call=shifts_of(clinic)
        .select_related("care_team", "clinician")
        .order_by("care_team__name", "line", "day", "weekday", "starts"),
        coverage=coverage_of(clinic, now=now),
        invitations=Invitation.objects.filter(
            clinic=clinic, used_at__isnull=True, expires_at__gt=now
        )
        .select_related("care_team", "created_by")
        .order_by("-created_at")[:50],
        unanswered_count=unanswered["total"],
        overdue_count=unanswered["overdue"],
        quarantine_count=open_to_staff()
        .filter(patient__clinic=clinic, resolved_at__isnull=True)
        .count(),
        changed_numbers=[
            each for each in settings_in_force(clinic, at=now) if not each.is_default
        ],
        delayed=alerts_delayed(now=now),
        load=watch.load(clinic, now=now),
    )
