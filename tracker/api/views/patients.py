"""Patients as their clinic sees them."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tracker.api.paging import Pages
from tracker.api.permissions import StaffOnly
from tracker.api.serializers.people import PatientDetailOut, PatientOut
from tracker.selectors.access import visible_patient, visible_patients


class Patients(APIView):
    """The patients whom the caller looks after."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(responses=PatientOut(many=True), operation_id="patients_list")
    def get(self, request: Request) -> Response:
        """List the caller's patients by name."""
        found = visible_patients(request.user).select_related("clinic", "care_team")
        return Pages("name", "pk").answer(found, request, PatientOut)


class OnePatient(APIView):
    """One patient."""

    @extend_schema(responses=PatientDetailOut)
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Show one of the caller's patients."""
        return Response(
            PatientDetailOut(visible_patient(request.user, patient_id)).data
        )
