"""The analysis in the admin: for operations, so without clinical content; read-only."""

from __future__ import annotations

from django.contrib import admin

from analytics.models import AnalysisRun, AnalysisState, Flag, RuleOverride
from tracker.admin import ReadOnly


@admin.register(Flag)
class FlagAdmin(ReadOnly, admin.ModelAdmin[Flag]):
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
class AnalysisStateAdmin(ReadOnly, admin.ModelAdmin[AnalysisState]):
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
class AnalysisRunAdmin(ReadOnly, admin.ModelAdmin[AnalysisRun]):
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


@admin.register(RuleOverride)
class RuleOverrideAdmin(ReadOnly, admin.ModelAdmin[RuleOverride]):
    fields = (
        "clinic",
        "rule",
        "setting",
        "value",
        "why",
        "changed_by",
        "changed_at",
    )
    list_display = ("id", *fields)
    list_filter = ("rule",)
    ordering = ("-id",)
