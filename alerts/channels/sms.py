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
        refused = http.refusal(send(point.address, delivery))
        if refused:
            raise refused


def _by_twilio(number: str, delivery: Outgoing) -> httpx.Response:
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
    return answer


def _twilio_code(answer: httpx.Response) -> int | None:
    try:
        code = answer.json().get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None


def _by_gateway(number: str, delivery: Outgoing) -> httpx.Response:
    token = settings.SMS_GATEWAY_TOKEN
    return http.post(
        settings.SMS_GATEWAY_URL,
        json={"id": str(delivery.pk), "to": number, "text": message.body(delivery)},
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
