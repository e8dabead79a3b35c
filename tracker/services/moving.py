"""A patient who moves to another clinic: the diary goes along, nothing stays behind."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tracker import signals
from tracker.domain import consent
from tracker.errors import AlreadyThere, ConsentOutdated
from tracker.models import ClinicMove, Consent, Invitation, Patient, User
from tracker.selectors import sync
from tracker.selectors.consent import MONITORING
from tracker.services.enrolment import take_invitation
from tracker.services.unsealing import unseal_diary


@transaction.atomic
def move_to_clinic(
    patient: Patient, code: str, *, consent_version: str, by: User, now: datetime
) -> Patient:
    """Make somebody a patient of the clinic that the code is from; return them anew.

    The consent to the new clinic is recorded and the one to the clinic before ends.
    Open alerts are handed over in this transaction. The code stays usable when the
    call fails. `by` is the patient, or whoever does it on their word.

    Raises:
        InvitationInvalid: unknown, used or expired.
        ConsentOutdated: another text was agreed to than the current one.
        AlreadyThere: it is a code of their own clinic.
    """
    sync.counter(patient.pk, lock=True)  # before all else, as every push does
    invitation = take_invitation(code, now=now)
    if consent_version != consent.VERSION:
        raise ConsentOutdated
    patient = Patient.objects.get(pk=patient.pk)
    if invitation.clinic_id == patient.clinic_id:
        raise AlreadyThere
    _note(patient, invitation, by=by, now=now)
    _agree_anew(patient, invitation, now=now)
    patient.clinic_id = invitation.clinic_id
    patient.care_team_id = invitation.care_team_id
    patient.save(update_fields=["clinic", "care_team"])
    signals.patient_moved.send(None, patient_id=patient.pk, now=now)
    # After the hand-over: what was sealed comes in at the new clinic only.
    unseal_diary(patient, now=now)
    return patient


def _note(patient: Patient, invitation: Invitation, *, by: User, now: datetime) -> None:
    ClinicMove.objects.create(
        patient=patient,
        from_clinic_id=patient.clinic_id,
        to_clinic_id=invitation.clinic_id,
        moved_at=now,
        moved_by=by,
    )
    invitation.used_at = now
    invitation.patient = patient
    invitation.save(update_fields=["used_at", "patient"])


def _agree_anew(patient: Patient, invitation: Invitation, *, now: datetime) -> None:
    Consent.objects.filter(
        patient=patient, kind=MONITORING, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
    Consent.objects.create(
        patient=patient,
        clinic_id=invitation.clinic_id,
        version=consent.VERSION,
        given_at=now,
    )
