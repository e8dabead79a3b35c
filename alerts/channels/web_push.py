"""Web push: encrypted for one browser (RFC 8291), signed as this server (RFC 8292)."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

from alerts.channels import http, message
from alerts.channels.base import Outgoing
from alerts.channels.points import PointGone, ToPoints
from alerts.domain.contacts import WEB_PUSH
from alerts.models import ContactPoint


#: The subscription has ended (RFC 8030, section 7.3).
_GONE: Final = frozenset({404, 410})
#: Why a point is retired whose subscription has ended.
DEAD: Final = tuple(f"http_{status}" for status in sorted(_GONE))
#: How long a signature is good for. Unit: seconds.
#: Source: RFC 8292, section 2: at most a day by the clock of the push service, which may
#: be behind ours; so half of it.
SIGNED_FOR: Final = 12 * 3600
#: Under which name a contact point keeps the key that its browser subscribed with.
SUBSCRIBED_WITH: Final = "vapid"
ANOTHER_KEY: Final = "another_key"


class WebPush(ToPoints):
    """Browsers, through the push service of each."""

    name = WEB_PUSH
    one_provider = False

    @property
    def is_set_up(self) -> bool:
        """Return whether there is a key to sign with."""
        return bool(settings.VAPID_PRIVATE_KEY)

    def push(self, point: ContactPoint, delivery: Outgoing) -> None:
        """Send one encrypted message to the subscription's push service."""
        if is_for_another_key(point):
            raise PointGone(ANOTHER_KEY)
        answer = http.post_outward(
            point.address,
            content=_encrypted(point, delivery),
            headers={
                **_signed(point.address),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(message.seconds_kept(delivery)),
                "Urgency": "high" if message.presses(delivery) else "normal",
                "Topic": message.collapse_key(delivery),
            },
        )
        if answer.status_code in _GONE:
            raise PointGone(f"http_{answer.status_code}")
        refused = http.refusal(answer)
        if refused:
            raise refused


def is_for_another_key(point: ContactPoint) -> bool:
    """Return whether the browser subscribed with a key that the server has no more.

    Push services refuse such messages as they refuse a wrong signature, for ever.
    """
    current = public_key()
    return bool(point.keys.get(SUBSCRIBED_WITH, current) != current)


def public_key() -> str:
    """Return what a browser subscribes with, base64url."""
    key = Vapid02.from_string(settings.VAPID_PRIVATE_KEY).public_key
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def _encrypted(point: ContactPoint, delivery: Outgoing) -> bytes:
    from pywebpush import WebPusher

    words = {"title": message.TITLE, "body": message.body(delivery)}
    payload = json.dumps({**words, **message.data(delivery)}).encode()
    subscription = {"endpoint": point.address, "keys": point.keys}
    body: bytes = WebPusher(subscription).encode(payload)["body"]
    return body


def _signed(endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + SIGNED_FOR,
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    key = Vapid02.from_string(settings.VAPID_PRIVATE_KEY)
    headers: dict[str, str] = key.sign(claims)
    return headers
