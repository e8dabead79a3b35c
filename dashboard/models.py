"""What the dashboard keeps of its users' own; what is recorded lives elsewhere."""

from __future__ import annotations

from django.db import models

from tracker.models import AcceptedBaseline, Patient, User
from tracker.models.clinical import LEGS


class SavedView(models.Model):
    """A filter of the worklist under a name; it never holds whom somebody searched."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_view_once"),
        ]

    def __str__(self) -> str:
        """Return its name."""
        return self.name


class PutOff(models.Model):
    """A proposed baseline that nobody of the care team is asked about until a day."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=10, choices=LEGS)
    signal = models.CharField(max_length=30, choices=AcceptedBaseline.SIGNALS)
    until = models.DateField()
    put_off_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "side", "signal"], name="put_off_once"
            ),
        ]
