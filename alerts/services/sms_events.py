"""What Twilio reports after it has taken a text: it arrived, or it did not."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final
from uuid import UUID

from alerts.channels import Gone
from alerts.channels.sms import DEAD_AFTERWARDS
from alerts.domain.contacts import SMS
from alerts.models import ContactPoint, Delivery
from alerts.services import contacts, receipts, sending


logger = logging.getLogger(__name__)

#: That Twilio has it, or has passed it on, says nothing yet.
ARRIVED: Final = "delivered"
LOST: Final = frozenset({"undelivered", "failed"})


def on_report(
    delivery_id: UUID, point_id: int, *, status: str, code: str, now: datetime
) -> None:
    """Heed one report; repeated or unknown ones change nothing.

    A message that went to several numbers has failed when none is left that it may have
    reached.
    """
    rows = Delivery.objects.filter(pk=delivery_id, channel=SMS)
    delivery = rows.select_related("recipient").first()
    if delivery is None:
        return
    if status == ARRIVED:
        receipts.arrived(rows, now=now)
    if status not in LOST:
        return
    told = f"twilio_{code or status}"[:60]
    if code in DEAD_AFTERWARDS:
        contacts.retire([Gone(point_id, told)], now=now)
    others = ContactPoint.objects.filter(
        user=delivery.recipient, kind=SMS, retired_at__isnull=True
    ).exclude(pk=point_id)
    if delivery.delivered_at is None and not others.exists():
        sending.came_back(delivery, told, now=now)
