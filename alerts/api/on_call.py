"""The doors to a clinic's policies and rotas, for its administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.api.on_call_serializers import (
    ActivationOut,
    CoverageOut,
    PeriodIn,
    ResponseTimesOut,
    SimulationIn,
    SimulationOut,
)
from alerts.selectors import on_call
from alerts.selectors.response_times import response_times
from alerts.services import covering
from tracker.api.permissions import StaffOnly


#: What is asked about when nothing is said.
PERIOD: Final = timedelta(days=90)


class ClinicCoverage(APIView):
    """Whether a clinic's policies reach somebody at every hour."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        responses=CoverageOut(many=True),
        operation_id="clinics_coverage_list",
        filters=False,
    )
    def get(self, request: Request, clinic_id: int) -> Response:
        """List the holes of the coming month, by care team."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        found = on_call.coverage_of(clinic, now=timezone.now())
        return Response([CoverageOut(each).data for each in found])


class ClinicActivation(APIView):
    """Letting a clinic invite patients."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        request=None, responses=ActivationOut, operation_id="clinics_activate"
    )
    def post(self, request: Request, clinic_id: int) -> Response:
        """Activate the clinic; 409 `clinic_reaches_nobody` while it has such an hour."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        return Response(
            ActivationOut(covering.activate(clinic, now=timezone.now())).data
        )


class ClinicResponseTimes(APIView):
    """How long a clinic takes."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        parameters=[PeriodIn],
        responses=ResponseTimesOut(many=True),
        operation_id="clinics_response_times",
        filters=False,
    )
    def get(self, request: Request, clinic_id: int) -> Response:
        """Show by tier the medians from onset to flag, first answer and outcome."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        asked = PeriodIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        until = asked.validated_data.get("until", timezone.now())
        since = asked.validated_data.get("since", until - PERIOD)
        found = response_times(clinic, since=since, until=until)
        return Response([ResponseTimesOut(each).data for each in found])


class ClinicSimulation(APIView):
    """What would happen to an alert."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        parameters=[SimulationIn],
        responses=SimulationOut,
        operation_id="clinics_simulate",
    )
    def get(self, request: Request, clinic_id: int) -> Response:
        """Show who would be told when, if nobody ever answered. Nothing is written."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        asked = SimulationIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        told = on_call.simulate(
            clinic,
            on_call.team_of(clinic, wish["care_team"]),
            tier=wish["tier"],
            raised_at=wish["at"],
        )
        return Response(SimulationOut(told).data)
