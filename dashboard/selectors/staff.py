"""Who is at the keyboard."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from alerts.selectors.recipients import people_of
from tracker.domain.roles import CLINICIAN
from tracker.errors import NotFound
from tracker.models import Clinic, Membership, Patient, User


def account(user: User | AnonymousUser) -> User:
    """Return the signed-in account; doors have let nobody else in."""
    if isinstance(user, AnonymousUser):
        raise NotFound
    return user


def clinic_ids(user: User) -> list[int]:
    """Return the clinics where the account works, in whatever role."""
    mine = Membership.objects.filter(user=user).order_by("clinic")
    return list(mine.values_list("clinic", flat=True).distinct())


def roles_of(user: User) -> list[str]:
    """Return the roles that the account has at any clinic."""
    mine = Membership.objects.filter(user=user.pk).order_by("role")
    return list(mine.values_list("role", flat=True).distinct())


def clinics_worked_at(user: User) -> list[Clinic]:
    """Return the clinics where the account works, in whatever role, by name."""
    return list(Clinic.objects.filter(pk__in=clinic_ids(user)).order_by("name", "pk"))


def colleagues(user: User) -> list[User]:
    """Return the other clinicians of the clinics where the account is one, by name."""
    clinics = Membership.objects.filter(user=user, role=CLINICIAN).values("clinic")
    others = User.objects.filter(
        is_active=True, memberships__clinic__in=clinics, memberships__role=CLINICIAN
    ).exclude(pk=user.pk)
    return list(others.distinct().order_by("name", "email"))


def team_beside(user: User, patient: Patient) -> list[User]:
    """Return the other clinicians who answer for the patient, by name."""
    people = people_of(patient.clinic_id, patient.care_team_id)
    others = User.objects.filter(pk__in=people.clinicians).exclude(pk=user.pk)
    return list(others.order_by("name", "email"))
