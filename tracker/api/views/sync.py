"""Sync with phones: one round trip, a proof of completeness, and a plain status."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from tracker.api import sync_schema
from tracker.api.throttles import ScopedThrottle
from tracker.errors import InvalidFields, InvalidInput
from tracker.selectors import sync as selectors
from tracker.selectors.access import SyncedPatient, synced_patient
from tracker.services.sync import exchange
from tracker.services.sync.envelope import open_envelope
from tracker.services.sync.refused import advice_with_refusal, records_of


#: Phones prove themselves by header only. A cookie would open these doors to forged
#: requests, because the body may come with any content type.
HEADER_ONLY = list[type[BaseAuthentication]](
    api_settings.DEFAULT_AUTHENTICATION_CLASSES[:1]  # type: ignore[arg-type]
)

#: What the status page says about a quarantined entry.
QUARANTINE_TEXT = (
    "This entry did not reach your clinic's charts. It is kept, and your clinic can "
    "see that it is there."
)


PATIENT = OpenApiParameter(
    "patient", UUID, description="Whose diary, for caregivers of several patients."
)


#: What it says of one that came after the consent was withdrawn.
SEALED_TEXT = (
    "You have withdrawn your consent. This entry is kept sealed; it goes to your "
    "clinic only if you agree again."
)


def _json(schema: sync_schema.Schema, description: str) -> OpenApiResponse:
    return OpenApiResponse(response=schema, description=description)


def synced(
    request: Request | HttpRequest, access_to: Callable[[UUID | None], SyncedPatient]
) -> HttpResponse:
    """Answer a sync request; `access_to` says whose diary it is, if one is named."""
    envelope = open_envelope(request.body, gzipped=is_gzip(request))
    now = timezone.now()
    with advice_with_refusal(lambda: records_of(envelope), now=now):
        reply = exchange(
            access=access_to(envelope.patient),
            envelope=envelope,
            app_version=request.headers.get("X-App-Version", ""),
            now=now,
        )
    return HttpResponse(reply, content_type="application/json")


class SyncView(APIView):
    """Push and pull in one round trip."""

    authentication_classes = HEADER_ONLY
    throttle_classes = (ScopedThrottle,)
    throttle_scope = "sync"

    @extend_schema(
        operation_id="sync",
        request={"application/json": sync_schema.REQUEST},
        responses={
            200: _json(sync_schema.REPLY, "What is new, and what became of it.")
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Send what the phone has and fetch what is new. Sending twice is safe.

        One bad record never holds back the others: it is quarantined and named in
        the reply. `guidance` must be shown at once. The body may be gzip.
        """
        return synced(request, partial(synced_patient, request.user))


class SyncDigestView(APIView):
    """Lets a phone prove that everything it holds is at the clinic."""

    authentication_classes = HEADER_ONLY
    throttle_classes = (ScopedThrottle,)
    throttle_scope = "sync"

    @extend_schema(
        operation_id="sync_digest",
        parameters=[PATIENT],
        responses={200: _json(sync_schema.DIGEST, "Count and hash by collection.")},
    )
    def get(self, request: Request) -> Response:
        """Return count and hash of each collection.

        The hash is the xor, over the records, of the first 8 bytes of SHA-256 of the
        record's client-owned fields as canonical JSON: keys sorted, no white space.
        """
        return Response(selectors.digest(named_patient(request).patient.pk))


class SyncStatusView(APIView):
    """Tells in plain words what has arrived, and what has not reached the charts."""

    authentication_classes = HEADER_ONLY
    throttle_classes = (ScopedThrottle,)
    throttle_scope = "sync"

    @extend_schema(
        operation_id="sync_status",
        parameters=[PATIENT],
        responses={200: _json(sync_schema.STATUS, "Devices and quarantined entries.")},
    )
    def get(self, request: Request) -> Response:
        """Return the last received entry of each phone, and what is quarantined."""
        patient_id = named_patient(request).patient.pk
        return Response(
            {
                "devices": selectors.device_reports(patient_id),
                "quarantined": [
                    {**row, "text": _text_of(row["reason"])}
                    for row in selectors.open_quarantine(patient_id)
                ],
            }
        )


def _text_of(reason: str) -> str:
    return SEALED_TEXT if reason == "sealed" else QUARANTINE_TEXT


def named_patient(request: Request) -> SyncedPatient:
    """Return the access to the patient of `?patient=`; without it the only one, or the own one."""
    named = request.query_params.get("patient")
    try:
        wanted = UUID(named) if named else None
    except ValueError:
        raise InvalidFields(
            {"patient": ["Use an id of GET /api/v1/me/patients."]}
        ) from None
    return synced_patient(request.user, wanted)


def is_gzip(request: Request | HttpRequest) -> bool:
    """Return whether the body is gzip; raise InvalidInput for any other encoding."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise InvalidInput("Content-Encoding must be gzip or absent.")
    return encoding == "gzip"
