"""Webhooks, signed as Standard Webhooks says: other systems of a clinic."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook as Signer

from alerts.channels import http, message
from alerts.channels.base import Outgoing
from alerts.channels.points import PointGone, ToPoints
from alerts.domain.contacts import WEBHOOK
from alerts.models import ContactPoint


#: The receiver has ended it (Standard Webhooks: 410 means, send no more).
_GONE: Final = 410
_REDIRECTS: Final = range(300, 400)


class Webhook(ToPoints):
    """Addresses that staff have registered for another system of theirs."""

    name = WEBHOOK
    one_provider = False
    is_set_up = True

    def push(self, point: ContactPoint, delivery: Outgoing) -> None:
        """Send one signed message to one address; a redirect is not followed."""
        now = datetime.fromtimestamp(int(time.time()), UTC)
        data = {**message.data(delivery), "link": message.link(delivery)}
        body = json.dumps(
            {"type": "alert.waiting", "timestamp": now.isoformat(), "data": data}
        )
        message_id = f"msg_{delivery.pk.hex}"
        answer = http.post_outward(
            point.address,
            content=body,
            headers={
                "Content-Type": "application/json",
                "webhook-id": message_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Signer(point.keys["secret"]).sign(
                    message_id, now, body
                ),
            },
        )
        if answer.status_code == _GONE:
            raise PointGone(f"http_{_GONE}")
        if answer.status_code in _REDIRECTS:
            raise PointGone("redirects")
        refused = http.refusal(answer)
        if refused:
            refused.permanent = False  # the standard: whatever it is, try again
            raise refused
