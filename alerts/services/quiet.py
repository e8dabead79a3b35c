"""A person's quiet hours: kept, and applied to messages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from zoneinfo import available_timezones

from alerts.domain import quiet
from alerts.domain.quiet import LONGEST_HOURS
from alerts.errors import QuietHoursInvalid
from alerts.models import Alert, QuietHours
from alerts.selectors.quiet import quiet_hours_by_person
from tracker.models import User


def set_quiet_hours(
    user: User, *, starts: time, ends: time, timezone: str
) -> QuietHours:
    """Store a person's quiet hours, at most a night; QuietHoursInvalid."""
    if timezone not in available_timezones():
        message = "Use an IANA time zone such as Europe/Berlin."
        raise QuietHoursInvalid(message)
    if quiet.hours(starts, ends) > LONGEST_HOURS:
        message = f"Quiet hours last at most {LONGEST_HOURS} hours."
        raise QuietHoursInvalid(message)
    stored, _ = QuietHours.objects.update_or_create(
        user=user, defaults={"starts": starts, "ends": ends, "timezone": timezone}
    )
    return stored


def forget_quiet_hours(user: User) -> None:
    """Let a person be disturbed at any hour."""
    QuietHours.objects.filter(user=user).delete()


def held_until(
    alert: Alert, people: Collection[int], *, now: datetime
) -> dict[int, datetime]:
    """Return until when messages to these people wait: for an emergency, nobody's."""
    return quiet.held_until(
        quiet_hours_by_person(people), (alert.tier, alert.patient_tier), now=now
    )
