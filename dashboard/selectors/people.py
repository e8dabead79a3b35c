"""Who works at a clinic and looks after whom, for those who administer it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, QuerySet

from alerts.selectors.recipients import unreachable
from tracker.domain.roles import ADMINISTRATOR
from tracker.models import CareTeam, Clinic, Membership, Patient, RoleOffer, User


def members_of(clinic: Clinic) -> QuerySet[Membership]:
    """Return everybody with a role at the clinic, with teams, by role and name."""
    teams = Prefetch("care_teams", CareTeam.objects.filter(clinic=clinic))
    rows = Membership.objects.filter(clinic=clinic).select_related("user")
    return rows.prefetch_related(teams).order_by("role", "user__name", "user__email")


def open_offers(clinic: Clinic, *, now: datetime) -> QuerySet[RoleOffer]:
    """Return whom the clinic has asked to work there, and who has not answered yet."""
    rows = RoleOffer.objects.filter(
        clinic=clinic, answered_at__isnull=True, expires_at__gt=now
    )
    return rows.select_related("user").order_by("-offered_at")


def offers_to(user: User | AnonymousUser, *, now: datetime) -> QuerySet[RoleOffer]:
    """Return the roles that somebody may take or refuse."""
    rows = RoleOffer.objects.filter(
        user=user.pk, answered_at__isnull=True, expires_at__gt=now
    )
    return rows.select_related("clinic").order_by("-offered_at")


def unreachable_members(clinic: Clinic) -> dict[int, datetime]:
    """Return the accounts of a clinic whom no message reaches, with since when."""
    people = Membership.objects.filter(clinic=clinic).values_list("user", flat=True)
    return unreachable(set(people))


def teams_to_choose(user: User | AnonymousUser, patient: Patient) -> list[CareTeam]:
    """Return the teams that the account may give the patient to; of others nothing."""
    administered = Membership.objects.filter(
        user=user.pk, clinic=patient.clinic_id, role=ADMINISTRATOR
    )
    if not administered.exists():
        return []
    return list(CareTeam.objects.filter(clinic=patient.clinic_id).order_by("name"))
