"""What `manage.py check` refuses besides Django's own list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.compatibility)
def check_time_zone(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a server that does not think in UTC."""
    if settings.USE_TZ and settings.TIME_ZONE == "UTC":
        return []
    return [
        Error("Instants are stored in UTC; TIME_ZONE must be UTC.", id="backend.E001")
    ]


@register(Tags.database)
def check_database(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse any database but PostgreSQL: locks, triggers and constraints need it."""
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine.endswith(("postgresql", "backend.pooled")):
        return []
    return [Error("The database must be PostgreSQL.", id="backend.E002")]


@register(Tags.security, deploy=True)
def check_not_demo(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of a deployment that runs as the demo."""
    if not settings.DEMO:
        return []
    return [
        checks.Warning("DEMO is on: cookies travel without HTTPS.", id="backend.W001")
    ]


@register(Tags.security, deploy=True)
def check_second_factor(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn when a password alone opens every diary of a clinic."""
    if settings.REQUIRE_CLINICIAN_MFA:
        return []
    return [checks.Warning("REQUIRE_CLINICIAN_MFA is off.", id="backend.W002")]


@register(Tags.security, deploy=True)
def check_mail(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn when no alert can leave by e-mail."""
    if settings.EMAIL_PROVIDER or settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return []
    return [
        checks.Warning(
            "EMAIL_URL is not set: alerts reach nobody by e-mail.", id="backend.W003"
        )
    ]
