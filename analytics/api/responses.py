"""The door to the response to treatment: before and after, with uncertainty."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answer
from rest_framework.views import APIView

from analytics.domain import response
from analytics.selectors.responses import Response, responses
from tracker.api.permissions import StaffOnly
from tracker.selectors.access import patient_with_open_diary


class ChangeOut(serializers.Serializer[response.Change]):
    """A quantity before and after, in its own points; less is better."""

    quantity = serializers.CharField()
    side = serializers.CharField(help_text="left, right, or none for no leg.")
    before_days = serializers.IntegerField(help_text="Answered days before.")
    after_days = serializers.IntegerField(help_text="Answered days after.")
    before = serializers.FloatField(allow_null=True, help_text="Trimmed mean.")
    after = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(
        allow_null=True, help_text="After minus before; null: too few answers."
    )
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    verdict = serializers.ChoiceField(["better", "worse", "unclear", "too_few_answers"])
    reliable_index = serializers.FloatField(
        allow_null=True,
        help_text="Reliable change index, positive for better; null: error not known.",
    )
    is_reliable = serializers.BooleanField(allow_null=True)


class PowerOut(serializers.Serializer[response.Power]):
    """The median of a self-test before and after; more is better."""

    test = serializers.CharField()
    side = serializers.CharField()
    before = serializers.FloatField()
    after = serializers.FloatField()
    is_lower = serializers.BooleanField()


class PhaseOut(serializers.Serializer[response.Phase]):
    """Fourteen days after the treatment beside the fourteen before it."""

    weeks = serializers.IntegerField(help_text="Two or six weeks after the start.")
    first = serializers.DateField()
    last = serializers.DateField()
    is_over = serializers.BooleanField(help_text="false: more answers may still come.")
    changes = ChangeOut(many=True)
    power = PowerOut(many=True)
    power_is_lower = serializers.BooleanField(
        help_text="A movement is weaker than before: less pain is then no recovery."
    )


class BegunOut(serializers.Serializer[object]):
    """A treatment and its first day."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    started_on = serializers.DateField()


class ResponseOut(serializers.Serializer[Response]):
    """What the diary said before and after a treatment, not what the treatment did."""

    treatment = BegunOut()
    phases = PhaseOut(many=True)
    also_begun = BegunOut(
        many=True, help_text="Other treatments begun where this one is judged."
    )


class TreatmentResponses(APIView):
    """The response to treatment of one patient."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        responses=ResponseOut(many=True),
        operation_id="patients_responses_list",
        filters=False,
    )
    def get(self, request: Request, patient_id: UUID) -> Answer:
        """Compare the diary before and after the latest 20 treatments, newest first.

        The change is that of the diary: the natural course is in it. No flag depends
        on it.
        """
        patient = patient_with_open_diary(request.user, patient_id)
        found = responses(patient, now=timezone.now())
        return Answer([ResponseOut(each).data for each in found])
