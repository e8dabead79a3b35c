"""How a patient comes in: invitation, consent text, enrolment."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tracker.api.account import account, address
from tracker.api.paging import Pages
from tracker.api.permissions import StaffOnly
from tracker.api.serializers.people import (
    ConsentTextOut,
    EnrolmentIn,
    EnrolmentOut,
    InvitationIn,
    InvitationMadeOut,
    InvitationOut,
)
from tracker.domain import consent
from tracker.selectors import people as selectors
from tracker.services import enrolment, sessions


class Invitations(APIView):
    """Invitations of the caller's clinics."""

    permission_classes = (StaffOnly,)
    pagination_class = Pages

    @extend_schema(responses=InvitationOut(many=True), operation_id="invitations_list")
    def get(self, request: Request) -> Response:
        """List invitations, newest first, used and expired ones too."""
        found = selectors.invitations_of(account(request))
        return Pages("-created_at", "-pk").answer(found, request, InvitationOut)

    @extend_schema(request=InvitationIn, responses={201: InvitationMadeOut})
    def post(self, request: Request) -> Response:
        """Invite a patient; the answer shows the code once, valid for 14 days."""
        wish = InvitationIn(data=request.data)
        wish.is_valid(raise_exception=True)
        clinic, team = selectors.place_to_invite(
            account(request),
            clinic_id=wish.validated_data["clinic"],
            care_team_id=wish.validated_data["care_team"],
        )
        invitation, code = enrolment.invite(
            patient_name=wish.validated_data["patient_name"],
            clinic=clinic,
            care_team=team,
            created_by=account(request),
            now=timezone.now(),
        )
        shown = {**InvitationOut(invitation).data, "code": code}
        return Response(shown, status=201)


class ConsentText(APIView):
    """The current consent text."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses=ConsentTextOut, auth=[])
    def get(self, request: Request) -> Response:
        """Show the text to agree to, and its version."""
        return Response({"version": consent.VERSION, "text": consent.TEXT})


class Enrolments(APIView):
    """Enrolment with an invitation code."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "enrol"

    @extend_schema(request=EnrolmentIn, responses={201: EnrolmentOut}, auth=[])
    def post(self, request: Request) -> Response:
        """Make the account, link it to the clinic, record consent, open a session."""
        form = EnrolmentIn(data=request.data)
        form.is_valid(raise_exception=True)
        fields = {
            name: value for name, value in form.validated_data.items() if name != "code"
        }
        patient = enrolment.enrol(
            form.validated_data["code"],
            enrolment.Enrolment(**fields),
            now=timezone.now(),
        )
        token = sessions.open_session(
            patient.user,
            ip=address(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
        return Response({"patient_id": patient.pk, "session_token": token}, status=201)
