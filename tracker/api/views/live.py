"""Live hints for phones: server-sent events that say when a pull is worth while."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from tracker.api.account import account
from tracker.api.throttles import ScopedThrottle
from tracker.api.views.sync import PATIENT, named_patient
from tracker.domain.diary import COLLECTIONS
from tracker.domain.rxdb import FIRST_VERSION, READ_ONLY, VERSIONS
from tracker.errors import NotFound
from tracker.services.live import Stream, patient_topic


EVENTS = "text/event-stream"
_RESPONSES = {
    (200, EVENTS): OpenApiResponse(
        str, "An event for each change; its data names collections, or `*` for any."
    ),
    503: OpenApiResponse(description="No place or no Redis: pull now and then."),
}


class _Events(DefaultContentNegotiation):
    """Whatever a client accepts: an EventSource asks for events, and errors are JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the renderer of errors."""
        return renderers[0], renderers[0].media_type


class _StreamView(APIView):
    """An EventSource cannot send a header: the cookie of the website's session will do.

    Nothing is changed here, and nothing of the diary is told.
    """

    content_negotiation_class = _Events
    throttle_classes = (ScopedThrottle,)
    throttle_scope = "sync"


class SyncStream(_StreamView):
    """One stream for all collections of a diary."""

    @extend_schema(
        operation_id="sync_stream", parameters=[PATIENT], responses=_RESPONSES
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Wait for hints that something has changed; pull then. Ends after a while.

        The first event comes at once. Hints may be lost, so pull now and then anyway.
        """
        return _streamed(request, only=None)


class RxdbStream(_StreamView):
    """The same for one collection, at the address that RxDB's documentation expects."""

    @extend_schema(
        operation_id="rxdb_stream",
        parameters=[
            OpenApiParameter(
                "collection",
                str,
                OpenApiParameter.PATH,
                enum=[*COLLECTIONS, *READ_ONLY],
            ),
            PATIENT,
        ],
        responses=_RESPONSES,
    )
    def get(self, request: Request, collection: str) -> HttpResponseBase:
        """Wait for hints about one collection: map each event to RxDB's `RESYNC`.

        One stream of `/api/v1/sync/stream` serves all replications of a phone.
        """
        if collection not in VERSIONS[FIRST_VERSION]:
            raise NotFound
        return _streamed(request, only=collection)


def _streamed(request: Request, *, only: str | None) -> HttpResponseBase:
    patient = named_patient(request).patient
    return event_stream(
        Stream(patient_topic(patient.pk), account=account(request).pk, only=only)
    )


def event_stream(stream: Stream) -> StreamingHttpResponse:
    """Return a stream as an answer that holds no database connection."""
    if not connection.in_atomic_block:
        connection.close()  # else it would be held for as long as the stream
    response = StreamingHttpResponse(stream, content_type=EVENTS)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would hold events back
    return response
