"""Who is told of an alert, and in which order."""

from __future__ import annotations

from django.db import models

from tracker.models import CareTeam, User


class OnCallStep(models.Model):
    """Who of a care team is told at which step; step 1 is the clinician on duty."""

    care_team = models.ForeignKey(
        CareTeam, on_delete=models.CASCADE, related_name="on_call"
    )
    position = models.PositiveSmallIntegerField()
    clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["care_team", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["care_team", "position"], name="on_call_position_once"
            ),
            models.CheckConstraint(
                condition=models.Q(position__gte=1), name="on_call_from_one"
            ),
        ]
