"""What the API says of flags: all of it to staff, plain words to patients."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analytics.models import TIERS, Flag, RuleOverride
from analytics.selectors.overrides import SettingInForce


@extend_schema_field({"type": "object", "additionalProperties": {"type": "number"}})
class RootsField(serializers.JSONField):
    """Likely nerve roots with their probabilities."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class EvidenceField(serializers.JSONField):
    """The entries and the numbers that a flag rests on."""


@extend_schema_field({"type": "object", "additionalProperties": {"type": "object"}})
class ChangesField(serializers.JSONField):
    """What the clinic had changed in the rules, by rule."""


class FlagOut(serializers.ModelSerializer[Flag]):
    """A flag as staff see it, with its evidence."""

    likely_roots = RootsField()
    evidence = EvidenceField()
    rule_changes = ChangesField()

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
            "rule_changes",
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


class OverrideOut(serializers.ModelSerializer[RuleOverride]):
    """One choice for a number of a rule, by whom, when and why."""

    changed_by = serializers.CharField(source="changed_by.name")
    everywhere = serializers.SerializerMethodField(
        help_text="Chosen by the operator for all clinics."
    )

    class Meta:
        model = RuleOverride
        fields = (
            "id",
            "rule",
            "setting",
            "value",
            "why",
            "changed_by",
            "changed_at",
            "everywhere",
        )

    def get_everywhere(self, override: RuleOverride) -> bool:
        """Return whether it is for all clinics."""
        return override.clinic_id is None


class OverrideIn(serializers.Serializer[RuleOverride]):
    """A choice: a rule, one of its settings, a value or null for the default, why."""

    rule = serializers.CharField(max_length=10)
    setting = serializers.CharField(max_length=40)
    value = serializers.FloatField(
        allow_null=True, help_text="null: the default. `enabled` is 0 or 1."
    )
    why = serializers.CharField(max_length=500)


class OwnOverrideOut(OverrideOut):
    """One choice for one patient, until a day."""

    everywhere = None  # type: ignore[assignment]

    class Meta(OverrideOut.Meta):
        fields = (*OverrideOut.Meta.fields[:-1], "expires_on")


class OwnOverrideIn(OverrideIn):
    """A choice for one patient: the same, and the last day on which it counts."""

    value = serializers.FloatField(
        allow_null=True, help_text="null: as at the clinic. `enabled` is 0 or 1."
    )
    expires_on = serializers.DateField(
        required=False, allow_null=True, help_text="Required with a value."
    )


class SettingOut(serializers.Serializer[SettingInForce]):
    """A number of a rule: what it is, what it may be."""

    rule = serializers.CharField(source="setting.rule.id")
    title = serializers.CharField(source="setting.rule.title")
    setting = serializers.CharField(source="setting.name")
    words = serializers.CharField(
        source="setting.label", help_text="What the number is, in English words."
    )
    value = serializers.FloatField(help_text="What the next analysis uses.")
    default = serializers.FloatField(source="setting.default")
    low = serializers.FloatField(source="setting.low")
    high = serializers.FloatField(source="setting.high")
    whole = serializers.BooleanField(source="setting.whole")
    chosen = OverrideOut(
        allow_null=True, help_text="The clinic's last choice, also one of the default."
    )


class OwnSettingOut(SettingOut):
    """A number of a rule for one patient: what it is, what it may be."""

    chosen = OwnOverrideOut(
        allow_null=True, help_text="What is chosen for this patient alone."
    )
