"""What a clinic has decided: whom to tell of an alert, and after how long."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from alerts.domain import targets
from alerts.domain.policy import LAST_RESORT_PERCENT, TARGET_LIMITS, WHOM
from tracker.models import CareTeam, Clinic, User


class EscalationPolicy(models.Model):
    """Targets, working hours and steps: of a care team, or of the rest of a clinic.

    Whoever has none gets the defaults of `alerts/domain/policy.py`.
    """

    clinic = models.ForeignKey(
        Clinic, on_delete=models.CASCADE, related_name="escalation_policies"
    )
    care_team = models.ForeignKey(
        CareTeam, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    emergency_minutes = models.PositiveSmallIntegerField(
        default=targets.EMERGENCY_ANSWER_MINUTES
    )
    urgent_minutes = models.PositiveSmallIntegerField(
        default=60 * targets.URGENT_ANSWER_HOURS, help_text="Of working time."
    )
    soon_minutes = models.PositiveSmallIntegerField(
        default=60 * targets.SOON_ANSWER_HOURS, help_text="Of working time."
    )
    opens = models.TimeField(default=time(9))
    closes = models.TimeField(default=time(17))
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        help_text="0 is Monday.",
    )
    last_resort_percent = models.PositiveSmallIntegerField(
        default=LAST_RESORT_PERCENT,
        help_text="When everybody is told, in percent of the target.",
    )
    repeat_count = models.PositiveSmallIntegerField(
        default=0,
        help_text="How often the last resort is repeated; an emergency for ever.",
    )

    class Meta:
        verbose_name_plural = "escalation policies"
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "care_team"],
                nulls_distinct=False,
                name="escalation_policy_once",
            ),
        ]


class PolicyStep(models.Model):
    """Whom a policy tells when this much of the target has passed unanswered."""

    WHOSE: ClassVar = [(whom, whom) for whom in WHOM]

    policy = models.ForeignKey(
        EscalationPolicy, on_delete=models.CASCADE, related_name="steps"
    )
    after_percent = models.PositiveSmallIntegerField(
        help_text="Percent of the target of the alert's tier."
    )
    whom = models.CharField(max_length=20, choices=WHOSE)
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    tier = models.CharField(
        max_length=10,
        blank=True,
        choices=[(tier, tier) for tier in TARGET_LIMITS],
        help_text="Of this tier only; empty for all.",
    )

    class Meta:
        ordering = ["policy", "after_percent", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(whom="person", person__isnull=False)
                | (~models.Q(whom="person") & models.Q(person__isnull=True)),
                name="policy_step_names_its_person",
            ),
        ]
