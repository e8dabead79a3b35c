"""What the environment says of the ways to people, as Django's settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

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
