"""The doors to what administrators decide: policies, shifts, holidays and covers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.api.on_call_serializers import (
    CoverOut,
    HolidayOut,
    OnDutyOut,
    PolicyOut,
    ShiftOut,
)
from alerts.domain.policy import Step
from alerts.selectors import on_call
from alerts.services import on_call as deciding
from tracker.api.paging import Pages
from tracker.api.permissions import StaffOnly
from tracker.errors import NotFound


class ClinicPolicies(APIView):
    """The escalation policies of a clinic."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        responses=PolicyOut(many=True),
        operation_id="clinics_escalation_list",
        filters=False,
    )
    def get(self, request: Request, clinic_id: int) -> Response:
        """List the policies; a team without one has the clinic's, else the default."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        return Response(PolicyOut(on_call.policies_of(clinic), many=True).data)

    @extend_schema(
        request=PolicyOut, responses=PolicyOut, operation_id="clinics_escalation_set"
    )
    def put(self, request: Request, clinic_id: int) -> Response:
        """Replace the policy of a care team, or with null of the rest of the clinic.

        Alerts that run keep the policy they were opened under.
        """
        clinic = on_call.administered_clinic(request.user, clinic_id)
        fields = _read(PolicyOut, request)
        steps = [
            Step(
                whom=step["whom"],
                after_percent=step["after_percent"],
                person=step["person_id"],
                tier=step["tier"],
            )
            for step in fields.pop("steps")
        ]
        team = on_call.team_of(clinic, fields.pop("care_team_id"))
        made = deciding.set_policy(clinic, team, steps=steps, fields=fields)
        return Response(PolicyOut(made).data)


class ClinicShifts(APIView):
    """The shifts of a clinic's care teams."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(responses=ShiftOut(many=True), operation_id="clinics_shifts_list")
    def get(self, request: Request, clinic_id: int) -> Response:
        """List the shifts."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        return Pages("pk").answer(on_call.shifts_of(clinic), request, ShiftOut)

    @extend_schema(
        request=ShiftOut,
        responses={201: ShiftOut},
        operation_id="clinics_shifts_create",
    )
    def post(self, request: Request, clinic_id: int) -> Response:
        """Add a shift of a clinician of the team, in the clinic's local time."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        fields = _read(ShiftOut, request)
        team = on_call.team_of(clinic, fields.pop("care_team_id"))
        if team is None:
            raise NotFound
        made = deciding.add_shift(team, fields=fields)
        return Response(ShiftOut(made).data, status.HTTP_201_CREATED)


class ClinicCovers(APIView):
    """Who stands in for whom."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(responses=CoverOut(many=True), operation_id="clinics_covers_list")
    def get(self, request: Request, clinic_id: int) -> Response:
        """List the covers, newest first."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        rows = on_call.covers_of(clinic)
        return Pages("-starts_at", "-pk").answer(rows, request, CoverOut)

    @extend_schema(
        request=CoverOut,
        responses={201: CoverOut},
        operation_id="clinics_covers_create",
    )
    def post(self, request: Request, clinic_id: int) -> Response:
        """Add a cover; it counts at once, also for alerts that run. Two are a swap."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        fields = _read(CoverOut, request)
        team = on_call.team_of(clinic, fields.pop("care_team_id"))
        if team is None:
            raise NotFound
        made = deciding.add_cover(team, fields=fields)
        return Response(CoverOut(made).data, status.HTTP_201_CREATED)


class ClinicHolidays(APIView):
    """The holidays of a clinic."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(
        responses=HolidayOut(many=True), operation_id="clinics_holidays_list"
    )
    def get(self, request: Request, clinic_id: int) -> Response:
        """List the holidays by day."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        rows = on_call.calendar_of(clinic)
        return Pages("day", "pk").answer(rows, request, HolidayOut)

    @extend_schema(
        request=HolidayOut,
        responses={201: HolidayOut},
        operation_id="clinics_holidays_create",
    )
    def post(self, request: Request, clinic_id: int) -> Response:
        """Add a holiday: no working time, and the shifts of Sunday hold."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        made = deciding.add_holiday(clinic, **_read(HolidayOut, request))
        return Response(HolidayOut(made).data, status.HTTP_201_CREATED)


class ClinicRotaRow(APIView):
    """One shift, cover or holiday."""

    permission_classes = (StaffOnly,)
    kind = ""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, clinic_id: int, row_id: int) -> Response:
        """Remove it."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        deciding.remove(clinic, self.kind, row_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class OnDuty(APIView):
    """Who is on duty now."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        responses=OnDutyOut,
        operation_id="clinics_on_duty",
        filters=False,
    )
    def get(self, request: Request, clinic_id: int, team_id: int) -> Response:
        """Name who is on duty in a care team at this moment, covers applied."""
        clinic = on_call.administered_clinic(request.user, clinic_id)
        team = on_call.team_of(clinic, team_id)
        if team is None:
            raise NotFound
        return Response(on_call.on_duty_at(clinic, team, at=timezone.now()))


def _read(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    filled = kind(data=request.data)
    filled.is_valid(raise_exception=True)
    return dict(filled.validated_data)
