"""The doors to flags, and to what a clinic chose of the rules' numbers."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api.serializers import (
    FlagOut,
    OverrideIn,
    OverrideOut,
    OwnFlagOut,
    SettingOut,
)
from analytics.selectors import flags, overrides
from analytics.services.overriding import override_rule
from tracker.api.account import account
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


class ClinicRules(APIView):
    """The numbers of the rules at a clinic; its administrators choose them."""

    permission_classes = (StaffOnly,)

    @extend_schema(
        responses=SettingOut(many=True),
        operation_id="clinics_rules_list",
        filters=False,
    )
    def get(self, request: Request, clinic_id: int) -> Response:
        """List every number that the clinic may choose, with its limits.

        What is not listed cannot be changed: emergency rules, and all that phones
        judge themselves.
        """
        clinic = overrides.administered_clinic(request.user, clinic_id)
        found = overrides.settings_in_force(clinic, at=timezone.now())
        return Response([SettingOut(each).data for each in found])

    @extend_schema(
        request=OverrideIn,
        responses={201: OverrideOut},
        operation_id="clinics_rules_create",
    )
    def post(self, request: Request, clinic_id: int) -> Response:
        """Choose a number of a rule; the next analysis of each patient uses it.

        The choice and its reason are kept for good. Flags already raised stay.
        """
        clinic = overrides.administered_clinic(request.user, clinic_id)
        wish = OverrideIn(data=request.data)
        wish.is_valid(raise_exception=True)
        chosen = wish.validated_data
        made = override_rule(
            clinic=clinic,
            choice=(chosen["rule"], chosen["setting"], chosen["value"]),
            why=chosen["why"],
            by=account(request),
            now=timezone.now(),
        )
        return Response(OverrideOut(made).data, status.HTTP_201_CREATED)


class ClinicRulesHistory(APIView):
    """Who chose which number of a rule, when and why."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(
        responses=OverrideOut(many=True), operation_id="clinics_rules_history"
    )
    def get(self, request: Request, clinic_id: int) -> Response:
        """List all choices of the clinic and those for all clinics, newest first."""
        clinic = overrides.administered_clinic(request.user, clinic_id)
        found = overrides.history(clinic)
        return Pages("-changed_at", "-pk").answer(found, request, OverrideOut)
