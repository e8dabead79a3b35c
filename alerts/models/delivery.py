"""Messages to people: one row for each, through each channel."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from alerts.models.alert import Alert
from tracker.models import User


class Delivery(models.Model):
    """One message to one person through one channel: claimed, sent, confirmed.

    `dropped` is a message that nobody needs any more, since somebody has answered.
    """

    STATES: ClassVar = [
        (state, state) for state in ("queued", "leased", "sent", "failed", "dropped")
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, related_name="deliveries"
    )
    recipient = models.ForeignKey(User, on_delete=models.PROTECT)
    channel = models.CharField(max_length=20)
    step = models.PositiveSmallIntegerField()
    wave = models.PositiveIntegerField(
        default=0, help_text="Which telling of the alert it belongs to."
    )
    state = models.CharField(max_length=10, choices=STATES, default="queued")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="When to try (again).")
    quiet_until = models.DateTimeField(
        null=True, help_text="Held back until then for the recipient's quiet hours."
    )
    leased_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempt_count = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(
        null=True, help_text="When the app says that it has arrived."
    )
    seen_at = models.DateTimeField(
        null=True, help_text="When the app says that the person has opened it."
    )
    error_code = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "recipient", "channel", "wave"], name="delivery_once"
            ),
        ]
        indexes = [
            # Serves the sweep that sends what is due.
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=("queued", "leased")),
                name="delivery_due",
            ),
        ]
