"""Who may see whom: the one place that decides it.

A patient sees the own diary only. A clinician sees the patients of the care teams
that they belong to, and patients of their clinic who have no team yet, so that a
newly enrolled patient is never invisible. A clinic administrator sees the patients
of the clinic. A superuser runs the machine and sees no patient through the product.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.errors import NotAClinician, NotAPatient, NotFound
from tracker.models import Clinic, Membership, Patient, User


_OWN_PATIENT: Final = "SELECT * FROM tracker_patient WHERE user_id = %s"


def own_patient(user: User | AnonymousUser) -> Patient:
    """Return the patient that this account is; raise NotAPatient if it is none."""
    # By hand, because building this query anew costs more than running it, and every
    # request of a phone runs it.
    patient = next(iter(Patient.objects.raw(_OWN_PATIENT, [user.pk])), None)
    if patient is None:
        raise NotAPatient
    return patient


def is_staff_of_a_clinic(user: User | AnonymousUser) -> bool:
    """Return whether the account is a clinician or an administrator anywhere."""
    return Membership.objects.filter(user_id=user.pk or 0).exists()


def visible_patients(user: User | AnonymousUser) -> QuerySet[Patient]:
    """Return the patients whose diary a member of staff may read."""
    if not user.pk:
        return Patient.objects.none()
    administered = Membership.objects.filter(user_id=user.pk, role=ADMINISTRATOR)
    return Patient.objects.filter(
        Q(clinic__in=administered.values("clinic")) | _treated_by(user)
    )


def visible_patient(user: User | AnonymousUser, patient_id: UUID) -> Patient:
    """Return one visible patient; not found and not yours are the same error."""
    patient = visible_patients(user).filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    return patient


def treated_patient(user: User | AnonymousUser, patient_id: UUID) -> Patient:
    """Return one patient whose clinical records the account may write.

    An administrator who may see the patient but does not treat them gets
    NotAClinician; everybody else NotFound.
    """
    patient = visible_patient(user, patient_id)
    if not Patient.objects.filter(_treated_by(user), pk=patient_id).exists():
        raise NotAClinician
    return patient


def _treated_by(user: User | AnonymousUser) -> Q:
    clinician = Membership.objects.filter(user_id=user.pk or 0, role=CLINICIAN)
    return Q(care_team__in=clinician.values("care_teams")) | Q(
        care_team__isnull=True, clinic__in=clinician.values("clinic")
    )


def clinics_of(user: User | AnonymousUser, *, role: str) -> QuerySet[Clinic]:
    """Return the clinics at which the account has a role."""
    if not user.pk:
        return Clinic.objects.none()
    return Clinic.objects.filter(
        memberships__user_id=user.pk, memberships__role=role
    ).distinct()
