"""The tracker app, and what it offers to phones."""

from __future__ import annotations

from django.apps import AppConfig


class TrackerConfig(AppConfig):
    name = "tracker"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer phones what the clinic writes for them."""
        from tracker.selectors import clinic_records
        from tracker.services.sync import readonly

        readonly.register("treatments", clinic_records.treatments_for_phone)
        readonly.register("messages", clinic_records.messages_for_phone)
