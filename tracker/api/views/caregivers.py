"""Caregivers: the patient or the clinic makes a code, the caregiver redeems it."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tracker.api.account import account, address
from tracker.api.paging import Pages
from tracker.api.permissions import StaffOnly
from tracker.api.serializers.caregivers import (
    CaregiverCodeOut,
    CaregiverEnrolmentIn,
    CaregiverForPatientIn,
    CaregiverIn,
    CaregiverOut,
    CodeIn,
    OpenCodeOut,
    SyncedPatientOut,
)
from tracker.api.serializers.people import EnrolmentOut
from tracker.selectors.access import own_patient, synced_patients, visible_patient
from tracker.selectors.caregivers import caregivers_of, open_codes
from tracker.services import caregivers, sessions


class CaregiverEnrolments(APIView):
    """A new account for a caregiver."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "enrol"

    @extend_schema(request=CaregiverEnrolmentIn, responses={201: EnrolmentOut}, auth=[])
    def post(self, request: Request) -> Response:
        """Make the account, let it use the patient's diary, open a session."""
        form = CaregiverEnrolmentIn(data=request.data)
        form.is_valid(raise_exception=True)
        made = caregivers.enrol_caregiver(**form.validated_data, now=timezone.now())
        token = sessions.open_session(
            made.user,
            ip=address(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
        shown = {"patient_id": made.patient_id, "session_token": token}
        return Response(shown, status=201)


class SyncedPatients(APIView):
    """The patients whose diary the caller may sync."""

    @extend_schema(
        responses=SyncedPatientOut(many=True), operation_id="me_patients_list"
    )
    def get(self, request: Request) -> Response:
        """List the caller's own diary first, then those that they care for."""
        found = synced_patients(account(request))
        return Response(SyncedPatientOut(found, many=True).data)

    @extend_schema(request=CodeIn, responses={201: SyncedPatientOut(many=True)})
    def post(self, request: Request) -> Response:
        """Care for one more patient, with the code of that patient."""
        form = CodeIn(data=request.data)
        form.is_valid(raise_exception=True)
        caregivers.accept(
            form.validated_data["code"], user=account(request), now=timezone.now()
        )
        found = synced_patients(account(request))
        return Response(SyncedPatientOut(found, many=True).data, status=201)


class Leaving(APIView):
    """A caregiver steps back."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Care for this patient no longer; 404 when the caller does not."""
        caregivers.leave(patient_id, user=account(request), now=timezone.now())
        return Response(status=204)


class MyCaregivers(APIView):
    """The caregivers of the patient who asks."""

    pagination_class = Pages

    @extend_schema(responses=CaregiverOut(many=True), operation_id="me_caregivers_list")
    def get(self, request: Request) -> Response:
        """List caregivers, newest first, also those of the past."""
        found = caregivers_of(own_patient(request.user).pk)
        return Pages("-pk").answer(found, request, CaregiverOut)

    @extend_schema(request=CaregiverIn, responses={201: CaregiverCodeOut})
    def post(self, request: Request) -> Response:
        """Make a code for a caregiver, shown once and valid for 7 days."""
        return _invited(request, own_patient(request.user).pk, CaregiverIn)


class MyCaregiverRevocation(APIView):
    """The end of what a caregiver may do."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, caregiver_id: int) -> Response:
        """End it at once; 404 when it has ended."""
        return _revoked(request, own_patient(request.user).pk, caregiver_id)


class MyCaregiverCodes(APIView):
    """The codes of the patient who asks that nobody has redeemed."""

    pagination_class = Pages

    @extend_schema(
        responses=OpenCodeOut(many=True), operation_id="me_caregiver_codes_list"
    )
    def get(self, request: Request) -> Response:
        """List the codes that wait, newest first."""
        found = open_codes(own_patient(request.user).pk, now=timezone.now())
        return Pages("-pk").answer(found, request, OpenCodeOut)


class MyCaregiverCodeCancellation(APIView):
    """The end of a code that nobody has redeemed."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, code_id: int) -> Response:
        """Cancel it; 404 when it was redeemed, has ended or was cancelled."""
        return _cancelled(request, own_patient(request.user).pk, code_id)


class PatientCaregivers(APIView):
    """The caregivers of one patient, for staff."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(
        responses=CaregiverOut(many=True), operation_id="patients_caregivers_list"
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List caregivers, newest first, also those of the past."""
        found = caregivers_of(visible_patient(request.user, patient_id).pk)
        return Pages("-pk").answer(found, request, CaregiverOut)

    @extend_schema(request=CaregiverForPatientIn, responses={201: CaregiverCodeOut})
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Make a code for a caregiver because the patient said so."""
        patient = visible_patient(request.user, patient_id)
        return _invited(request, patient.pk, CaregiverForPatientIn)


class PatientCaregiverRevocation(APIView):
    """The end of what a caregiver may do, noted by staff."""

    permission_classes = (StaffOnly,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, patient_id: UUID, caregiver_id: int) -> Response:
        """End it at once; 404 when it has ended."""
        patient = visible_patient(request.user, patient_id)
        return _revoked(request, patient.pk, caregiver_id)


class PatientCaregiverCodes(APIView):
    """The codes of one patient that nobody has redeemed, for staff."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(
        responses=OpenCodeOut(many=True), operation_id="patients_caregiver_codes_list"
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List the codes that wait, newest first."""
        patient = visible_patient(request.user, patient_id)
        found = open_codes(patient.pk, now=timezone.now())
        return Pages("-pk").answer(found, request, OpenCodeOut)


class PatientCaregiverCodeCancellation(APIView):
    """The end of a code that nobody has redeemed, by staff."""

    permission_classes = (StaffOnly,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, patient_id: UUID, code_id: int) -> Response:
        """Cancel it; 404 when it was redeemed, has ended or was cancelled."""
        patient = visible_patient(request.user, patient_id)
        return _cancelled(request, patient.pk, code_id)


def _invited(
    request: Request, patient_id: UUID, serializer: type[CaregiverIn]
) -> Response:
    wish = serializer(data=request.data)
    wish.is_valid(raise_exception=True)
    invitation, code = caregivers.invite_caregiver(
        patient_id,
        may_write=wish.validated_data["may_write"],
        by=account(request),
        now=timezone.now(),
    )
    shown = {
        "id": invitation.pk,
        "code": code,
        "may_write": invitation.may_write,
        "expires_at": invitation.expires_at,
    }
    return Response(CaregiverCodeOut(shown).data, status=201)


def _revoked(request: Request, patient_id: UUID, caregiver_id: int) -> Response:
    caregivers.revoke(patient_id, caregiver_id, by=account(request), now=timezone.now())
    return Response(status=204)


def _cancelled(request: Request, patient_id: UUID, code_id: int) -> Response:
    caregivers.cancel_code(patient_id, code_id, by=account(request), now=timezone.now())
    return Response(status=204)
