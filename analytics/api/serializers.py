"""What the API says of flags: all of it to staff, plain words to patients."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analytics.models import TIERS, Flag


@extend_schema_field({"type": "object", "additionalProperties": {"type": "number"}})
class RootsField(serializers.JSONField):
    """Likely nerve roots with their probabilities."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class EvidenceField(serializers.JSONField):
    """The entries and the numbers that a flag rests on."""


class FlagOut(serializers.ModelSerializer[Flag]):
    """A flag as staff see it, with its evidence."""

    likely_roots = RootsField()
    evidence = EvidenceField()

    class Meta:
        model = Flag
        fields = (
            "id",
            "patient",
            "rule",
            "rule_version",
            "tier",
            "category",
            "side",
            "likely_roots",
            "onset_on",
            "raised_on",
            "raised_at",
            "late",
            "explanation",
            "evidence",
            "clinician_text",
            "patient_title",
            "patient_text",
            "examine_by",
            "status",
            "outcome",
        )


class OwnFlagOut(serializers.Serializer[Flag]):
    """A flag as its patient sees it."""

    id = serializers.UUIDField()
    patient_id = serializers.UUIDField(help_text="For caregivers: whose flag it is.")
    title = serializers.CharField(source="patient_title")
    text = serializers.CharField(source="patient_text")
    tier = serializers.ChoiceField(TIERS)
    raised_on = serializers.DateField()

    def to_representation(self, instance: Flag) -> dict[str, Any]:
        """Return the flag with the tier that the patient was told."""
        shown = super().to_representation(instance)
        told = instance.evidence.get("patient_tier")
        if told in dict(TIERS):
            shown["tier"] = told
        return shown
