"""Who is at the keyboard."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from tracker.errors import NotFound
from tracker.models import User


def account(user: User | AnonymousUser) -> User:
    """Return the signed-in account; doors have let nobody else in."""
    if isinstance(user, AnonymousUser):
        raise NotFound
    return user
