"""The short way of a phone's sync, around all that serves browsers and other views.

It answers what is as it should be, and what sync itself refuses. Anything else - no
token or an old one, a missing second factor, too many requests - it leaves to
`tracker.api.views.sync.SyncView`, which says why.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from backend import accounts
from backend.errors import problem_response
from tracker.api.throttles import ScopedThrottle
from tracker.api.views.sync import SyncView, is_gzip
from tracker.selectors.access import chosen
from tracker.services.sync import exchange
from tracker.services.sync.envelope import open_envelope
from tracker.services.sync.refused import advice_with_refusal, records_of


def answer(request: HttpRequest) -> HttpResponse | None:
    """Answer a phone's sync; None when the view must."""
    token = request.META.get("HTTP_X_SESSION_TOKEN")
    if request.method != "POST" or not token:
        return None
    try:
        phone = accounts.phone_of(token)
        if phone is None or accounts.needs_second_factor(phone.user):
            return None
        if not _admits(phone):
            return None
        return _synced(request, phone)
    except Exception as error:
        refusal = problem_response(error, {})
        if refusal is None:
            raise
        return _rendered(refusal)


def _admits(phone: accounts.Phone) -> bool:
    """Count this request; return whether there were not too many."""
    return ScopedThrottle.admits(phone.user, SyncView.throttle_scope)


def _rendered(response: Response) -> HttpResponse:
    """Render an answer as a view would."""
    response.accepted_renderer = JSONRenderer()
    response.accepted_media_type = "application/json"
    response.renderer_context = {}  # type: ignore[attr-defined]  # DRF's views set it
    return response.render()  # type: ignore[no-any-return]


def _synced(request: HttpRequest, phone: accounts.Phone) -> HttpResponse:
    envelope = open_envelope(request.body, gzipped=is_gzip(request))
    now = timezone.now()
    with advice_with_refusal(lambda: records_of(envelope), now=now):
        reply = exchange(
            access=chosen(phone.diaries, envelope.patient),
            envelope=envelope,
            app_version=request.META.get("HTTP_X_APP_VERSION", ""),
            now=now,
        )
    return HttpResponse(reply, content_type="application/json")
