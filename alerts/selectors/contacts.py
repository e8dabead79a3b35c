"""Where people can be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from alerts.models import ContactPoint
from tracker.models import User


def contact_points(user: User) -> QuerySet[ContactPoint]:
    """Return the person's contact points that are in use, the oldest first."""
    return ContactPoint.objects.filter(user=user, retired_at__isnull=True).order_by(
        "created_at", "pk"
    )


def kinds_of(people: Iterable[int]) -> Mapping[int, list[str]]:
    """Return the kinds of contact points in use, by account."""
    rows = ContactPoint.objects.filter(user__in=people, retired_at__isnull=True)
    found: dict[int, list[str]] = defaultdict(list)
    for person, kind in rows.order_by("kind").values_list("user", "kind").distinct():
        found[person].append(kind)
    return found
