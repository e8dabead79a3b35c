"""Changes that people make to their own profile and consent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from tracker import signals
from tracker.domain import consent
from tracker.errors import ConsentOutdated, NotFound
from tracker.models import Consent, Patient, User
from tracker.selectors import sync
from tracker.selectors.consent import MONITORING
from tracker.services.unsealing import seal_diary, unseal_diary


#: What a patient may change about themselves.
PATIENT_FIELDS: Final = (
    "name",
    "birth_year",
    "sex",
    "timezone",
    "language",
    "phone",
    "emergency_contact",
    "paused_until",
    "reminder_at",
)


@transaction.atomic
def choose_language(user: User, language: str, *, among: Collection[str]) -> None:
    """Keep the language in which somebody reads the pages, one of `among`.

    A patient is told in it from now on, too, unless they are told in one that no page
    speaks: the choice at hand was not between that one and another.
    """
    User.objects.filter(pk=user.pk).update(language=language)
    told = Patient.objects.filter(user_id=user.pk).first()
    if told and told.language.split("-")[0] in {*among, language}:
        Patient.objects.filter(pk=told.pk).update(language=language)


@transaction.atomic
def change_profile(user: User, changes: Mapping[str, Any]) -> None:
    """Store a person's changes to their own profile; unknown fields change nothing."""
    if "name" in changes:
        User.objects.filter(pk=user.pk).update(name=changes["name"])
        user.name = changes["name"]
    known = {name: changes[name] for name in PATIENT_FIELDS if name in changes}
    if known:
        Patient.objects.filter(user_id=user.pk).update(**known)
    if "language" in known:  # the pages follow, as the messages do
        chosen = User.objects.filter(pk=user.pk).exclude(language="")
        chosen.update(language=known["language"].split("-")[0])


def give_consent(patient: Patient, *, version: str, now: datetime) -> Consent:
    """Note that the patient agrees to the current text; a second call adds nothing.

    What phones sent since a withdrawal comes into the diary now.
    """
    if version != consent.VERSION:
        raise ConsentOutdated
    with transaction.atomic():
        sync.counter(patient.pk, lock=True)
        valid, _ = Consent.objects.get_or_create(
            patient=patient,
            kind=MONITORING,
            version=version,
            withdrawn_at=None,
            defaults={"given_at": now, "clinic_id": patient.clinic_id},
        )
        unseal_diary(patient, now=now)
    return valid


@transaction.atomic
def withdraw_consent(patient: Patient, *, now: datetime) -> None:
    """Withdraw every consent in force and seal the diary; raise NotFound for none."""
    sync.counter(patient.pk, lock=True)
    withdrawn = Consent.objects.filter(
        patient=patient, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
    if not withdrawn:
        raise NotFound
    seal_diary(patient.pk)
    signals.consent_withdrawn.send(None, patient_id=patient.pk, now=now)
