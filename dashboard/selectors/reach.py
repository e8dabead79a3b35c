"""Whether a patient can be told of an alert at all, or somebody has to telephone.

Patients are told in their app and by messages to their devices, and not by mail. A
device that a provider calls dead is no device any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    Subquery,
)
from django.db.models.expressions import Combinable

from alerts.channels.in_app import InApp
from alerts.domain import retries
from alerts.models import ContactPoint, Delivery
from alerts.selectors.schedule import patient_told
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


def first_seen(*, outer: str) -> Subquery:
    """Return when an app first said that the patient, or a caregiver, saw the alert."""
    theirs = patient_told(Delivery.objects.filter(alert=OuterRef(outer)))
    seen = theirs.filter(seen_at__isnull=False).order_by("seen_at")
    return Subquery(seen.values("seen_at")[:1])


def is_missed(*, outer: str) -> Combinable:
    """Return whether every message of the alert to a device of theirs was refused.

    For good, or for so long that nobody should wait for it.
    """
    theirs = patient_told(Delivery.objects.filter(alert=OuterRef(outer)))
    called = theirs.exclude(channel=InApp.name)
    refused = Q(state="failed") | Q(
        state__in=("queued", "leased"), attempt_count__gte=retries.REFUSED
    )
    return ExpressionWrapper(
        Exists(called) & ~Exists(called.exclude(refused)),
        output_field=BooleanField(),
    )


def is_called(*, outer: str) -> Q:
    """Return whether a device of the patient, or of a caregiver, gets messages."""
    used = ContactPoint.objects.filter(retired_at__isnull=True, user__is_active=True)
    caregivers = Caregiver.objects.filter(
        patient=OuterRef(OuterRef(outer)), revoked_at__isnull=True
    )
    return Q(Exists(used.filter(user__patient=OuterRef(outer)))) | Q(
        Exists(used.filter(user__in=caregivers.values("user")))
    )
