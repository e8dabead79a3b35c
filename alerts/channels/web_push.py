"""Web push: encrypted for one browser (RFC 8291), signed as this server (RFC 8292)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
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
        "sub": f"mailto:{settings.DEFAULT_FROM_EMAIL}",
    }
    key = Vapid02.from_string(settings.VAPID_PRIVATE_KEY)
    headers: dict[str, str] = key.sign(claims)
    return headers
