"""Where Twilio reports what became of a text, checked as it signs it."""

from __future__ import annotations

import hmac
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from alerts.channels import sms
from alerts.services import sms_events


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take signed reports of Twilio; nobody else finds anything here."""
    if not (settings.TWILIO_ACCOUNT and _is_signed(request)):
        raise Http404
    try:
        delivery_id = UUID(request.GET.get("delivery", ""))
        point_id = int(request.GET.get("point", ""))
    except ValueError:
        raise Http404 from None
    sms_events.on_report(
        delivery_id,
        point_id,
        status=request.POST.get("MessageStatus", ""),
        code=request.POST.get("ErrorCode", ""),
        now=timezone.now(),
    )
    return HttpResponse(status=204)


def _is_signed(request: HttpRequest) -> bool:
    """Return whether Twilio signed it for the address that it was given."""
    url = f"{settings.PUBLIC_URL.rstrip('/')}{request.get_full_path()}"
    expected = sms.signature(url, request.POST.dict())
    offered = request.headers.get("X-Twilio-Signature", "")
    return hmac.compare_digest(offered.encode(), expected.encode())
