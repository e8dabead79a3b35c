"""Apple Push Notification service: HTTP/2, with a token signed by the team's key."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jwt
from django.conf import settings

from alerts.channels import http, message
from alerts.channels.base import ChannelError, Outgoing
from alerts.channels.points import PointGone, ToPoints, doubtful
from alerts.domain.contacts import APNS
from alerts.models import ContactPoint


if TYPE_CHECKING:
    import httpx

#: How long one signed token is used. Unit: seconds.
#: Source: Apple: renew no more often than every 20 and no less than every 60 minutes.
TOKEN_LIFE: Final = 40 * 60
#: What Apple says of a token that will never work again.
_GONE: Final = frozenset({"Unregistered", "ExpiredToken"})
#: The token is of another environment or app, or APNS_URL or APNS_TOPIC is.
_ELSEWHERE: Final = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic"})
#: Refusals under 400 that the operator's settings cause.
_OPERATORS: Final = frozenset({"BadTopic", "MissingTopic", "TopicDisallowed"})


class Apns(ToPoints):
    """iPhones and iPads that have registered a device token."""

    name = APNS

    @property
    def is_set_up(self) -> bool:
        """Return whether there is a key, and an app to send to."""
        return bool(settings.APNS_KEY and settings.APNS_TOPIC)

    def push(self, point: ContactPoint, delivery: Outgoing) -> None:
        """Send one message to one device."""
        now, presses = int(time.time()), message.presses(delivery)
        words = {"title": message.TITLE, "body": message.body(delivery)}
        aps = {"alert": words, **message.heard(delivery)}
        answer = http.post(
            f"{settings.APNS_URL}/3/device/{point.address}",
            http2_only=True,
            json={"aps": aps, **message.data(delivery)},
            headers={
                "authorization": f"bearer {_token(now // TOKEN_LIFE)}",
                "apns-topic": settings.APNS_TOPIC,
                "apns-push-type": "alert",
                "apns-priority": "10" if presses else "5",
                "apns-id": str(delivery.pk),
                "apns-collapse-id": message.collapse_key(delivery),
                "apns-expiration": str(now + message.seconds_kept(delivery)),
            },
        )
        reason = _reason(answer)
        if reason in _GONE:
            raise _gone(point, reason, since=_since(answer))
        if reason in _ELSEWHERE:
            raise doubtful(point, reason)
        refused = http.refusal(answer, code=reason, operators=reason in _OPERATORS)
        if refused:
            raise refused


def _gone(point: ContactPoint, reason: str, *, since: datetime | None) -> ChannelError:
    """Return what it means that a token was found dead: one registered since then lives."""
    if since and since < point.registered_at:
        return ChannelError(reason, permanent=False)
    return PointGone(reason)


@cache
def _key(path: str) -> str:
    return Path(path).read_text(encoding="ascii")


@cache
def _token(period: int) -> str:
    return jwt.encode(
        {"iss": settings.APNS_TEAM_ID, "iat": period * TOKEN_LIFE},
        _key(settings.APNS_KEY),
        algorithm="ES256",
        headers={"kid": settings.APNS_KEY_ID},
    )


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["reason"])[:40] if answer.content else ""
    except (ValueError, KeyError, TypeError):
        return ""


def _since(answer: httpx.Response) -> datetime | None:
    """Return when Apple last found the token dead (`timestamp`, milliseconds)."""
    try:
        return datetime.fromtimestamp(answer.json()["timestamp"] / 1000, tz=UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None
