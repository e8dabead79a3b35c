"""What the dashboard keeps of its users' own; everything clinical lives elsewhere."""

from __future__ import annotations

from django.db import models

from tracker.models import User


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
