"""Who may see whom: the one place that decides it.

A patient sees the own diary only; a caregiver those of the patients who let them, for
as long as they do. A clinician sees the patients of the care teams
that they belong to, and patients of their clinic who have no team yet, so that a
newly enrolled patient is never invisible. A clinic administrator sees the patients
of the clinic. A superuser runs the machine and sees no patient through the product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.errors import (
    DiarySealed,
    NotAClinician,
    NotAPatient,
    NotFound,
    PatientNotNamed,
)
from tracker.models import Clinic, Membership, Patient, SyncCounter, User
from tracker.selectors.prepared import columns_of, loaded, prepared


_OWN_PATIENT: Final = "SELECT * FROM tracker_patient WHERE user_id = %s"


def own_patient(user: User | AnonymousUser) -> Patient:
    """Return the patient that this account is; raise NotAPatient if it is none."""
    # By hand, because building this query anew costs more than running it, and every
    # request of a phone runs it.
    patient = next(iter(Patient.objects.raw(_OWN_PATIENT, [user.pk])), None)
    if patient is None:
        raise NotAPatient
    return patient


@dataclass(frozen=True)
class SyncedPatient:
    """A patient whose diary an account may sync, and as what."""

    patient: Patient
    user_id: int
    own: bool
    may_write: bool

    @classmethod
    def as_themselves(cls, patient: Patient) -> SyncedPatient:
        """Return the access that the patient's own account has."""
        return cls(patient, patient.user_id, own=True, may_write=True)


def diaries_of(user: str) -> str:
    """Return SQL that asks whose diaries an account may sync; `user` is SQL, too.

    The own diary first, then those cared for, in the order in which they were granted.
    """
    return f"""
    SELECT patient.id AS patient_id, true AS own, true AS may_write, 0 AS place
      FROM tracker_patient AS patient WHERE patient.user_id = {user}
     UNION ALL
    SELECT patient.id, false, caregiver.may_write, caregiver.id
      FROM tracker_caregiver AS caregiver
      JOIN tracker_patient AS patient ON patient.id = caregiver.patient_id
     WHERE caregiver.user_id = {user} AND caregiver.revoked_at IS NULL
       AND patient.user_id <> {user}
    """  # noqa: S608 - our own text


_SYNCED: Final = f"""
    SELECT diary.own, diary.may_write, {columns_of(Patient, "patient")}
      FROM ({diaries_of("%(user)s::bigint")}) AS diary
      JOIN tracker_patient AS patient ON patient.id = diary.patient_id
     ORDER BY diary.place
"""  # noqa: S608 - our own text


def synced_patients(user: User | AnonymousUser) -> list[SyncedPatient]:
    """Return whose diaries the account may sync: its own first, then those cared for."""
    # By hand, as for `own_patient`: each sync request asks this.
    if user.pk is None:
        return []
    with prepared(_SYNCED, {"user": user.pk}) as cursor:
        rows = cursor.fetchall()
    return [
        SyncedPatient(
            loaded(Patient, row, "patient"), user.pk, row["own"], row["may_write"]
        )
        for row in rows
    ]


def synced_patient(
    user: User | AnonymousUser, named: UUID | None = None
) -> SyncedPatient:
    """Return the one diary that a sync request is about.

    Who names nobody means the own diary, or else the only one that they care for.

    Raises:
        NotFound: the named patient is not there, or not theirs.
        PatientNotNamed: they care for several, have no diary, and named nobody.
        NotAPatient: there is no diary at all that they may sync.
    """
    return chosen(synced_patients(user), named)


def chosen(found: list[SyncedPatient], named: UUID | None) -> SyncedPatient:
    """Return which of these diaries is meant; raises as `synced_patient` does."""
    if named is not None:
        found = [each for each in found if each.patient.pk == named]
        if not found:
            raise NotFound
    if not found:
        raise NotAPatient
    if len(found) > 1 and not found[0].own:
        raise PatientNotNamed
    return found[0]


def read_by(user: User | AnonymousUser) -> QuerySet[Patient]:
    """Return the patients whose own view of things the account may read.

    That is the account's own patient and those it cares for; raises NotAPatient when
    there is none.
    """
    patients = [each.patient.pk for each in synced_patients(user)]
    if not patients:
        raise NotAPatient
    return Patient.objects.filter(pk__in=patients)


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


def require_clinic(patient: Patient, clinic: Clinic) -> None:
    """Raise NotFound unless the patient is at this clinic."""
    if patient.clinic_id != clinic.pk:
        raise NotFound


def patient_with_open_diary(user: User | AnonymousUser, patient_id: UUID) -> Patient:
    """Return one visible patient whose diary may be read.

    Raises DiarySealed while their consent is withdrawn. What was found before, alerts
    and flags, stays readable: somebody has to deal with it.
    """
    patient = visible_patient(user, patient_id)
    if SyncCounter.objects.filter(pk=patient_id, is_sealed=True).exists():
        raise DiarySealed
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
