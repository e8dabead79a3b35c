"""What could not be stored, as staff see it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tracker.api.serializers import fields
from tracker.models import Quarantine


class QuarantineOut(serializers.Serializer[Any]):
    """A record that did not reach the diary, with the reason and the raw JSON."""

    id = serializers.IntegerField()
    patient_id = serializers.UUIDField()
    collection = serializers.CharField()
    record_id = serializers.CharField()
    reason = serializers.ChoiceField(Quarantine.REASONS)
    errors = serializers.JSONField()  # type: ignore[assignment]
    raw = serializers.CharField()
    received_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolution = serializers.CharField()


class ResolutionIn(serializers.Serializer[Any]):
    """What became of the record."""

    resolution = fields.words(2000)
