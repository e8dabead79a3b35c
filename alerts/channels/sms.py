"""Text messages: through Twilio, or through any gateway that takes a JSON POST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings

from alerts.channels import http, message
from alerts.channels.base import Outgoing
from alerts.channels.points import PointGone, ToPoints
from alerts.domain.contacts import SMS
from alerts.models import ContactPoint


if TYPE_CHECKING:
    import httpx

#: Twilio's codes for a number that takes no messages: not valid, no mobile, unsubscribed.
_GONE: Final = frozenset({21211, 21214, 21217, 21610, 21614})
#: Its codes for what is the operator's to mend, which it sends as 400: the sender is not
#: valid, missing or not theirs, its queue is full, a region is not allowed or not reached
#: by it, the account is on trial.
_OPERATORS: Final = frozenset({21212, 21408, 21603, 21606, 21608, 21611, 21612, 21659})


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
        send(point.address, delivery)


def _by_twilio(number: str, delivery: Outgoing) -> None:
    account = settings.TWILIO_ACCOUNT
    answer = http.post(
        f"{settings.TWILIO_URL}/2010-04-01/Accounts/{account}/Messages.json",
        data={
            "To": number,
            "From": settings.TWILIO_FROM,
            "Body": message.body(delivery),
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


def _twilio_code(answer: httpx.Response) -> int | None:
    try:
        code = answer.json().get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None


def _by_gateway(number: str, delivery: Outgoing) -> None:
    token = settings.SMS_GATEWAY_TOKEN
    answer = http.post(
        settings.SMS_GATEWAY_URL,
        json={"id": str(delivery.pk), "to": number, "text": message.body(delivery)},
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    refused = http.refusal(answer)
    if refused:
        raise refused
