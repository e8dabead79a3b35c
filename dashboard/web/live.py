"""Live hints for staff: something of an alert has changed, look again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from dashboard.selectors.staff import account, clinic_ids
from dashboard.web.doors import staff_only
from tracker.api.views.live import event_stream
from tracker.errors import StreamUnavailable
from tracker.services.live import Stream, clinic_topic


@require_GET
@staff_only
def events(request: HttpRequest) -> HttpResponseBase:
    """Stream hints; 503 without a place or Redis, and the page asks now and then."""
    user = account(request.user)
    topics = [clinic_topic(clinic_id) for clinic_id in clinic_ids(user)]
    try:
        return event_stream(Stream(*topics, account=user.pk))
    except StreamUnavailable:
        return HttpResponse(status=503)
