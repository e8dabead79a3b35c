"""Where the mail provider reports, checked as the provider signs it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.views.decorators.csrf import csrf_exempt

from alerts.services import mail_events


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """Take reports of the provider that is set up; nobody else finds anything here.

    A provider that signs nothing needs the `webhook_secret`, or is not listened to.
    """
    if not settings.EMAIL_PROVIDER:
        raise Http404
    view: Any = resolve(
        f"/{settings.EMAIL_PROVIDER}/tracking/", urlconf="anymail.urls"
    ).func
    if view.view_class.warn_if_no_basic_auth and not _secret():
        raise Http404
    _listen()
    answered: HttpResponse = view(request)
    return answered


def _secret() -> str:
    known: dict[str, str] = getattr(settings, "ANYMAIL", {})
    return known.get("WEBHOOK_SECRET", "")


def _listen() -> None:
    from anymail.signals import tracking

    tracking.connect(mail_events.on_event, dispatch_uid="alerts.mail_events")
