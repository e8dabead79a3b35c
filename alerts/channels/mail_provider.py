"""E-mail through the API of a provider, by django-anymail, and what it reports later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from alerts.channels import http
from alerts.channels.base import ChannelError, Outgoing


if TYPE_CHECKING:
    from django.core.mail import EmailMessage

#: The name under which a message carries its id to the provider and back.
CARRIED: Final = "delivery"
#: Of all refusals only this one is about the address (a malformed one); the others are
#: the operator's to mend, such as a domain that the provider does not know.
_BAD_ADDRESS: Final = 400


def send(mail: EmailMessage, delivery: Outgoing) -> None:
    """Hand one mail to the provider, or raise ChannelError."""
    from anymail.exceptions import (
        AnymailAPIError,
        AnymailError,
        AnymailRecipientsRefused,
    )

    mail.metadata = {CARRIED: str(delivery.pk)}  # type: ignore[attr-defined]
    try:
        mail.send()
    except AnymailRecipientsRefused:  # it is on the provider's list of dead addresses
        code = "refused"
        raise ChannelError(code, permanent=True) from None
    except AnymailAPIError as error:
        raise _refusal(error.response) from None
    except (AnymailError, OSError):
        code = "not_accepted"
        raise ChannelError(code, permanent=False) from None


def _refusal(answer: Any) -> ChannelError:
    if answer is None:
        return ChannelError("unreachable", permanent=False)
    refused = http.refusal(answer) or ChannelError("not_understood", permanent=False)
    refused.permanent = answer.status_code == _BAD_ADDRESS
    return refused
