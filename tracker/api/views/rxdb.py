"""Sync for RxDB's HTTP replication, unmodified: one collection at a time."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from tracker.api import rxdb_schema
from tracker.api.devices import DEVICE, device_or_session, sent_at
from tracker.api.throttles import ScopedThrottle
from tracker.api.views.sync import HEADER_ONLY, PATIENT, is_gzip, named_patient
from tracker.domain.diary import COLLECTIONS
from tracker.domain.notices import Notice
from tracker.domain.rxdb import FIRST_VERSION, READ_ONLY, VERSIONS
from tracker.errors import NotFound, NotThePatient, SchemaUnknown
from tracker.services.rxdb import pulling, pushing
from tracker.services.sync.refused import advice_with_refusal


#: Bytes of guidance in the header of a push; servers and proxies take 8 KiB in all.
GUIDANCE_BYTES: Final = 4096
GUIDANCE_HEADER: Final = "X-Guidance"
NOTICE_HEADER: Final = "X-Notices"


def _collection(*names: str) -> OpenApiParameter:
    return OpenApiParameter("collection", str, OpenApiParameter.PATH, enum=names)


_SCHEMA: Final = OpenApiParameter(
    "schema",
    int,
    default=FIRST_VERSION,
    enum=list(VERSIONS),
    description="The version of the app's RxJsonSchema of this collection.",
)
_NOTICES: Final = OpenApiParameter(
    NOTICE_HEADER,
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="JSON; what is to be said about the sync itself, if anything is.",
)
_EVERY: Final = _collection(*COLLECTIONS, *READ_ONLY)
_QUERY: Final = [
    _EVERY,
    _SCHEMA,
    PATIENT,
    OpenApiParameter("updatedAt", int, description="Of the last checkpoint, or 0."),
    OpenApiParameter("id", str, description="Of the last checkpoint, or empty."),
    OpenApiParameter(
        "limit", int, description="How many documents; `batchSize` is the same."
    ),
    DEVICE,
    _NOTICES,
]


class RxdbView(APIView):
    """What the doors of one collection have in common."""

    authentication_classes = HEADER_ONLY
    throttle_classes = (ScopedThrottle,)
    throttle_scope = "sync"


class RxdbPull(RxdbView):
    """The pull handler's counterpart."""

    @extend_schema(
        operation_id="rxdb_pull",
        parameters=_QUERY,
        responses={200: OpenApiResponse(rxdb_schema.PULLED, "What changed.")},
    )
    def get(self, request: Request, collection: str) -> HttpResponse:
        """Return the documents changed after a checkpoint, oldest change first.

        A page with fewer documents than asked for is the last. A size above the
        server's pages is an error, never a short page.
        """
        wish = pulling.Wish(
            version=known_version(request, collection),
            patient=named_patient(request).patient,
            collection=collection,
            device_id=device_or_session(request),
            app_version=request.headers.get("X-App-Version", ""),
        )
        found = pulling.pull(wish, request.query_params, now=timezone.now())
        return _answer(found.body, found.notices)


class RxdbPush(RxdbView):
    """The push handler's counterpart."""

    @extend_schema(
        operation_id="rxdb_push",
        parameters=[
            _collection(*COLLECTIONS),
            _SCHEMA,
            PATIENT,
            DEVICE,
            _NOTICES,
            OpenApiParameter(
                "X-Sent-At",
                OpenApiTypes.DATETIME,
                OpenApiParameter.HEADER,
                description="The phone's clock now, with its offset from UTC.",
            ),
            OpenApiParameter(
                GUIDANCE_HEADER,
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description="JSON; what is to be shown at once, if anything is.",
            ),
        ],
        request={"application/json": rxdb_schema.ROWS},
        responses={
            200: OpenApiResponse(rxdb_schema.CONFLICTS, "Rows that were not written.")
        },
    )
    def post(self, request: Request, collection: str) -> HttpResponse:
        """Send rows; the answer holds the clinic's state of those in conflict.

        A row that can never be stored is quarantined and not in the answer. Sending
        twice is safe. The body may be gzip.
        """
        if collection not in COLLECTIONS:
            raise NotFound
        now, body, gzipped = timezone.now(), request.body, is_gzip(request)
        with advice_with_refusal(
            lambda: pushing.records_of(collection, body, gzipped=gzipped), now=now
        ):
            access = named_patient(request)
            if not access.may_write:
                raise NotThePatient
        answer = pushing.push(
            pushing.Batch(
                patient=access.patient,
                collection=collection,
                version=known_version(request, collection),
                device_id=device_or_session(request),
                app_version=request.headers.get("X-App-Version", ""),
                sent_at=sent_at(request),
                recorded_by=access.user_id,
            ),
            body,
            gzipped=gzipped,
            now=now,
        )
        response = _answer(answer.body, answer.notices)
        if answer.guidance:
            response[GUIDANCE_HEADER] = as_header(answer.guidance)
        return response


def _answer(body: bytes, notices: tuple[Notice, ...]) -> HttpResponse:
    response = HttpResponse(body, content_type="application/json")
    if notices:
        response[NOTICE_HEADER] = as_header([asdict(notice) for notice in notices])
    return response


def known_version(request: Request, collection: str) -> int:
    """Return the schema's version that the app names; raise if there is no such."""
    named = request.query_params.get("schema", str(FIRST_VERSION))
    version = next((each for each in VERSIONS if str(each) == named), None)
    if version is None:
        raise SchemaUnknown
    if collection not in VERSIONS[version]:
        raise NotFound
    return version


def as_header(guidance: list[dict[str, Any]]) -> str:
    """Return the guidance as ASCII JSON, the most pressing first, as much as fits.

    The rest is in the collection of alerts.
    """
    for count in range(len(guidance), 0, -1):
        text = json.dumps(guidance[:count], separators=(",", ":"))
        if len(text) <= GUIDANCE_BYTES:
            return text
    first = {name: guidance[0][name] for name in ("tier", "rule", "title", "entry")}
    return json.dumps([first], separators=(",", ":"))
