"""Roles that clinics offer to people who have an account already."""

from __future__ import annotations

from django.db import models

from tracker.domain import roles
from tracker.models.people import Clinic, User


class RoleOffer(models.Model):
    """A role at a clinic that the owner of an account may take or refuse.

    Until it is taken nothing changes for them: staff need a second factor, without
    which even the phone of somebody who keeps a diary would no longer sync.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_offers")
    role = models.CharField(
        max_length=20, choices=[(role, role) for role in roles.STAFF_ROLES]
    )
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    was_taken = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user", "role"],
                condition=models.Q(answered_at__isnull=True),
                name="role_offer_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=roles.STAFF_ROLES),
                name="role_offer_role_known",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, was_taken__isnull=True)
                | models.Q(answered_at__isnull=False, was_taken__isnull=False),
                name="role_offer_answered_whole",
            ),
        ]
