"""Episodes of care, what is recorded on them, and messages to a patient.

Staff read; only clinicians who treat the patient write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from tracker.api.account import account
from tracker.api.paging import Pages
from tracker.api.serializers import clinical as forms
from tracker.selectors import clinical as selectors
from tracker.selectors.access import treated_patient, visible_patient
from tracker.services import clinical as services


def _read(form: type[Serializer[Any]], request: Request, **options: Any) -> Any:
    filled = form(data=request.data, **options)
    filled.is_valid(raise_exception=True)
    return filled.validated_data


class Episodes(APIView):
    """A patient's episodes of care."""

    pagination_class = Pages

    @extend_schema(
        responses=forms.EpisodeOut(many=True), operation_id="patients_episodes_list"
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List episodes, newest first."""
        visible_patient(request.user, patient_id)
        found = selectors.episodes(patient_id)
        return Pages("-created_at", "pk").answer(found, request, forms.EpisodeOut)

    @extend_schema(request=forms.EpisodeIn, responses={201: forms.EpisodeOut})
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Begin an episode."""
        patient = treated_patient(request.user, patient_id)
        episode = services.open_episode(patient, fields=_read(forms.EpisodeIn, request))
        return Response(forms.EpisodeOut(episode).data, status=201)


class OneEpisode(APIView):
    """One episode of care."""

    @extend_schema(responses=forms.EpisodeOut)
    def get(self, request: Request, episode_id: UUID) -> Response:
        """Show an episode."""
        episode = selectors.visible_episode(account(request), episode_id)
        return Response(forms.EpisodeOut(episode).data)

    @extend_schema(request=forms.EpisodeIn, responses=forms.EpisodeOut)
    def patch(self, request: Request, episode_id: UUID) -> Response:
        """Change the fields that are sent; leave the others."""
        episode = selectors.treated_episode(account(request), episode_id)
        changes = _read(forms.EpisodeIn, request, partial=True)
        episode = services.change_episode(episode, fields=changes)
        return Response(forms.EpisodeOut(episode).data)


class _Records(APIView):
    """The records of one kind on an episode."""

    kind = ""
    pagination_class = Pages

    def get(self, request: Request, episode_id: UUID) -> Response:
        """List records, newest first."""
        episode = selectors.visible_episode(account(request), episode_id)
        found = selectors.records(episode, self.kind)
        _, out = forms.RECORD[self.kind]
        return Pages("-created_at", "pk").answer(found, request, out)

    def post(self, request: Request, episode_id: UUID) -> Response:
        """Record one."""
        episode = selectors.treated_episode(account(request), episode_id)
        form, out = forms.RECORD[self.kind]
        record = services.record(
            episode, self.kind, fields=_read(form, request), by=account(request)
        )
        return Response(out(record).data, status=201)


def _documented(kind: str) -> Callable[[type[_Records]], type[_Records]]:
    form, out = forms.RECORD[kind]
    name = f"episodes_{kind}"
    return extend_schema_view(
        get=extend_schema(operation_id=f"{name}_list", responses=out(many=True)),
        post=extend_schema(
            operation_id=f"{name}_create", request=form, responses={201: out}
        ),
    )


@_documented("exams")
class Exams(_Records):
    """Neurological examinations, each with its graded findings."""

    kind = "exams"


@_documented("imaging")
class Imaging(_Records):
    """MRI, CT and X-ray."""

    kind = "imaging"


@_documented("neurophysiology")
class Neurophysiology(_Records):
    """Nerve conduction studies and electromyography."""

    kind = "neurophysiology"


@_documented("treatments")
class Treatments(_Records):
    """Treatments; the patient's phone reads them."""

    kind = "treatments"


@_documented("outcomes")
class Outcomes(_Records):
    """How a deficit or the episode turned out."""

    kind = "outcomes"


@_documented("baselines")
class Baselines(_Records):
    """What clinicians accepted as usual for a leg from a day on.

    Trend rules compare with it, red flags do not. Refused with 409
    `emergency_unanswered` while an emergency alert of the patient waits.
    """

    kind = "baselines"


class BaselineWithdrawal(APIView):
    """The withdrawal of an accepted baseline."""

    @extend_schema(request=forms.WithdrawalIn, responses=forms.BaselineOut)
    def post(self, request: Request, episode_id: UUID, baseline_id: UUID) -> Response:
        """Withdraw it; the analysis goes on as if it had never been."""
        baseline = selectors.treated_baseline(account(request), episode_id, baseline_id)
        baseline = services.withdraw_baseline(
            baseline,
            why=_read(forms.WithdrawalIn, request)["why"],
            by=account(request),
            now=timezone.now(),
        )
        return Response(forms.BaselineOut(baseline).data)


class OneTreatment(APIView):
    """One treatment."""

    @extend_schema(request=forms.TreatmentChangeIn, responses=forms.TreatmentOut)
    def patch(self, request: Request, episode_id: UUID, treatment_id: UUID) -> Response:
        """Change the fields that are sent, such as the end."""
        treatment = selectors.treated_treatment(
            account(request), episode_id, treatment_id
        )
        changes = _read(forms.TreatmentChangeIn, request, partial=True)
        treatment = services.change_treatment(treatment, fields=changes)
        return Response(forms.TreatmentOut(treatment).data)


class Messages(APIView):
    """The clinic's messages to a patient."""

    pagination_class = Pages

    @extend_schema(
        responses=forms.MessageOut(many=True), operation_id="patients_messages_list"
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List messages, newest first."""
        visible_patient(request.user, patient_id)
        found = selectors.messages(patient_id)
        return Pages("-sent_at", "pk").answer(found, request, forms.MessageOut)

    @extend_schema(request=forms.MessageIn, responses={201: forms.MessageOut})
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Send a message; the phone shows it after its next sync."""
        patient = treated_patient(request.user, patient_id)
        message = services.send_message(
            patient,
            text=_read(forms.MessageIn, request)["text"],
            by=account(request),
            now=timezone.now(),
        )
        return Response(forms.MessageOut(message).data, status=201)
