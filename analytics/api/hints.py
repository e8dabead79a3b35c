"""The door to hints: look-alikes and causes that a patient's diary would fit."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.domain import hints
from analytics.selectors.hints import hints_of
from tracker.api.permissions import StaffOnly
from tracker.selectors.access import patient_with_open_diary


class FeatureOut(serializers.Serializer[hints.Feature]):
    """Something in the diary that speaks for the hint."""

    text = serializers.CharField()
    points = serializers.IntegerField()


class HintOut(serializers.Serializer[hints.Hint]):
    """A possibility to think of; no diagnosis, and no flag depends on it."""

    kind = serializers.ChoiceField([hints.LOOK_ALIKE, hints.CAUSE])
    name = serializers.ChoiceField(list(hints.NEEDED))
    title = serializers.CharField()
    side = serializers.CharField(help_text="left, right, or empty.")
    advice = serializers.CharField()
    points = serializers.IntegerField()
    needed = serializers.IntegerField(help_text="Shown from so many points on.")
    possible = serializers.IntegerField()
    features = FeatureOut(many=True)


class PatientHints(APIView):
    """The hints for one patient."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        responses=HintOut(many=True),
        operation_id="patients_hints_list",
        filters=False,
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List look-alikes and causes that the last four weeks of the diary would fit.

        With what speaks for each. Beside the flags, never instead of one.
        """
        patient = patient_with_open_diary(request.user, patient_id)
        found = hints_of(patient, now=timezone.now())
        return Response([HintOut(each).data for each in found])
