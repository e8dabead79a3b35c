"""The wiring as a Django app: its checks, its schema extensions, its commands."""

from __future__ import annotations

from django.apps import AppConfig


class BackendConfig(AppConfig):
    name = "backend"
    verbose_name = "Server"

    def ready(self) -> None:
        from backend import checks, schema  # noqa: F401
