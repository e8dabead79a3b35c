"""How a patient lets somebody else use their diary, and ends it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tracker.domain import codes
from tracker.errors import Conflict, InvitationInvalid, NotFound
from tracker.models import Caregiver, CaregiverInvitation, User
from tracker.selectors.caregivers import open_codes
from tracker.services.accounts import make_account


#: How long a caregiver's code can be used: it is handed over in person.
INVITATION_LIFE: Final = timedelta(days=7)
#: Codes of one patient that are neither used nor expired, at most.
MOST_OPEN: Final = 10


def invite_caregiver(
    patient_id: UUID, *, may_write: bool, by: User, now: datetime
) -> tuple[CaregiverInvitation, str]:
    """Make a code for a caregiver; it is returned once and kept only as a hash.

    `by` is the patient, or a member of staff to whom the patient said so. Raises
    Conflict when too many codes wait already.
    """
    if open_codes(patient_id, now=now).count() >= MOST_OPEN:
        raise Conflict(
            "Too many codes wait to be used. Cancel one; they end after 7 days."
        )
    code = codes.readable_code(secrets.token_bytes(codes.CODE_BYTES))
    invitation = CaregiverInvitation.objects.create(
        patient_id=patient_id,
        code_hash=codes.code_hash(code),
        may_write=may_write,
        created_by=by,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    return invitation, code


def cancel_code(
    patient_id: UUID, invitation_id: int, *, by: User, now: datetime
) -> None:
    """Make a code that nobody has redeemed worth nothing, from now on.

    Raises NotFound when it is used, ended or cancelled already: whoever redeemed it
    first is ended by `revoke`.
    """
    found = open_codes(patient_id, now=now).filter(pk=invitation_id)
    if not found.update(cancelled_at=now, cancelled_by=by):
        raise NotFound


@transaction.atomic
def enrol_caregiver(
    code: str, *, email: str, password: str | None, name: str, now: datetime
) -> Caregiver:
    """Make an account that cares for the patient of the code.

    A call that fails leaves the code usable. Raises InvitationInvalid and
    AccountExists; who has an account already logs in and calls `accept`.
    """
    invitation = _take(code, now=now)
    user = make_account(email, password, name=name)
    return _grant(invitation, user, now=now)


@transaction.atomic
def accept(code: str, *, user: User, now: datetime) -> Caregiver:
    """Let an account that is there already care for the patient of the code, too.

    A patient's own code, and one for somebody already cared for, is not valid.
    """
    invitation = _take(code, now=now)
    if invitation.patient.user_id == user.pk:
        raise InvitationInvalid
    try:
        with transaction.atomic():
            return _grant(invitation, user, now=now)
    except IntegrityError:  # caregiver_once
        raise InvitationInvalid from None


def revoke(patient_id: UUID, caregiver_id: int, *, by: User, now: datetime) -> None:
    """End what a caregiver may do, from now on; raise NotFound when it has ended."""
    _end(Caregiver.objects.filter(pk=caregiver_id, patient=patient_id), by=by, now=now)


def leave(patient_id: UUID, *, user: User, now: datetime) -> None:
    """Let a caregiver step back by themselves; raise NotFound when they are none."""
    _end(Caregiver.objects.filter(user=user, patient=patient_id), by=user, now=now)


def _end(found: QuerySet[Caregiver], *, by: User, now: datetime) -> None:
    if not found.filter(revoked_at=None).update(revoked_at=now, revoked_by=by):
        raise NotFound


def _take(code: str, *, now: datetime) -> CaregiverInvitation:
    """Lock the invitation; whoever waited for the lock finds it used."""
    invitation = (
        CaregiverInvitation.objects.select_for_update(of=("self",))
        .select_related("patient")
        .filter(
            code_hash=codes.code_hash(code),
            used_at__isnull=True,
            cancelled_at__isnull=True,
            expires_at__gt=now,
        )
        .first()
    )
    if invitation is None:
        raise InvitationInvalid
    return invitation


def _grant(invitation: CaregiverInvitation, user: User, *, now: datetime) -> Caregiver:
    caregiver = Caregiver.objects.create(
        user=user,
        patient=invitation.patient,
        may_write=invitation.may_write,
        granted_by_id=invitation.created_by_id,
        granted_at=now,
    )
    invitation.used_at = now
    invitation.caregiver = caregiver
    invitation.save(update_fields=["used_at", "caregiver"])
    return caregiver
