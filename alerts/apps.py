"""Alerts as a Django app: what it listens to, and what it offers to phones."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts.selectors import patient
        from alerts.services import baselines, consent, handing_over, sweeping
        from analytics.signals import flags_raised
        from tracker.services.sync import readonly
        from tracker.signals import (
            care_changed,
            consent_withdrawn,
            emergency_asked,
            patient_moved,
        )

        flags_raised.connect(
            sweeping.on_flags_raised, dispatch_uid="alerts.on_flags_raised"
        )
        consent_withdrawn.connect(
            consent.on_consent_withdrawn, dispatch_uid="alerts.on_consent_withdrawn"
        )
        patient_moved.connect(
            handing_over.on_patient_moved, dispatch_uid="alerts.on_patient_moved"
        )
        care_changed.connect(
            handing_over.on_care_changed, dispatch_uid="alerts.on_care_changed"
        )
        emergency_asked.connect(
            baselines.on_emergency_asked, dispatch_uid="alerts.on_emergency_asked"
        )
        readonly.register("alerts", patient.changes)
