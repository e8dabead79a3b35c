"""An alert, a durable promise that a human will know, and the log of keeping it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from alerts.domain import notes
from alerts.domain.patient_answers import CODES
from analytics.models import CATEGORIES, TIERS, Flag
from tracker.models import Patient, User


class Alert(models.Model):
    """One danger of one patient, from the first flag to the written outcome."""

    STATES: ClassVar = [
        (state, state)
        for state in (
            "open",
            "notified",
            "acknowledged",
            "snoozed",
            "resolved",
            "superseded",
        )
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="alerts"
    )
    category = models.CharField(max_length=20, choices=CATEGORIES)
    side = models.CharField(max_length=10, blank=True)
    tier = models.CharField(max_length=10, choices=TIERS)
    patient_tier = models.CharField(max_length=10, choices=TIERS)
    state = models.CharField(max_length=20, choices=STATES, default="open")
    reason = models.TextField(help_text="Why, in words, for the clinician.")
    patient_title = models.TextField()
    patient_text = models.TextField()
    flags = models.ManyToManyField(Flag, related_name="alerts")
    onset_on = models.DateField(null=True)
    opened_at = models.DateTimeField()
    examine_by = models.DateTimeField(null=True)
    acknowledge_by = models.DateTimeField(
        null=True, help_text="The clinic's target for the first human answer."
    )
    #: Escalation: which step has been taken, and when the next one is due. The
    #: token changes with every move, so a late worker holding an old one does nothing.
    step = models.PositiveSmallIntegerField(default=0)
    repeat_count = models.PositiveIntegerField(
        default=0, help_text="How often the last resort has been repeated."
    )
    plan = models.JSONField(
        default=dict,
        help_text="The escalation policy and who was on duty when it was opened.",
    )
    wave_count = models.PositiveIntegerField(
        default=0, help_text="How many times people have been told."
    )
    covers = models.JSONField(
        default=dict, help_text="What people have been told: rule -> its items."
    )
    reminded_at = models.DateTimeField(
        null=True, help_text="When whoever took it was reminded of the outcome."
    )
    step_token = models.UUIDField(default=uuid.uuid4)
    next_step_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True)
    snooze_reason = models.CharField(max_length=40, blank=True)
    snooze_note = models.TextField(blank=True, max_length=2000)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=40, blank=True)
    outcome_note = models.TextField(blank=True, max_length=2000)
    patient_acknowledged_at = models.DateTimeField(null=True)
    patient_answer = models.CharField(
        max_length=20, blank=True, choices=[(code, code) for code in CODES]
    )
    call_back_asked_at = models.DateTimeField(
        null=True, help_text="When the patient asked to be called back."
    )
    call_back_by = models.DateTimeField(
        null=True,
        help_text="By when somebody is to have called; null when nobody need.",
    )
    patient_wave = models.PositiveIntegerField(
        default=0, help_text="The wave that first told the patient what they now read."
    )
    tell_patient_at = models.DateTimeField(
        null=True,
        help_text="When to tell the patient again; null when they have read it.",
    )
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="supersedes"
    )
    seq = models.BigIntegerField(help_text="The patient's change number, for sync.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "category", "side"],
                condition=models.Q(state__in=("open", "notified")),
                name="alert_one_unanswered_a_danger",
            ),
            models.UniqueConstraint(fields=["patient", "seq"], name="alert_seq_once"),
            models.CheckConstraint(
                condition=~models.Q(state="resolved")
                | models.Q(resolved_at__isnull=False),
                name="alert_resolved_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="acknowledged")
                | models.Q(acknowledged_at__isnull=False),
                name="alert_acknowledged_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="snoozed")
                | models.Q(
                    ~models.Q(tier="emergency"),
                    ~models.Q(patient_tier="emergency"),
                    snoozed_until__isnull=False,
                    snoozed_until=models.F("next_step_at"),
                ),
                name="alert_snoozed_is_bounded",
            ),
        ]
        indexes = [
            # Serves the sweep that takes due escalation steps.
            models.Index(
                fields=["next_step_at"],
                condition=models.Q(next_step_at__isnull=False),
                name="alert_due",
            ),
            # Serves the sweep that tells of patients who wait for a call.
            models.Index(
                fields=["call_back_by"],
                condition=models.Q(call_back_by__isnull=False),
                name="alert_call_back_due",
            ),
            # Serves the sweep that tells patients again of what they have not read.
            models.Index(
                fields=["tell_patient_at"],
                condition=models.Q(tell_patient_at__isnull=False),
                name="alert_unread_due",
            ),
            # Serves the worklist.
            models.Index(
                fields=["patient"],
                condition=models.Q(
                    state__in=("open", "notified", "acknowledged", "snoozed")
                ),
                name="alert_unresolved",
            ),
        ]


class AlertNote(models.Model):
    """What a clinician wrote on an alert, or that they called. Never edited."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT)
    written_at = models.DateTimeField()
    kind = models.CharField(
        max_length=20, choices=[(kind, kind) for kind in notes.KINDS]
    )
    text = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["alert", "written_at"], name="alert_notes_in_order")
        ]

    @property
    def words(self) -> str:
        """Return what was done, in English words."""
        return notes.KINDS[self.kind]


class AlertLog(models.Model):
    """One move or hop of an alert: who, when, why. Never edited, no clinical content."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    action = models.CharField(max_length=40)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["alert", "at"], name="alert_log_in_order")]
