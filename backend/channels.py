"""What the environment says of the ways to people, as Django's settings."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from backend.env import Environment


def limits(env: Environment) -> dict[str, str]:
    """Return how many messages each channel may send; an empty text is no limit."""
    return {
        "email": env.rate("LIMIT_EMAIL", ""),
        "web_push": env.rate("LIMIT_WEB_PUSH", ""),
        "fcm": env.rate("LIMIT_FCM", "600000/min"),
        "apns": env.rate("LIMIT_APNS", ""),
        "sms": env.rate("LIMIT_SMS", "60/min"),
        "webhook": env.rate("LIMIT_WEBHOOK", ""),
    }


#: What django-anymail sends through with nothing but the options below.
MAIL_PROVIDERS: Final = (
    *("BREVO", "MAILERSEND", "MAILGUN", "MAILJET", "MAILTRAP", "POSTAL"),
    *("POSTMARK", "RESEND", "SENDGRID", "SPARKPOST", "UNISENDER_GO"),
)


def mail_provider(env: Environment) -> dict[str, Any]:
    """Return what django-anymail needs, nothing without a provider.

    Options are written like a query, `api_key=...&sender_domain=...`, in the names that
    django-anymail gives them, without the provider before them.
    """
    provider = env.choice("EMAIL_PROVIDER", "", MAIL_PROVIDERS)
    if not provider:
        return {"EMAIL_PROVIDER": ""}
    options = dict(parse_qsl(env.text("EMAIL_PROVIDER_OPTIONS")))
    named = {f"{provider}_{name}".upper(): value for name, value in options.items()}
    secret = named.pop(f"{provider}_WEBHOOK_SECRET", None)
    return {
        "EMAIL_PROVIDER": provider.lower(),
        "EMAIL_BACKEND": f"anymail.backends.{provider.lower()}.EmailBackend",
        "ANYMAIL": {
            **named,
            **({"WEBHOOK_SECRET": secret} if secret else {}),
            "REQUESTS_TIMEOUT": 10,
        },
    }


def mail(url: str, *, demo: bool) -> dict[str, Any]:
    """Return where mail leaves; without an address the demo writes it into a folder.

    In production every mail fails then and is seen to fail: printed to the console it
    would count as sent, and nobody would ever be told.
    """
    parts = urlsplit(url)
    transport = "filebased" if demo and not url else "smtp"
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{transport}.EmailBackend",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 10,
    }
