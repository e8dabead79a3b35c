"""The analysis as a Django app: what it listens to."""

from __future__ import annotations

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Nothing here may load pandas: the web process listens, too.
        from analytics.services import hints, red_flags
        from tracker import signals

        signals.red_flags_found.connect(
            red_flags.on_red_flags_found, dispatch_uid="analytics.on_red_flags_found"
        )
        signals.motor_drop_asked.connect(
            red_flags.on_motor_drop_asked, dispatch_uid="analytics.on_motor_drop_asked"
        )
        signals.diary_changed.connect(
            hints.on_diary_changed, dispatch_uid="analytics.on_diary_changed"
        )
