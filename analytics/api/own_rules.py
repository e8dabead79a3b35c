"""The numbers of the rules for one patient: their clinicians choose them."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api.serializers import OwnOverrideIn, OwnOverrideOut, OwnSettingOut
from analytics.selectors import own_numbers
from analytics.services.overriding import OwnNumber, override_for_patient
from tracker.api.account import account
from tracker.api.paging import Pages
from tracker.selectors.access import treated_patient, visible_patient


class PatientRules(APIView):
    """The numbers of the rules for one patient."""

    @extend_schema(
        responses=OwnSettingOut(many=True),
        operation_id="patients_rules_list",
        filters=False,
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List every number that may be chosen for the patient, with its limits.

        What is not listed cannot be changed: emergency rules, and all that phones
        judge themselves.
        """
        patient = visible_patient(request.user, patient_id)
        found = own_numbers.own_settings(patient, at=timezone.now())
        return Response([OwnSettingOut(each).data for each in found])

    @extend_schema(
        request=OwnOverrideIn,
        responses={201: OwnOverrideOut},
        operation_id="patients_rules_create",
    )
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Choose a number for the patient until a day; the analysis uses it at once.

        The choice and its reason are kept for good. Flags already raised stay.
        """
        patient = treated_patient(request.user, patient_id)
        wish = OwnOverrideIn(data=request.data)
        wish.is_valid(raise_exception=True)
        chosen = wish.validated_data
        made = override_for_patient(
            patient,
            number=OwnNumber(
                rule=chosen["rule"],
                setting=chosen["setting"],
                value=chosen["value"],
                until=chosen.get("expires_on"),
            ),
            why=chosen["why"],
            by=account(request),
            now=timezone.now(),
        )
        return Response(OwnOverrideOut(made).data, status.HTTP_201_CREATED)


class PatientRulesHistory(APIView):
    """Who chose which number for a patient, until when and why."""

    pagination_class = Pages

    @extend_schema(
        responses=OwnOverrideOut(many=True), operation_id="patients_rules_history"
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List all choices for the patient, newest first."""
        patient = visible_patient(request.user, patient_id)
        found = own_numbers.own_history(patient)
        return Pages("-changed_at", "-pk").answer(found, request, OwnOverrideOut)
