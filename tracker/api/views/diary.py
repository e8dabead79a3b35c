"""The diary of a patient, read by staff."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tracker.api.paging import Pages
from tracker.api.serializers import fields
from tracker.api.serializers.diary import ENTRY_OUT
from tracker.errors import InvalidFields
from tracker.selectors import diary
from tracker.selectors.access import patient_with_open_diary


COLLECTION = OpenApiParameter("collection", str, "path", enum=list(ENTRY_OUT))
ENTRIES = PolymorphicProxySerializer(
    component_name="DiaryEntryOut",
    serializers=list(ENTRY_OUT.values()),
    resource_type_field_name=None,
    many=True,
)


class Diary(APIView):
    """One collection of a patient's diary."""

    pagination_class = Pages

    @extend_schema(
        responses=ENTRIES,
        operation_id="patients_diary_list",
        parameters=[
            COLLECTION,
            OpenApiParameter("from", date, description="First local day."),
            OpenApiParameter("to", date, description="Last local day, included."),
        ],
    )
    def get(self, request: Request, patient_id: UUID, collection: str) -> Response:
        """List entries, latest felt first, withdrawn ones too."""
        patient_with_open_diary(request.user, patient_id)
        found = diary.entries(
            patient_id,
            collection,
            first_day=_day(request, "from"),
            last_day=_day(request, "to"),
        )
        pages = Pages("-recorded_at", "pk")
        return pages.answer(found, request, ENTRY_OUT[collection])


class Revisions(APIView):
    """One entry with its history."""

    pagination_class = None

    @extend_schema(
        responses=ENTRIES,
        operation_id="patients_diary_revisions_list",
        parameters=[COLLECTION],
    )
    def get(
        self, request: Request, patient_id: UUID, collection: str, entry_id: str
    ) -> Response:
        """Show the entry as it is, then as it was, newest first, at most 200 times."""
        patient_with_open_diary(request.user, patient_id)
        found = diary.revisions(patient_id, collection, entry_id)
        return Response(ENTRY_OUT[collection](found, many=True).data)


def _day(request: Request, name: str) -> date | None:
    raw = request.query_params.get(name)
    if raw is None:
        return None
    try:
        day: date = fields.day().run_validation(raw)
    except ValidationError as refused:
        raise InvalidFields({name: [str(text) for text in refused.args[0]]}) from None
    return day
