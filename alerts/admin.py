"""Alerts in the admin: for operations, so without clinical content, and read-only."""

from __future__ import annotations

from django.contrib import admin

from alerts.models import Alert, AlertLog, Delivery, OnCallStep
from tracker.admin import ForSuperusers, ReadOnly


@admin.register(Alert)
class AlertAdmin(ReadOnly, admin.ModelAdmin[Alert]):
    fields = (
        "id",
        "tier",
        "state",
        "opened_at",
        "acknowledge_by",
        "step",
        "next_step_at",
        "acknowledged_at",
        "snoozed_until",
        "resolved_at",
    )
    list_display = fields
    list_filter = ("state", "tier")
    ordering = ("-opened_at",)


@admin.register(AlertLog)
class AlertLogAdmin(ReadOnly, admin.ModelAdmin[AlertLog]):
    list_display = ("at", "alert_id", "action", "from_state", "to_state")
    fields = (*list_display, "detail")
    list_filter = ("action",)
    ordering = ("-at",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin[Delivery]):
    list_display = (
        "id",
        "alert_id",
        "channel",
        "step",
        "wave",
        "state",
        "due_at",
        "attempt_count",
        "sent_at",
        "error_code",
    )
    fields = list_display
    list_filter = ("state", "channel")
    ordering = ("-created_at",)


@admin.register(OnCallStep)
class OnCallStepAdmin(ForSuperusers, admin.ModelAdmin[OnCallStep]):
    list_display = ("care_team", "position", "clinician")
    list_filter = ("care_team",)
