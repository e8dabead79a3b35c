"""How somebody who has an account comes to work at a clinic: asked, never just put in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tracker.errors import NotFound
from tracker.models import Clinic, Membership, RoleOffer, User


#: How long an offer can be taken.
OFFER_LIFE: Final = timedelta(days=14)


def offer(
    clinic: Clinic, user: User, role: str, *, offered_by: User, now: datetime
) -> RoleOffer:
    """Offer a role; offered again, it lives as long as a new one."""
    made, _ = RoleOffer.objects.update_or_create(
        clinic=clinic,
        user=user,
        role=role,
        answered_at=None,
        defaults={
            "offered_by": offered_by,
            "offered_at": now,
            "expires_at": now + OFFER_LIFE,
        },
    )
    return made


def take(user: User, offer_id: int, *, now: datetime) -> Membership:
    """Take an offer; NotFound when it is somebody else's, answered or too old."""
    with transaction.atomic():
        taken = _answered(user, offer_id, was_taken=True, now=now)
        membership, _ = Membership.objects.get_or_create(
            clinic_id=taken.clinic_id, user=user, role=taken.role
        )
    return membership


def refuse(user: User, offer_id: int, *, now: datetime) -> None:
    """Refuse an offer; NotFound as for `take`."""
    with transaction.atomic():
        _answered(user, offer_id, was_taken=False, now=now)


def take_back(clinic: Clinic, offer_id: int) -> None:
    """Let an offer that nobody has answered go; NotFound when there is none."""
    open_ones = RoleOffer.objects.filter(clinic=clinic, pk=offer_id, answered_at=None)
    if not open_ones.delete()[0]:
        raise NotFound


def _answered(
    user: User, offer_id: int, *, was_taken: bool, now: datetime
) -> RoleOffer:
    offers = RoleOffer.objects.select_for_update(of=("self",))
    found = offers.filter(
        user=user, pk=offer_id, answered_at=None, expires_at__gt=now
    ).first()
    if found is None:
        raise NotFound
    found.answered_at, found.was_taken = now, was_taken
    found.save(update_fields=["answered_at", "was_taken"])
    return found
