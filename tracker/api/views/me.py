"""A person's own profile and consent."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tracker.api.account import account
from tracker.api.serializers.people import (
    ClinicMoveIn,
    ConsentIn,
    ConsentOut,
    MeIn,
    MeOut,
    PatientOut,
)
from tracker.selectors.access import own_patient
from tracker.selectors.people import memberships_of, patient_of
from tracker.services import moving, people


class Me(APIView):
    """The caller's own profile."""

    @extend_schema(responses=MeOut)
    def get(self, request: Request) -> Response:
        """Show who the caller is: patient, clinician, administrator, or several."""
        user = account(request)
        profile = {
            "email": user.email,
            "name": user.name,
            "patient": patient_of(user),
            "memberships": memberships_of(user),
        }
        return Response(MeOut(profile).data)

    @extend_schema(request=MeIn, responses=MeOut)
    def patch(self, request: Request) -> Response:
        """Change the fields that are sent; leave the others."""
        changes = MeIn(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        people.change_profile(account(request), changes.validated_data)
        return self.get(request)


class MyClinic(APIView):
    """The clinic of the patient who asks."""

    throttle_scope = "enrol"

    @extend_schema(request=ClinicMoveIn, responses=PatientOut)
    def post(self, request: Request) -> Response:
        """Move to the clinic that the code is from, agreeing to the current text.

        The diary goes along, phones notice nothing, open alerts are handed over, and
        the clinic before sees the patient no longer.
        """
        patient = own_patient(request.user)
        wish = ClinicMoveIn(data=request.data)
        wish.is_valid(raise_exception=True)
        moved = moving.move_to_clinic(
            patient, **wish.validated_data, by=account(request), now=timezone.now()
        )
        return Response(PatientOut(moved).data)


class MyConsent(APIView):
    """The caller's agreement to the current consent text."""

    @extend_schema(request=ConsentIn, responses=ConsentOut)
    def post(self, request: Request) -> Response:
        """Agree to the current text, after it changed or after a withdrawal."""
        agreed = ConsentIn(data=request.data)
        agreed.is_valid(raise_exception=True)
        given = people.give_consent(
            own_patient(request.user),
            version=agreed.validated_data["version"],
            now=timezone.now(),
        )
        return Response(ConsentOut(given).data)


class MyConsentWithdrawal(APIView):
    """Withdrawal of consent."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Withdraw every consent in force; 404 when there is none."""
        people.withdraw_consent(own_patient(request.user), now=timezone.now())
        return Response(status=204)
