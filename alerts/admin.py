"""Alerts in the admin: for operations, so without clinical content, and read-only."""

from __future__ import annotations

from django.contrib import admin

from alerts.models import (
    Alert,
    AlertLog,
    AlertNote,
    ContactPoint,
    Cover,
    DeadMailbox,
    Delivery,
    EscalationPolicy,
    Holiday,
    PolicyStep,
    Shift,
)
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


@admin.register(AlertNote)
class AlertNoteAdmin(ReadOnly, admin.ModelAdmin[AlertNote]):
    """Who wrote a note and when; never what."""

    list_display = ("written_at", "alert_id", "author", "kind")
    fields = list_display
    list_filter = ("kind",)
    ordering = ("-written_at",)


@admin.register(DeadMailbox)
class DeadMailboxAdmin(ReadOnly, admin.ModelAdmin[DeadMailbox]):
    """Whose mail is refused for good."""

    list_display = ("user", "since", "error_code")


@admin.register(ContactPoint)
class ContactPointAdmin(ReadOnly, admin.ModelAdmin[ContactPoint]):
    list_display = (
        "id",
        "user_id",
        "kind",
        "created_at",
        "last_success_at",
        "retired_at",
        "retired_because",
    )
    fields = list_display
    list_filter = ("kind", "retired_because")
    ordering = ("-created_at",)


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


@admin.register(Shift)
class ShiftAdmin(ForSuperusers, admin.ModelAdmin[Shift]):
    list_display = (
        "care_team",
        "line",
        "clinician",
        "weekday",
        "day",
        "starts",
        "ends",
    )
    list_filter = ("care_team",)


@admin.register(Holiday)
class HolidayAdmin(ForSuperusers, admin.ModelAdmin[Holiday]):
    list_display = ("clinic", "day", "name")
    list_filter = ("clinic",)


@admin.register(Cover)
class CoverAdmin(ForSuperusers, admin.ModelAdmin[Cover]):
    list_display = ("care_team", "absent", "by", "starts_at", "ends_at")
    list_filter = ("care_team",)


class PolicyStepInline(ReadOnly, admin.TabularInline[PolicyStep, EscalationPolicy]):
    model = PolicyStep
    extra = 1


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(ReadOnly, admin.ModelAdmin[EscalationPolicy]):
    list_display = ("clinic", "care_team", "last_resort_percent", "repeat_count")
    inlines = (PolicyStepInline,)
