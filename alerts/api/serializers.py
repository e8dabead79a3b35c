"""What the API says of alerts, and what it takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from alerts.domain import notes, outcomes, patient_answers, snoozing, states, targets
from alerts.domain.notes import NOTE_LENGTH
from alerts.models import Alert, AlertLog, AlertNote
from alerts.selectors import patient
from analytics.models import CATEGORIES, Flag
from tracker.models import User


class PatientAlertOut(serializers.Serializer[Alert]):
    """An alert as its patient sees it: the document that sync carries, too."""

    id = serializers.UUIDField()
    patient_id = serializers.UUIDField(help_text="For caregivers: whose alert it is.")
    tier = serializers.ChoiceField(targets.TIERS)
    category = serializers.ChoiceField(CATEGORIES)
    title = serializers.CharField()
    text = serializers.CharField()
    opened_at = serializers.DateTimeField()
    state = serializers.ChoiceField(sorted(set(states.PATIENT_STATE.values())))
    examine_by = serializers.DateTimeField(allow_null=True)
    patient_acknowledged_at = serializers.DateTimeField(allow_null=True)
    replaced_by = serializers.UUIDField(allow_null=True)

    def to_representation(self, instance: Alert) -> dict[str, Any]:
        """Return the very document that phones get through sync, and whose it is."""
        whose = {"patient_id": str(instance.patient_id)}
        return whose | patient.document(instance)


class PersonOut(serializers.ModelSerializer[User]):
    """A member of staff, to other staff."""

    class Meta:
        model = User
        fields = ("id", "name")


class AlertFlagOut(serializers.ModelSerializer[Flag]):
    """A flag of an alert, in short."""

    class Meta:
        model = Flag
        fields = ("id", "rule", "rule_version", "tier", "raised_at", "status")


class StaffAlertOut(serializers.ModelSerializer[Alert]):
    """An alert as clinicians and administrators see it."""

    acknowledged_by = PersonOut(allow_null=True)
    resolved_by = PersonOut(allow_null=True)
    flags = AlertFlagOut(many=True)
    version = serializers.UUIDField(
        source="step_token", help_text="Another one after every move of the alert."
    )

    class Meta:
        model = Alert
        fields = (
            "id",
            "version",
            "patient",
            "tier",
            "patient_tier",
            "category",
            "side",
            "state",
            "reason",
            "flags",
            "onset_on",
            "opened_at",
            "examine_by",
            "acknowledge_by",
            "step",
            "acknowledged_at",
            "acknowledged_by",
            "snoozed_until",
            "snooze_reason",
            "snooze_note",
            "patient_acknowledged_at",
            "patient_answer",
            "call_back_asked_at",
            "call_back_by",
            "resolved_at",
            "resolved_by",
            "outcome",
            "outcome_note",
            "superseded_by",
        )


class AlertLogOut(serializers.ModelSerializer[AlertLog]):
    """One move or hop."""

    actor = PersonOut(allow_null=True)

    class Meta:
        model = AlertLog
        fields = ("at", "actor", "action", "from_state", "to_state", "detail")


class AlertHandOverIn(serializers.Serializer[Any]):
    """Whom to ask, and what was seen of the alert."""

    to = serializers.IntegerField(help_text="The account of a clinician of the team.")
    seen = serializers.UUIDField(
        required=False,
        help_text="The `version` that was seen: 409 when the alert has moved on since.",
    )


class AlertNoteIn(serializers.Serializer[Any]):
    """A note on an alert, or that the patient was called."""

    kind = serializers.ChoiceField(list(notes.KINDS), default=notes.NOTE)
    text = serializers.CharField(default="", allow_blank=True, max_length=NOTE_LENGTH)


class AlertNoteOut(serializers.ModelSerializer[AlertNote]):
    """A note as staff read it."""

    author = PersonOut()

    class Meta:
        model = AlertNote
        fields = ("id", "written_at", "author", "kind", "text")


class AlertSnoozeIn(serializers.Serializer[Any]):
    """Until when an alert shall wait, and why."""

    until = serializers.DateTimeField(
        help_text="Urgent: at most 24 hours ahead, soon: 7 days, watch: 30 days; never"
        " beyond `examine_by`."
    )
    reason = serializers.ChoiceField(
        [(known.code, known.label) for known in snoozing.REASONS]
    )
    note = serializers.CharField(
        default="", allow_blank=True, max_length=NOTE_LENGTH, trim_whitespace=False
    )


class PatientAnswerIn(serializers.Serializer[Any]):
    """What a patient says of their alert; staff who take one send nothing."""

    answer = serializers.ChoiceField(
        patient_answers.CODES, default=patient_answers.READ
    )


class AlertResolutionIn(serializers.Serializer[Any]):
    """How an alert ended."""

    outcome = serializers.ChoiceField(
        [(known.code, known.label) for known in outcomes.OUTCOMES]
    )
    note = serializers.CharField(
        default="", allow_blank=True, max_length=NOTE_LENGTH, trim_whitespace=False
    )
