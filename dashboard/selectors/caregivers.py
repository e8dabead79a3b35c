"""Who besides the patient may use a diary, as its clinic sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tracker.models import Caregiver, CaregiverInvitation, Patient
from tracker.selectors.caregivers import caregivers_of, open_codes


#: Caregivers of the past that the page shows; the API has all. Unit: people.
MOST_PAST: Final = 20


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who may use a diary now, who could before, and the codes that wait."""

    now: list[Caregiver]
    past: list[Caregiver]
    codes: list[CaregiverInvitation]


def access_of(patient: Patient, *, now: datetime) -> Access:
    """Return who may use the diary of a patient, the newest first."""
    found = caregivers_of(patient.pk).select_related("granted_by", "revoked_by")
    ended = found.filter(revoked_at__isnull=False).order_by("-revoked_at")
    codes = open_codes(patient.pk, now=now).select_related("created_by")
    return Access(
        now=list(found.filter(revoked_at__isnull=True).order_by("-granted_at")),
        past=list(ended[:MOST_PAST]),
        codes=list(codes.order_by("-created_at")),
    )


def readers_of(patient: Patient) -> list[str]:
    """Return the names of those who may use the diary of a patient now."""
    found = caregivers_of(patient.pk).filter(revoked_at__isnull=True)
    names = found.order_by("granted_at").values_list("user__name", "user__email")
    return [name or email for name, email in names]
