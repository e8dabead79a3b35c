"""E-mail: says that there is something to open, and nothing of what it is."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage

from alerts.channels import mail_provider
from alerts.channels.base import ChannelError, Outgoing, Sent
from alerts.channels.message import link, voice


SUBJECT: Final = "Rootwatch: please open the dashboard"
WAITS: Final = "Something in Rootwatch waits for your answer."
OPEN: Final = "Please open the dashboard:"
ALERT: Final = "Alert"

#: From here on an SMTP answer means: do not try this again.
PERMANENT_FROM: Final = 500
#: An enhanced code of policy (RFC 3463, section 3.8): relaying denied, sender not
#: authenticated, taken for spam. The operator's to mend; the mailbox may be well.
POLICY: Final = b"5.7."


class Email:
    """One message by SMTP or a provider's API, under an id that a repeat shares."""

    name = "email"
    goes_out = True
    one_provider = True
    is_set_up = True

    def send(self, delivery: Outgoing) -> Sent:
        """Hand the message to the mail server, or raise ChannelError."""
        if not delivery.recipient.email or not delivery.recipient.is_active:
            code = "no_address"
            raise ChannelError(code, permanent=True)
        if settings.EMAIL_PROVIDER:
            mail_provider.send(message(delivery), delivery)
            return Sent()
        _by_smtp(message(delivery))
        return Sent()


def message(delivery: Outgoing) -> EmailMessage:
    """Return the message; the same delivery always has the same Message-ID."""
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = sender.rpartition("@")[2] or "rootwatch"
    say = voice(delivery).headline
    ending = f"{say(ALERT)} {delivery.alert_id}"
    return EmailMessage(
        subject=say(SUBJECT),
        body=f"{say(WAITS)}\n\n{say(OPEN)}\n{link(delivery)}\n\n{ending}\n",
        to=[delivery.recipient.email],
        headers={
            "Message-ID": f"<{delivery.pk}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _by_smtp(mail: EmailMessage) -> None:
    try:
        accepted = mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused(list(error.recipients.values())) from None
    except smtplib.SMTPAuthenticationError:
        # The operator's to mend, not the address's fault: keep trying.
        code = "login_refused"
        raise ChannelError(code, permanent=False) from None
    except smtplib.SMTPDataError as error:
        raise _refused([(error.smtp_code, error.smtp_error)]) from None
    except smtplib.SMTPResponseException as error:
        # The greeting, our name or our sender is refused: it is us, not the address.
        raise _ours(error.smtp_code) from None
    except (smtplib.SMTPException, OSError):
        code = "unreachable"
        raise ChannelError(code, permanent=False) from None
    if not accepted:
        code = "not_accepted"
        raise ChannelError(code, permanent=False)


def _refused(answers: list[tuple[int, bytes | str]]) -> ChannelError:
    """Return what the server's answers to the recipient or the mail mean."""
    if not answers:
        return ChannelError("refused", permanent=False)
    code, text = min(answers)
    said = text if isinstance(text, bytes) else text.encode()
    if said.startswith(POLICY):
        return _ours(code)
    return ChannelError(f"smtp_{code}", permanent=code >= PERMANENT_FROM)


def _ours(code: int) -> ChannelError:
    return ChannelError(f"smtp_{code}", permanent=False)
