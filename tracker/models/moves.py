"""The clinics that a patient has left: who moved them, from where to where, and when."""

from __future__ import annotations

from django.db import models

from tracker.models.people import Clinic, Patient, User


class ClinicMove(models.Model):
    """A patient's move from one clinic to another; never edited."""

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="clinic_moves"
    )
    from_clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    to_clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(from_clinic=models.F("to_clinic")),
                name="clinic_move_leads_elsewhere",
            ),
        ]
