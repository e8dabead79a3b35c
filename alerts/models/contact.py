"""Where a person can be reached beside the app and their e-mail."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from alerts.domain.contacts import KINDS
from tracker.models import User


class ContactPoint(models.Model):
    """One push subscription, device token, telephone or webhook of a person."""

    CHOICES: ClassVar = [(kind, kind) for kind in KINDS]

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="contact_points"
    )
    kind = models.CharField(max_length=20, choices=CHOICES)
    address = models.TextField(help_text="Endpoint, token, number or URL.")
    keys = models.JSONField(
        default=dict, help_text="What a message to it is encrypted or signed with."
    )
    created_at = models.DateTimeField()
    registered_at = models.DateTimeField(
        default=timezone.now, help_text="When the app last said that it is there."
    )
    last_success_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    retired_because = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "address"], name="contact_point_once"
            ),
        ]
        indexes = [
            # Serves the check that a device belongs to one person only.
            models.Index(fields=["kind", "address"], name="contact_point_by_address"),
        ]


class DeadMailbox(models.Model):
    """An e-mail address that a mail server has refused for good.

    It counts for as long as it is the account's address and no mail gets through.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="dead_mailbox"
    )
    email = models.EmailField()
    since = models.DateTimeField()
    error_code = models.CharField(max_length=40)

    class Meta:
        verbose_name_plural = "dead mailboxes"
