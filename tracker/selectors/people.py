"""Clinics, teams, invitations and what an account is."""

from __future__ import annotations

from django.db.models import QuerySet

from tracker.errors import InvalidFields, NotFound
from tracker.models import CareTeam, Clinic, Invitation, Membership, Patient, User


def patient_of(user: User) -> Patient | None:
    """Return the patient that the account is, or None."""
    return (
        Patient.objects.select_related("clinic", "care_team")
        .filter(user_id=user.pk)
        .first()
    )


def memberships_of(user: User) -> QuerySet[Membership]:
    """Return the account's roles, each with its clinic and that clinic's teams."""
    return (
        Membership.objects.filter(user_id=user.pk)
        .select_related("clinic")
        .prefetch_related("clinic__care_teams")
        .order_by("clinic_id", "role")
    )


def staffed_clinics(user: User) -> QuerySet[Clinic]:
    """Return the clinics at which the account works in any role."""
    return Clinic.objects.filter(
        pk__in=Membership.objects.filter(user_id=user.pk).values("clinic")
    )


def place_to_invite(
    user: User, *, clinic_id: int | None, care_team_id: int | None
) -> tuple[Clinic, CareTeam | None]:
    """Return the clinic and team to which the account may invite a patient.

    A team decides the clinic. Without a team and a clinic it is the only clinic at
    which the account works.
    """
    clinics = staffed_clinics(user)
    if care_team_id is not None:
        team = (
            CareTeam.objects.select_related("clinic")
            .filter(pk=care_team_id, clinic__in=clinics)
            .first()
        )
        if team is None or clinic_id not in (None, team.clinic_id):
            raise NotFound
        return team.clinic, team
    if clinic_id is not None:
        clinics = clinics.filter(pk=clinic_id)
    found = list(clinics[:2])
    if len(found) > 1:
        raise InvalidFields({"clinic": ["Say at which of your clinics."]})
    if not found:
        raise NotFound
    return found[0], None


def invitations_of(user: User) -> QuerySet[Invitation]:
    """Return the invitations of the clinics at which the account works."""
    return Invitation.objects.filter(clinic__in=staffed_clinics(user)).select_related(
        "clinic", "care_team"
    )
