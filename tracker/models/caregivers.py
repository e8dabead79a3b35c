"""Who else may use a patient's diary: caregivers, and the codes that make them so."""

from __future__ import annotations

from django.db import models

from tracker.models.people import Patient, User


class Caregiver(models.Model):
    """A person whom a patient lets see, or also write, their diary; never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cares_for")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="caregivers"
    )
    may_write = models.BooleanField(default=False)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "patient"],
                condition=models.Q(revoked_at__isnull=True),
                name="caregiver_once",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="caregiver_revoked_by_somebody",
            ),
        ]


class CaregiverInvitation(models.Model):
    """A one-time code that makes whoever redeems it a caregiver of a patient.

    `created_by` is the patient, or a member of staff to whom the patient said so.
    Only a hash of the code is kept.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    code_hash = models.CharField(max_length=64, unique=True)
    may_write = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    caregiver = models.OneToOneField(
        Caregiver, on_delete=models.PROTECT, null=True, blank=True
    )
    cancelled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True, caregiver__isnull=True)
                | models.Q(used_at__isnull=False, caregiver__isnull=False),
                name="caregiver_invitation_used_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | models.Q(
                    cancelled_at__isnull=False,
                    cancelled_by__isnull=False,
                    used_at__isnull=True,
                ),
                name="caregiver_invitation_cancelled_by_somebody",
            ),
        ]
