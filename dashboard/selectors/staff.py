"""Who is at the keyboard."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from tracker.errors import NotFound
from tracker.models import Membership, User


def account(user: User | AnonymousUser) -> User:
    """Return the signed-in account; doors have let nobody else in."""
    if isinstance(user, AnonymousUser):
        raise NotFound
    return user


def clinic_ids(user: User) -> list[int]:
    """Return the clinics where the account works, in whatever role."""
    mine = Membership.objects.filter(user=user).order_by("clinic")
    return list(mine.values_list("clinic", flat=True).distinct())
