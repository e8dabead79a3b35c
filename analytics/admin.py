"""The analysis in the admin: for operations, so without clinical content; read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from analytics.models import AnalysisRun, AnalysisState, Flag


if TYPE_CHECKING:
    ReadOnlyBase = admin.ModelAdmin[AnalysisRun | AnalysisState | Flag]
else:
    ReadOnlyBase = admin.ModelAdmin


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


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    fields = (
        "id",
        "rule",
        "rule_version",
        "tier",
        "raised_on",
        "raised_at",
        "late",
        "examine_by",
        "status",
    )
    list_display = fields
    list_filter = ("status", "tier", "rule")
    ordering = ("-raised_at",)


@admin.register(AnalysisState)
class AnalysisStateAdmin(ReadOnly):
    fields = (
        "patient_id",
        "analysed_seq",
        "analysed_quarantine_id",
        "due_at",
        "claimed_until",
        "failure_count",
    )
    list_display = fields
    ordering = ("due_at",)


@admin.register(AnalysisRun)
class AnalysisRunAdmin(ReadOnly):
    fields = (
        "patient_id",
        "started_at",
        "finished_at",
        "through_seq",
        "engine_version",
        "flag_count",
        "error_code",
    )
    list_display = ("id", *fields)
    list_filter = ("error_code",)
    ordering = ("-started_at",)
