"""When a person would rather not be disturbed."""

from __future__ import annotations

from django.db import models

from tracker.models import User


class QuietHours(models.Model):
    """Messages that go out wait until these hours end; those of an emergency do not."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="quiet_hours"
    )
    starts = models.TimeField()
    ends = models.TimeField()
    timezone = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "quiet hours"
