"""What could not be stored, for staff to look at."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tracker.api.account import account
from tracker.api.paging import Pages
from tracker.api.serializers.quarantine import QuarantineOut, ResolutionIn
from tracker.selectors import quarantine as selectors
from tracker.selectors.access import patient_with_open_diary
from tracker.services import quarantine as services


class PatientQuarantine(APIView):
    """A patient's records that did not reach the diary."""

    pagination_class = Pages

    @extend_schema(
        responses=QuarantineOut(many=True), operation_id="patients_quarantine_list"
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List quarantined records, newest first, resolved ones too."""
        patient_with_open_diary(request.user, patient_id)
        found = selectors.quarantined(patient_id)
        return Pages("-received_at", "-pk").answer(found, request, QuarantineOut)


class QuarantineResolution(APIView):
    """The end of a quarantined record."""

    @extend_schema(request=ResolutionIn, responses=QuarantineOut)
    def post(self, request: Request, quarantine_id: int) -> Response:
        """Say what became of the record; 409 when somebody already has."""
        record = selectors.visible_quarantined(account(request), quarantine_id)
        words = ResolutionIn(data=request.data)
        words.is_valid(raise_exception=True)
        services.resolve_quarantined(
            record,
            resolution=words.validated_data["resolution"],
            user=account(request),
            now=timezone.now(),
        )
        return Response(QuarantineOut(record).data)
