"""The doors to flags."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api.serializers import FlagOut, OwnFlagOut
from analytics.selectors import flags
from tracker.api.paging import Pages
from tracker.api.permissions import StaffOnly


class PatientFlags(APIView):
    """The flags of one patient."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(responses=FlagOut(many=True), operation_id="patients_flags_list")
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List the flags of a patient, newest first, with their evidence."""
        found = flags.flags_of_visible_patient(request.user, patient_id)
        return Pages("-raised_at", "pk").answer(found, request, FlagOut)


class OneFlag(APIView):
    """One flag."""

    permission_classes = (StaffOnly,)

    @extend_schema(responses=FlagOut, operation_id="flags_retrieve")
    def get(self, request: Request, flag_id: UUID) -> Response:
        """Show a flag with its evidence and what it means."""
        return Response(FlagOut(flags.visible_flag(request.user, flag_id)).data)


class OwnFlags(APIView):
    """The flags of the patient who asks."""

    pagination_class = Pages

    @extend_schema(responses=OwnFlagOut(many=True), operation_id="flags_list")
    def get(self, request: Request) -> Response:
        """List the patient's own flags in plain words, newest first."""
        found = flags.own_flags(request.user)
        return Pages("-raised_at", "pk").answer(found, request, OwnFlagOut)
