"""Caregivers, their codes, and the patients that an account may sync."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from tracker.api.serializers import fields
from tracker.models import User


class CaregiverIn(serializers.Serializer[Any]):
    """What the caregiver may do: read along, or also write."""

    may_write = serializers.BooleanField(default=False)


class CaregiverForPatientIn(CaregiverIn):
    """The same, from staff: only when the patient has said so."""

    patient_agreed = serializers.BooleanField()

    def validate_patient_agreed(self, agreed: Any) -> Any:
        """Refuse a code that the patient has not agreed to."""
        if not agreed:
            raise serializers.ValidationError("Ask the patient first.")
        return agreed


class CaregiverCodeOut(serializers.Serializer[Any]):
    """A new code, and the only time that it is shown; `id` cancels it."""

    id = serializers.IntegerField()
    code = serializers.CharField(help_text="Four groups of four; hand it over.")
    may_write = serializers.BooleanField()
    expires_at = serializers.DateTimeField()


class OpenCodeOut(serializers.Serializer[Any]):
    """A code that nobody has redeemed yet; the code itself is not kept."""

    id = serializers.IntegerField()
    may_write = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class CaregiverOut(serializers.Serializer[Any]):
    """A caregiver as the patient and the clinic see them."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="user.name")
    may_write = serializers.BooleanField()
    granted_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class CaregiverEnrolmentIn(serializers.Serializer[Any]):
    """A code and an account."""

    code = fields.words(64)
    email = serializers.EmailField(max_length=254)
    password = fields.words(128, trim_whitespace=False, write_only=True)
    name = fields.words(200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the password against the account that it is for."""
        user = User(email=attrs["email"], name=attrs["name"])
        try:
            validate_password(attrs["password"], user)
        except ValidationError as refused:
            raise serializers.ValidationError({"password": refused.messages}) from None
        return attrs


class CodeIn(serializers.Serializer[Any]):
    """A caregiver's code."""

    code = fields.words(64)


class SyncedPatientOut(serializers.Serializer[Any]):
    """A patient whose diary the account may sync."""

    patient_id = serializers.UUIDField(source="patient.pk")
    name = serializers.CharField(source="patient.name")
    own = serializers.BooleanField()
    may_write = serializers.BooleanField()
