"""All that a message outside the app says: that there is something to open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings

from alerts.channels.base import Nudge, Outgoing
from alerts.domain import reminders
from tracker.services.voice import Voice


TITLE: Final = "Rootwatch"
BODY: Final = "Please open Rootwatch."
NUDGE: Final = "Your diary is waiting for today's entry."
SILENCE: Final = "We have not heard from you. Please open Rootwatch."
NUDGES: Final[Mapping[str, str]] = {reminders.DIARY: NUDGE, reminders.SILENCE: SILENCE}

#: How long a provider keeps a message for a device that is away.
#: Source: our choice, a day; the alert itself is in the app by then.
KEPT: Final = timedelta(days=1)


def link(delivery: Outgoing) -> str:
    """Return the address of the worklist."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/?alert={delivery.alert_id}"


def body(delivery: Outgoing) -> str:
    """Return the one sentence, in the language of whoever reads it."""
    words = NUDGES[delivery.about] if isinstance(delivery, Nudge) else BODY
    return voice(delivery).headline(words)


def voice(delivery: Outgoing) -> Voice:
    """Return how to speak to the recipient: a patient, else as chosen for the pages."""
    patient = getattr(delivery.recipient, "patient", None)
    return Voice((patient or delivery.recipient).language or "en")


def data(delivery: Outgoing) -> dict[str, Any]:
    """Return what an app needs to fetch the alert and to tell a repeat."""
    ids = {"message_id": str(delivery.pk)}
    if isinstance(delivery, Nudge):
        return ids | {"reminder": delivery.about}
    return ids | {"alert_id": str(delivery.alert_id)}


def collapse_key(delivery: Outgoing) -> str:
    """Return what lets a later message of the same alert replace an unread one."""
    return (delivery.alert_id or delivery.pk).hex


def presses(delivery: Outgoing) -> bool:
    """Return whether it may wake somebody up."""
    return not isinstance(delivery, Nudge)


def heard(delivery: Outgoing) -> dict[str, str]:
    """Return how an iPhone makes itself heard, by APNs and by FCM alike."""
    level = "time-sensitive" if presses(delivery) else "active"
    return {"sound": "default", "interruption-level": level}


def seconds_kept(delivery: Outgoing) -> int:
    """Return how long a provider keeps it; a late reminder of the diary only annoys."""
    is_daily = isinstance(delivery, Nudge) and delivery.about == reminders.DIARY
    return int((reminders.LATEST if is_daily else KEPT).total_seconds())
