"""Alerts in the admin: for operations, so without clinical content, and read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from alerts.models import Alert, AlertLog, Delivery, OnCallStep


if TYPE_CHECKING:
    ReadOnlyBase = admin.ModelAdmin[Alert | AlertLog | Delivery]
    OnCallBase = admin.ModelAdmin[OnCallStep]
else:
    ReadOnlyBase = OnCallBase = admin.ModelAdmin


class ReadOnly(ReadOnlyBase):
    """A table that the admin shows and never changes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: object | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: object | None = None
    ) -> bool:
        return False


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    fields = (
        "id",
        "tier",
        "state",
        "opened_at",
        "acknowledge_by",
        "step",
        "next_step_at",
        "acknowledged_at",
        "resolved_at",
    )
    list_display = fields
    list_filter = ("state", "tier")
    ordering = ("-opened_at",)


@admin.register(AlertLog)
class AlertLogAdmin(ReadOnly):
    list_display = ("at", "alert_id", "action", "from_state", "to_state")
    fields = (*list_display, "detail")
    list_filter = ("action",)
    ordering = ("-at",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
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
class OnCallStepAdmin(OnCallBase):
    list_display = ("care_team", "position", "clinician")
    list_filter = ("care_team",)
