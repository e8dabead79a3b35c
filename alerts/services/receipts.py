"""What apps say of the messages that they got."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from alerts.models import Delivery
from alerts.services import unread
from tracker.errors import NotFound
from tracker.models import User


DELIVERED: Final = "delivered"
SEEN: Final = "seen"
STATES: Final = (DELIVERED, SEEN)


def note(message_id: UUID, *, by: User, state: str, now: datetime) -> None:
    """Note when a message first arrived or was first seen; what was seen has arrived.

    Safe in any order and any number. Somebody else's message is NotFound.
    """
    mine = Delivery.objects.filter(pk=message_id, recipient=by)
    if not arrived(mine, now=now):
        raise NotFound
    if state == SEEN:
        mine.update(seen_at=Coalesce("seen_at", now))
        unread.seen(mine)


def arrived(messages: QuerySet[Delivery], *, now: datetime) -> int:
    """Note when messages first arrived; return how many there are."""
    return messages.update(delivered_at=Coalesce("delivered_at", now))
