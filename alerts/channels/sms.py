"""Text messages: through Twilio, or through any gateway that takes a JSON POST."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.conf import settings

from alerts.channels import http, message
from alerts.channels.base import Outgoing
from alerts.channels.points import PointGone, ToPoints
from alerts.domain.contacts import SMS
from alerts.models import ContactPoint


if TYPE_CHECKING:
    import httpx

#: Where on this server Twilio reports.
REPORTS: Final = "/sms/events"

#: Twilio's codes for a number that takes no messages: not valid, no mobile, unsubscribed.
_GONE: Final = frozenset({21211, 21214, 21217, 21610, 21614})
#: Its codes for what is the operator's to mend, which it sends as 400: the sender is not
#: valid, missing or not theirs, its queue is full, a region is not allowed or not reached
#: by it, the account is on trial.
_OPERATORS: Final = frozenset(
    {21212, 21408, 21603, 21606, 21608, 21609, 21611, 21612, 21659}
)
#: What it reports of a number after it has taken the message: nobody has it, or it is a
#: landline. An app or telephone that is switched off (30003) is not dead.
DEAD_AFTERWARDS: Final = frozenset({"21610", "30005", "30006"})


class Sms(ToPoints):
    """Telephones. No link: people learn not to tap links in text messages."""

    name = SMS

    @property
    def is_set_up(self) -> bool:
        """Return whether there is a Twilio account or a gateway."""
        return bool(settings.TWILIO_ACCOUNT or settings.SMS_GATEWAY_URL)

    def push(self, point: ContactPoint, delivery: Outgoing) -> None:
        """Send one text to one number."""
        send = _by_twilio if settings.TWILIO_ACCOUNT else _by_gateway
        send(point, delivery)


def signature(url: str, form: Mapping[str, str]) -> str:
    """Return how Twilio signs a report that it sends to this URL."""
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    key = settings.TWILIO_TOKEN.encode()
    return b64encode(hmac.digest(key, signed.encode(), "sha1")).decode()


def _by_twilio(point: ContactPoint, delivery: Outgoing) -> None:
    account = settings.TWILIO_ACCOUNT
    answer = http.post(
        f"{settings.TWILIO_URL}/2010-04-01/Accounts/{account}/Messages.json",
        data={
            "To": point.address,
            "From": settings.TWILIO_FROM,
            "Body": message.body(delivery),
            **_reported(point, delivery),
        },
        auth=(account, settings.TWILIO_TOKEN),
    )
    code = _twilio_code(answer)
    if code in _GONE:
        raise PointGone(f"twilio_{code}")
    told = f"twilio_{code}" if code else ""
    refused = http.refusal(answer, code=told, operators=code in _OPERATORS)
    if refused:
        raise refused


def _reported(point: ContactPoint, delivery: Outgoing) -> dict[str, str]:
    """Return where Twilio reports what became of the message, if it can reach us."""
    if delivery.alert_id is None or not settings.PUBLIC_URL.startswith("https:"):
        return {}
    which = urlencode({"delivery": delivery.pk, "point": point.pk})
    return {"StatusCallback": f"{settings.PUBLIC_URL.rstrip('/')}{REPORTS}?{which}"}


def _twilio_code(answer: httpx.Response) -> int | None:
    try:
        code = answer.json().get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None


def _by_gateway(point: ContactPoint, delivery: Outgoing) -> None:
    token = settings.SMS_GATEWAY_TOKEN
    answer = http.post(
        settings.SMS_GATEWAY_URL,
        json={
            "id": str(delivery.pk),
            "to": point.address,
            "text": message.body(delivery),
        },
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    refused = http.refusal(answer)
    if refused:
        raise refused
