"""Episodes of care, what clinicians record on them, and messages."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from tracker.api.serializers import fields
from tracker.models import (
    AcceptedBaseline,
    Episode,
    Imaging,
    Neurophysiology,
    Outcome,
    Treatment,
)
from tracker.models.clinical import FINDING_GRADES, LEGS, LEVELS, SIDES
from tracker.services.clinical import FINDINGS_MAX


def _note() -> serializers.CharField:
    return fields.words(5000, required=False, allow_blank=True, default="")


def _side() -> serializers.ChoiceField:
    return serializers.ChoiceField(SIDES, required=False, allow_blank=True)


class EpisodeIn(serializers.Serializer[Any]):
    """An episode of care; what is left out is unknown, or stays in a PATCH."""

    suspected_cause = serializers.ChoiceField(Episode.CAUSES, required=False)
    level = serializers.ChoiceField(LEVELS, required=False)
    side = _side()
    onset_on = fields.past_day(required=False, allow_null=True)
    closed_on = fields.past_day(required=False, allow_null=True)


class EpisodeOut(serializers.Serializer[Any]):
    """An episode of care."""

    id = serializers.UUIDField()
    patient_id = serializers.UUIDField()
    suspected_cause = serializers.ChoiceField(Episode.CAUSES)
    level = serializers.ChoiceField(LEVELS)
    side = serializers.ChoiceField(SIDES, allow_blank=True)
    onset_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()


class RecordOut(serializers.Serializer[Any]):
    """What every clinical record carries."""

    id = serializers.UUIDField()
    episode_id = serializers.UUIDField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class FindingIn(serializers.Serializer[Any]):
    """One graded finding: power 0-5, reflex 0-4, sensation 0-2, leg raise 0-120."""

    kind = serializers.ChoiceField([(kind, kind) for kind in FINDING_GRADES])
    location = fields.words(20)
    side = serializers.ChoiceField(LEGS)
    grade = serializers.IntegerField(min_value=0, max_value=120)


class ExamIn(serializers.Serializer[Any]):
    """An examination with its findings."""

    examined_on = fields.past_day()
    findings = serializers.ListField(child=FindingIn(), max_length=FINDINGS_MAX)
    note = _note()


class ExamOut(RecordOut):
    """An examination with its findings."""

    examined_on = serializers.DateField()
    findings = FindingIn(many=True)


class ImagingIn(serializers.Serializer[Any]):
    """An MRI, CT or X-ray."""

    kind = serializers.ChoiceField(Imaging.KINDS)
    performed_on = fields.past_day()
    level = serializers.ChoiceField(LEVELS, required=False)
    side = _side()
    finding = _note()
    note = _note()


class ImagingOut(RecordOut):
    """An MRI, CT or X-ray."""

    kind = serializers.ChoiceField(Imaging.KINDS)
    performed_on = serializers.DateField()
    level = serializers.ChoiceField(LEVELS)
    side = serializers.ChoiceField(SIDES, allow_blank=True)
    finding = serializers.CharField()


class NeurophysiologyIn(serializers.Serializer[Any]):
    """Nerve conduction studies or electromyography."""

    kind = serializers.ChoiceField(Neurophysiology.KINDS)
    performed_on = fields.past_day()
    side = _side()
    finding = _note()
    note = _note()


class NeurophysiologyOut(RecordOut):
    """Nerve conduction studies or electromyography."""

    kind = serializers.ChoiceField(Neurophysiology.KINDS)
    performed_on = serializers.DateField()
    side = serializers.ChoiceField(SIDES, allow_blank=True)
    finding = serializers.CharField()


class TreatmentIn(serializers.Serializer[Any]):
    """A treatment; it may be planned."""

    kind = serializers.ChoiceField(Treatment.KINDS)
    started_on = fields.day()
    ended_on = fields.day(required=False, allow_null=True)
    note = _note()


class TreatmentChangeIn(serializers.Serializer[Any]):
    """What may change about a treatment; what is left out stays."""

    started_on = fields.day(required=False)
    ended_on = fields.day(required=False, allow_null=True)
    note = fields.words(5000, required=False, allow_blank=True)


class TreatmentOut(RecordOut):
    """A treatment with its dates."""

    kind = serializers.ChoiceField(Treatment.KINDS)
    started_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)


class OutcomeIn(serializers.Serializer[Any]):
    """How a deficit or the episode turned out."""

    kind = serializers.ChoiceField(Outcome.KINDS)
    recorded_on = fields.past_day()
    note = _note()


class OutcomeOut(RecordOut):
    """How a deficit or the episode turned out."""

    kind = serializers.ChoiceField(Outcome.KINDS)
    recorded_on = serializers.DateField()


class BaselineIn(serializers.Serializer[Any]):
    """A level that is usual for a leg from a day on.

    `seen`: the id of the one that stood when the clinician looked, null for none; with
    it, whoever is slower gets a 409.
    """

    side = serializers.ChoiceField(LEGS)
    signal = serializers.ChoiceField(AcceptedBaseline.SIGNALS)
    value = serializers.FloatField()
    from_day = fields.past_day()
    why = fields.words(500)
    seen = serializers.UUIDField(required=False, allow_null=True)


class BaselineOut(RecordOut):
    """A level that is usual for a leg from a day on, perhaps withdrawn since."""

    side = serializers.ChoiceField(LEGS)
    signal = serializers.ChoiceField(AcceptedBaseline.SIGNALS)
    value = serializers.FloatField()
    from_day = serializers.DateField()
    why = serializers.CharField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_why = serializers.CharField()


class WithdrawalIn(serializers.Serializer[Any]):
    """Why an accepted baseline does not count any more."""

    why = fields.words(500)


#: kind of record -> (what the API reads, what it answers).
RECORD: Final = {
    "exams": (ExamIn, ExamOut),
    "imaging": (ImagingIn, ImagingOut),
    "neurophysiology": (NeurophysiologyIn, NeurophysiologyOut),
    "treatments": (TreatmentIn, TreatmentOut),
    "outcomes": (OutcomeIn, OutcomeOut),
    "baselines": (BaselineIn, BaselineOut),
}


class MessageIn(serializers.Serializer[Any]):
    """A message to the patient."""

    text = fields.words(2000)


class MessageOut(serializers.Serializer[Any]):
    """A message from the clinic."""

    id = serializers.UUIDField()
    sent_at = serializers.DateTimeField()
    text = serializers.CharField()
