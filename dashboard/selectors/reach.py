"""Whether a patient can be told of an alert at all, or somebody has to telephone.

Patients are told in their app and by messages to their devices, and not by mail. A
device that a provider calls dead is no device any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from alerts.models import ContactPoint
from dashboard.domain.worklist_filter import SILENT_DAYS
from dashboard.selectors.newest import newest_entry, newest_sync
from tracker.models import Caregiver, Patient


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whether a message wakes a telephone, and when an app was last heard."""

    is_called: bool
    heard_at: datetime | None
    is_out: bool


def reach_of(patient: Patient, *, now: datetime) -> Reach:
    """Return how a patient is reached."""
    found = Patient.objects.annotate(
        is_called=is_called(outer="pk"),
        last_sync_at=newest_sync(outer="pk"),
        last_entry_at=newest_entry(outer="pk"),
    ).get(pk=patient.pk)
    heard = (found.last_sync_at, found.last_entry_at)
    return Reach(
        is_called=found.is_called,
        heard_at=max(filter(None, heard), default=None),
        is_out=is_out_of_reach(found.is_called, heard, now=now),
    )


def is_out_of_reach(
    called: bool,  # noqa: FBT001 - what a row of a query holds
    heard: Iterable[datetime | None],
    *,
    now: datetime,
) -> bool:
    """Return whether nothing tells the patient: no device, and nobody opens the app.

    An app that names no device is heard by its entries. After SILENT_DAYS without either
    nobody counts on it.
    """
    return not called and all(at is None or now - at > SILENT_DAYS for at in heard)


def is_called(*, outer: str) -> Q:
    """Return whether a device of the patient, or of a caregiver, gets messages."""
    used = ContactPoint.objects.filter(retired_at__isnull=True, user__is_active=True)
    caregivers = Caregiver.objects.filter(
        patient=OuterRef(OuterRef(outer)), revoked_at__isnull=True
    )
    return Q(Exists(used.filter(user__patient=OuterRef(outer)))) | Q(
        Exists(used.filter(user__in=caregivers.values("user")))
    )
