"""What the analysis keeps: how far it has come, and the flags it raised."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from analytics.domain import findings
from tracker.domain import red_flags
from tracker.models import Clinic, Patient, User


TIERS: list[tuple[str, str]] = [(tier, tier) for tier in red_flags.TIERS]
CATEGORIES: list[tuple[str, str]] = [
    (category, category.replace("_", " ")) for category in findings.CATEGORIES
]


class AnalysisState(models.Model):
    """How far one patient's diary has been analysed, and who is at it now."""

    patient = models.OneToOneField(
        Patient, on_delete=models.CASCADE, primary_key=True, related_name="analysis"
    )
    analysed_seq = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(
        help_text="When the next analysis is due even if nothing new was logged."
    )
    analysed_quarantine_id = models.BigIntegerField(
        default=0, help_text="The last quarantined record judged for danger."
    )
    baselines = models.JSONField(
        default=dict, help_text="What is usual for the patient, for the charts."
    )
    claim_token = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(
        null=True, help_text="Until then nobody else takes the patient up."
    )
    failure_count = models.PositiveIntegerField(
        default=0, help_text="Attempts since the last analysis that succeeded."
    )

    class Meta:
        indexes = [
            # Serves the sweep for patients whose day has turned.
            models.Index(fields=["due_at"], name="analysis_due"),
        ]


class Flag(models.Model):
    """A worsening or a danger that a rule found, with all that it was based on."""

    STATUSES: ClassVar = [("open", "open"), ("closed", "closed")]
    SIDES: ClassVar = [("left", "left"), ("right", "right"), ("both", "both")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="flags")
    key = models.TextField(
        help_text="What makes two flags of a patient the same: rule, side, episode."
    )
    rule = models.CharField(max_length=10)
    rule_version = models.CharField(max_length=20)
    tier = models.CharField(max_length=10, choices=TIERS)
    category = models.CharField(max_length=20, choices=CATEGORIES)
    side = models.CharField(max_length=10, choices=SIDES, blank=True)
    likely_roots = models.JSONField(default=dict)
    onset_on = models.DateField(null=True)
    raised_on = models.DateField(help_text="The patient's day.")
    raised_at = models.DateTimeField()
    late = models.BooleanField(
        default=False, help_text="Raised from entries that arrived days afterwards."
    )
    evidence = models.JSONField()
    rule_changes = models.JSONField(
        default=dict,
        help_text="What the clinic had changed in the rules when this was raised.",
    )
    explanation = models.TextField()
    patient_title = models.TextField()
    patient_text = models.TextField()
    clinician_text = models.TextField(blank=True)
    examine_by = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=STATUSES, default="open")
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "key"], name="flag_once"),
        ]
        indexes = [
            # Serves the patient page and the refractory check of the rules.
            models.Index(fields=["patient", "raised_at"], name="flag_by_patient"),
        ]


class RuleOverride(models.Model):
    """A choice for one number of one rule; the latest counts. Never edited or deleted."""

    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: the operator's choice for all clinics.",
    )
    patient = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="For this patient alone, while they are at the clinic.",
    )
    rule = models.CharField(max_length=10)
    setting = models.CharField(
        max_length=40, help_text="enabled, refractory_days or a number of the rule."
    )
    value = models.FloatField(null=True, help_text="Empty: the default again.")
    expires_on = models.DateField(
        null=True, help_text="The last day of a choice for one patient."
    )
    why = models.TextField(max_length=500)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(why=""), name="rule_override_says_why"
            ),
            models.CheckConstraint(
                condition=models.Q(patient__isnull=True, expires_on__isnull=True)
                | models.Q(
                    models.Q(value__isnull=True) | models.Q(expires_on__isnull=False),
                    patient__isnull=False,
                    clinic__isnull=False,
                ),
                name="rule_override_of_a_patient_ends",
            ),
        ]
        indexes = [
            # Serves the analysis, which asks for the choices for its patients.
            models.Index(
                fields=["patient", "rule", "setting", "-id"],
                condition=models.Q(patient__isnull=False),
                name="rule_override_of_patient",
            ),
            # Serves the analysis, which asks for the latest choice of each setting.
            models.Index(
                fields=["clinic", "rule", "setting", "-id"], name="rule_override_latest"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]


class AnalysisRun(models.Model):
    """One analysis of one patient: what it read and what came of it."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    through_seq = models.BigIntegerField()
    engine_version = models.CharField(max_length=20)
    flag_count = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            # Serves the tidying of old runs.
            models.Index(fields=["started_at"], name="analysis_run_by_age"),
        ]


class RuleTrial(models.Model):
    """What one number of a rule would have done to a clinic's own diaries.

    Computed by workers a shard of patients at a time, in the order of their ids;
    holds counts only, and nobody's name.
    """

    DONE: ClassVar[str] = "done"
    CANCELLED: ClassVar[str] = "cancelled"
    LATE: ClassVar[str] = "late"
    FAILED: ClassVar[str] = "failed"
    ENDS: ClassVar = [(each, each) for each in (DONE, CANCELLED, LATE, FAILED)]

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=10)
    setting = models.CharField(max_length=40)
    value = models.FloatField()
    first_on = models.DateField(help_text="The first day on which flags count.")
    last_on = models.DateField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    rule_version = models.CharField(max_length=20)
    engine_version = models.CharField(max_length=20, blank=True)
    changes_now = models.JSONField(help_text="What the clinic had changed before.")
    changes_then = models.JSONField(help_text="The same with the value tried.")
    patient_count = models.PositiveIntegerField(help_text="How many are to be done.")
    done_count = models.PositiveIntegerField(default=0)
    done_through = models.UUIDField(null=True, help_text="The last patient done.")
    counts = models.JSONField(default=dict)
    claim_token = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(
        default=0, help_text="Attempts at the shard that comes next."
    )
    ended = models.CharField(max_length=10, choices=ENDS, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"],
                condition=models.Q(ended_at=None),
                name="rule_trial_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(ended="", ended_at=None)
                | (~models.Q(ended="") & models.Q(ended_at__isnull=False)),
                name="rule_trial_ends_once",
            ),
        ]
        indexes = [
            # Serves the page of a number, which shows what was tried.
            models.Index(
                fields=["clinic", "rule", "setting", "-id"], name="rule_trial_latest"
            ),
            # Serves the tidying of old trials.
            models.Index(fields=["requested_at"], name="rule_trial_by_age"),
        ]
