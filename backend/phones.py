"""The short way of a phone's sync, around all that serves browsers and other views.

It answers what is as it should be, and what sync itself refuses. Anything else - no
token or an old one, a missing second factor, too many requests - it leaves to
`tracker.api.views.sync.SyncView`, which says why.
"""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from backend import accounts
from backend.errors import problem_response
from tracker.api.throttles import ScopedThrottle
from tracker.api.views.sync import SyncView, synced
from tracker.selectors.access import chosen


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
        return synced(request, partial(chosen, phone.diaries))
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
