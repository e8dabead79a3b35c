"""The views that a person has saved."""

from __future__ import annotations

from dashboard.models import SavedView
from tracker.models import User


def views_of(user: User) -> list[SavedView]:
    """Return the saved views of a person by name."""
    return list(SavedView.objects.filter(user=user).order_by("name"))
