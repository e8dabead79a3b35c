"""Changes that people make to their own profile and consent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from tracker.domain import consent
from tracker.errors import ConsentOutdated, NotFound
from tracker.models import Consent, Patient, User
from tracker.selectors.consent import MONITORING


#: What a patient may change about themselves.
PATIENT_FIELDS: Final = (
    "name",
    "birth_year",
    "sex",
    "timezone",
    "language",
    "phone",
    "emergency_contact",
)


@transaction.atomic
def change_profile(user: User, changes: Mapping[str, Any]) -> None:
    """Store a person's changes to their own profile; unknown fields change nothing."""
    if "name" in changes:
        User.objects.filter(pk=user.pk).update(name=changes["name"])
        user.name = changes["name"]
    known = {name: changes[name] for name in PATIENT_FIELDS if name in changes}
    if known:
        Patient.objects.filter(user_id=user.pk).update(**known)


def give_consent(patient: Patient, *, version: str, now: datetime) -> Consent:
    """Note that the patient agrees to the current text; a second call adds nothing."""
    if version != consent.VERSION:
        raise ConsentOutdated
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        valid, _ = Consent.objects.get_or_create(
            patient=patient,
            kind=MONITORING,
            version=version,
            withdrawn_at=None,
            defaults={"given_at": now},
        )
    return valid


def withdraw_consent(patient: Patient, *, now: datetime) -> None:
    """Withdraw every consent in force; raise NotFound when there is none."""
    withdrawn = Consent.objects.filter(
        patient=patient, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
    if not withdrawn:
        raise NotFound
