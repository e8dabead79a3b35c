"""How a person becomes a patient: the clinic invites, the person enrols."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tracker.domain import codes, consent
from tracker.errors import ClinicNotActive, ConsentOutdated, InvitationInvalid, NotFound
from tracker.models import (
    CareTeam,
    Clinic,
    Consent,
    Invitation,
    Patient,
    SyncCounter,
    User,
)
from tracker.services.accounts import make_account


#: How long an invitation code can be used.
INVITATION_LIFE: Final = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a person tells about themselves; None where they would rather not."""

    email: str
    password: str | None  # None: nobody can log in by one
    consent_version: str
    name: str = ""
    birth_year: int | None = None
    sex: str = ""
    timezone: str = ""
    language: str = ""
    phone: str = ""
    emergency_contact: str = ""


def invite(
    *,
    patient_name: str,
    clinic: Clinic,
    care_team: CareTeam | None,
    created_by: User,
    now: datetime,
) -> tuple[Invitation, str]:
    """Make an invitation; the code is returned once and kept only as a hash.

    Raises ClinicNotActive while nobody has made sure that alerts reach somebody.
    """
    if clinic.activated_at is None:
        raise ClinicNotActive
    code = codes.readable_code(secrets.token_bytes(codes.CODE_BYTES))
    invitation = Invitation.objects.create(
        clinic=clinic,
        care_team=care_team,
        code_hash=codes.code_hash(code),
        patient_name=patient_name,
        created_by=created_by,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    return invitation, code


def cancel_invitation(clinic: Clinic, invitation_id: int, *, now: datetime) -> None:
    """Let an open invitation of the clinic end now; NotFound when there is none."""
    waiting = Invitation.objects.filter(
        clinic=clinic, pk=invitation_id, used_at__isnull=True, expires_at__gt=now
    )
    if not waiting.update(expires_at=now):
        raise NotFound


@transaction.atomic
def enrol(code: str, person: Enrolment, *, now: datetime) -> Patient:
    """Make the account, the patient and the consent that an invitation stands for.

    Of two calls with one code the first to commit wins; a call that fails leaves the
    code usable.
    """
    invitation = take_invitation(code, now=now)
    if person.consent_version != consent.VERSION:
        raise ConsentOutdated
    user = make_account(
        person.email, person.password, name=person.name or invitation.patient_name
    )
    patient = _make_patient(invitation, person, user, now=now)
    Consent.objects.create(
        patient=patient,
        clinic_id=patient.clinic_id,
        version=consent.VERSION,
        given_at=now,
    )
    invitation.used_at = now
    invitation.patient = patient
    invitation.save(update_fields=["used_at", "patient"])
    return patient


def take_invitation(code: str, *, now: datetime) -> Invitation:
    """Lock the invitation; whoever waited for the lock finds it used.

    Raises InvitationInvalid for an unknown, used or expired code.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("clinic")
        .filter(
            code_hash=codes.code_hash(code), used_at__isnull=True, expires_at__gt=now
        )
        .first()
    )
    if invitation is None:
        raise InvitationInvalid
    return invitation


def _make_patient(
    invitation: Invitation, person: Enrolment, user: User, *, now: datetime
) -> Patient:
    clinic = invitation.clinic
    patient = Patient.objects.create(
        user=user,
        clinic=clinic,
        care_team_id=invitation.care_team_id,
        name=user.name,
        birth_year=person.birth_year,
        sex=person.sex,
        timezone=person.timezone or clinic.timezone,
        language=person.language or clinic.language,
        phone=person.phone,
        emergency_contact=person.emergency_contact,
        enrolled_at=now,
    )
    SyncCounter.objects.create(patient=patient)
    return patient
