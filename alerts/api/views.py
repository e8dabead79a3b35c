"""The doors to alerts: a patient's own, or those of the patients one looks after."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from alerts.api.serializers import (
    AlertHandOverIn,
    AlertLogOut,
    AlertNoteIn,
    AlertNoteOut,
    AlertResolutionIn,
    AlertSnoozeIn,
    PatientAlertOut,
    PatientAnswerIn,
    StaffAlertOut,
)
from alerts.domain import states, targets
from alerts.selectors import worklist
from alerts.services import answering, assigning, calling_back, noting
from tracker.api.account import account
from tracker.api.paging import Pages
from tracker.errors import InvalidFields
from tracker.selectors.access import is_staff_of_a_clinic


_STAFF = "Only these; for staff, a patient always gets all of their own."


def _either(*, many: bool = False) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name="AlertOut",
        serializers=[PatientAlertOut, StaffAlertOut],
        resource_type_field_name=None,
        many=many,
    )


class Alerts(APIView):
    """Alerts that the caller may see."""

    pagination_class = Pages

    @extend_schema(
        operation_id="alerts_list",
        responses=_either(many=True),
        parameters=[
            OpenApiParameter("state", str, enum=states.STATES, description=_STAFF),
            OpenApiParameter("tier", str, enum=targets.TIERS, description=_STAFF),
        ],
    )
    def get(self, request: Request) -> Response:
        """List a patient's own alerts, or to staff those of their patients; newest first."""
        pages = Pages("-opened_at", "pk")
        if not is_staff_of_a_clinic(request.user):
            found = worklist.own_alerts(request.user)
            return pages.answer(found, request, PatientAlertOut)
        wanted = {
            **_choice(request, "state", states.STATES),
            **_choice(request, "tier", targets.TIERS),
        }
        found = worklist.visible_alerts(request.user).filter(**wanted)
        return pages.answer(worklist.in_full(found), request, StaffAlertOut)


class OneAlert(APIView):
    """One alert."""

    @extend_schema(operation_id="alerts_retrieve", responses=_either())
    def get(self, request: Request, alert_id: UUID) -> Response:
        """Show one alert."""
        if not is_staff_of_a_clinic(request.user):
            found = worklist.own_alert(request.user, alert_id)
            return Response(PatientAlertOut(found).data)
        return _for_staff(request, alert_id)


class Acknowledgement(APIView):
    """Taking an alert, or, for its patient, having read it."""

    @extend_schema(
        operation_id="alerts_acknowledge",
        request=PatientAnswerIn,
        responses=_either(),
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        """Take the alert (clinicians), or note what its patient says of it.

        Patients may send `answer`: `read` (the default), `going_now`, `called` or
        `call_me`, which tells staff that they wait for a call.
        The second clinician to take an alert gets 409 `alert_already_taken`.
        """
        who, now = account(request), timezone.now()
        if not is_staff_of_a_clinic(who):
            filled = PatientAnswerIn(data=request.data)
            filled.is_valid(raise_exception=True)
            said = answering.patient_acknowledge(
                alert_id, by=who, now=now, **filled.validated_data
            )
            return Response(PatientAlertOut(said).data)
        answering.acknowledge(alert_id, by=who, now=now)
        return _for_staff(request, alert_id)


class Snooze(APIView):
    """Letting an alert wait."""

    @extend_schema(
        operation_id="alerts_snooze", request=AlertSnoozeIn, responses=StaffAlertOut
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        """Let an alert wait with a reason; never an emergency, and only a clinician can.

        It opens again when its time has come, and at once when it gets worse.
        """
        filled = AlertSnoozeIn(data=request.data)
        filled.is_valid(raise_exception=True)
        sleep = answering.Sleep(**filled.validated_data)
        answering.snooze(alert_id, sleep, by=account(request), now=timezone.now())
        return _for_staff(request, alert_id)


class CalledBack(APIView):
    """Having called a patient who asked for it."""

    @extend_schema(
        operation_id="alerts_called_back", request=None, responses=StaffAlertOut
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        """Note that the patient was called; only a clinician of the patient can.

        The alert keeps its state: a call is no outcome. Twice is the same.
        """
        calling_back.called(alert_id, by=account(request), now=timezone.now())
        return _for_staff(request, alert_id)


class Notes(APIView):
    """What clinicians wrote on an alert, and whom they called."""

    pagination_class = Pages

    @extend_schema(operation_id="alerts_notes", responses=AlertNoteOut(many=True))
    def get(self, request: Request, alert_id: UUID) -> Response:
        """List the notes of an alert, in order."""
        alert = worklist.visible_alert(request.user, alert_id)
        return Pages("written_at", "pk").answer(
            worklist.notes_of(alert), request, AlertNoteOut
        )

    @extend_schema(
        operation_id="alerts_note", request=AlertNoteIn, responses={201: AlertNoteOut}
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        """Write a note, or that the patient was called; the alert keeps its state.

        The same again within a minute is the same note. A call that reached the patient
        ends the wish to be called back.
        """
        filled = AlertNoteIn(data=request.data)
        filled.is_valid(raise_exception=True)
        written = noting.write(
            alert_id, by=account(request), now=timezone.now(), **filled.validated_data
        )
        shown: BaseSerializer[Any] = AlertNoteOut(written)
        return Response(shown.data, status=201)


class HandOver(APIView):
    """Asking a colleague."""

    @extend_schema(
        operation_id="alerts_hand_over",
        request=AlertHandOverIn,
        responses=StaffAlertOut,
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        """Ask a colleague of the care team to take the alert; it is open until they do.

        They are asked alone for half of the time to answer, then the others follow.
        """
        filled = AlertHandOverIn(data=request.data)
        filled.is_valid(raise_exception=True)
        assigning.hand_over(
            alert_id, by=account(request), now=timezone.now(), **filled.validated_data
        )
        return _for_staff(request, alert_id)


class Resolution(APIView):
    """The outcome of an alert."""

    @extend_schema(
        operation_id="alerts_resolve",
        request=AlertResolutionIn,
        responses=StaffAlertOut,
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        """Close the alert with an outcome; only a clinician of the patient can."""
        filled = AlertResolutionIn(data=request.data)
        filled.is_valid(raise_exception=True)
        answering.resolve(
            alert_id, by=account(request), now=timezone.now(), **filled.validated_data
        )
        return _for_staff(request, alert_id)


class Log(APIView):
    """Every move and hop of an alert."""

    pagination_class = Pages

    @extend_schema(operation_id="alerts_log", responses=AlertLogOut(many=True))
    def get(self, request: Request, alert_id: UUID) -> Response:
        """List who was told and who answered, in order."""
        alert = worklist.visible_alert(request.user, alert_id)
        return Pages("at", "pk").answer(worklist.log_of(alert), request, AlertLogOut)


def _for_staff(request: Request, alert_id: UUID) -> Response:
    alert = worklist.visible_alert(request.user, alert_id)
    shown: BaseSerializer[Any] = StaffAlertOut(alert)
    return Response(shown.data)


def _choice(request: Request, name: str, known: tuple[str, ...]) -> dict[str, str]:
    wanted = request.query_params.get(name)
    if wanted is None:
        return {}
    if wanted not in known:
        raise InvalidFields({name: [f"One of: {', '.join(known)}."]})
    return {name: wanted}
