"""The last reminder that a patient was sent."""

from __future__ import annotations

from django.db import models

from tracker.models import Patient


class Reminder(models.Model):
    """One row for each patient, so that nobody is reminded twice of a day."""

    patient = models.OneToOneField(
        Patient, on_delete=models.CASCADE, primary_key=True, related_name="reminder"
    )
    day = models.DateField(help_text="The day of the diary, where the patient lives.")
    tried_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=1)
    is_over = models.BooleanField(
        default=False, help_text="Sent, or not worth another try."
    )
