"""The door of WatermelonDB: its documented client, unmodified."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from tracker.api import watermelon_schema
from tracker.api.account import account
from tracker.api.devices import DEVICE, named_device
from tracker.api.throttles import ScopedThrottle
from tracker.api.views.sync import HEADER_ONLY, is_gzip
from tracker.selectors.access import synced_patients
from tracker.services.sync import watermelon


_LAST_PULLED_AT: Final = OpenApiParameter(
    "last_pulled_at",
    OpenApiTypes.STR,
    description="The `timestamp` of the last pull; nothing, `null` or 0 for everything.",
)
_IGNORED: Final = OpenApiParameter(
    "schema_version", OpenApiTypes.STR, description="Taken and not looked at."
)
_MIGRATION: Final = OpenApiParameter(
    "migration",
    OpenApiTypes.STR,
    description="JSON as WatermelonDB writes it; the tables in it are sent whole.",
)


class WatermelonView(APIView):
    """`pullChanges` and `pushChanges` of WatermelonDB."""

    authentication_classes = HEADER_ONLY
    throttle_classes = (ScopedThrottle,)
    throttle_scope = "sync"

    @extend_schema(
        operation_id="watermelon_pull",
        parameters=[_LAST_PULLED_AT, _IGNORED, _MIGRATION, DEVICE],
        responses={
            200: OpenApiResponse(watermelon_schema.PULLED, "Everything that is new.")
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """Fetch everything that is new, of every diary that the account may sync.

        Rows are always in `updated`; tell the client `sendCreatedAsUpdated: true`.
        """
        reply = watermelon.pull(
            user=account(request),
            accesses=synced_patients(request.user),
            sender=_sender(request),
            migration=request.query_params.get("migration", ""),
            now=timezone.now(),
        )
        return HttpResponse(reply, content_type="application/json")

    @extend_schema(
        operation_id="watermelon_push",
        parameters=[_LAST_PULLED_AT, DEVICE],
        request={
            "application/json": watermelon_schema.PUSH,
            "text/plain": watermelon_schema.PUSH,
        },
        responses={
            200: OpenApiResponse(watermelon_schema.PUSHED, "What became of the rows."),
            409: OpenApiResponse(
                watermelon_schema.CONFLICT,
                "Somebody else has changed one of the rows; nothing was stored.",
            ),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Send the rows that were created, edited or deleted. Sending twice is safe.

        A deletion withdraws the entry. A bad row holds back no other: it is kept, and
        named in the reply. The body may have any content type, and may be gzip.
        """
        reply = watermelon.push(
            user=account(request),
            accesses=synced_patients(request.user),
            body=request.body,
            gzipped=is_gzip(request),
            sender=_sender(request),
            now=timezone.now(),
        )
        return HttpResponse(reply, content_type="application/json")


def _sender(request: Request) -> watermelon.Sender:
    return watermelon.Sender(
        last_pulled_at=request.query_params.get("last_pulled_at", ""),
        app_version=request.headers.get("X-App-Version", ""),
        device=named_device(request),
    )
