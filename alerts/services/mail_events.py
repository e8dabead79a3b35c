"""What a mail provider reports after it has taken a mail: it arrived, or it came back."""

from __future__ import annotations

import logging
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from alerts.channels.email import Email
from alerts.channels.mail_provider import CARRIED
from alerts.models import Delivery
from alerts.services import contacts, sending


logger = logging.getLogger(__name__)

#: Events that end an address; a complaint or a delay does not.
CAME_BACK: Final = frozenset({"bounced", "rejected"})


def on_event(sender: object, event: Any, **_: object) -> None:
    """Heed one event of django-anymail; repeated or unknown ones change nothing."""
    delivery = _delivery(event.metadata)
    if delivery is None:
        return
    if event.event_type in CAME_BACK:
        code = f"{event.event_type}_{event.reject_reason or 'other'}"
        sending.came_back(delivery, code[:60], now=timezone.now())
    elif event.event_type == "delivered":
        contacts.mailbox_took(delivery.recipient)


def _delivery(metadata: Any) -> Delivery | None:
    try:
        key = UUID(str((metadata or {}).get(CARRIED)))
    except (ValueError, AttributeError):
        return None
    rows = Delivery.objects.filter(pk=key, channel=Email.name)
    return rows.select_related("recipient__dead_mailbox").first()
