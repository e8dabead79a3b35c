"""Who would rather not be disturbed, and when."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser

from alerts.domain.quiet import Quiet
from alerts.models import QuietHours
from tracker.errors import NotFound
from tracker.models import User


def quiet_hours_of(user: User | AnonymousUser) -> QuietHours:
    """Return the account's own quiet hours, or raise NotFound."""
    found = QuietHours.objects.filter(user=user.pk).first()
    if found is None:
        raise NotFound
    return found


def quiet_hours_by_person(people: Collection[int]) -> dict[int, Quiet]:
    """Return the quiet hours of those of these accounts who have any."""
    return {
        row.user_id: Quiet(
            starts=row.starts, ends=row.ends, zone=ZoneInfo(row.timezone)
        )
        for row in QuietHours.objects.filter(user__in=people)
    }
