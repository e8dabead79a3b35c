"""What happens around each request: its id, its line in the log, its headers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import ResolverMatch, resolve, reverse

from backend import accounts, metrics, phones
from backend.logging import begin


logger = logging.getLogger("backend.access")

Handler = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "microphone=(), payment=(), usb=(), publickey-credentials-get=(self), "
    "publickey-credentials-create=(self)"
)

#: What a browser may load for an answer that is data.
NO_CONTENT = "default-src 'none'; frame-ancestors 'none'"

#: Where phones sync; the views there take tokens only.
PHONES = frozenset({"/api/v1/sync"})

#: Where somebody without a second factor may still go: to set one up, or to leave.
OPEN_TO_ALL = (
    "/accounts/",
    "/api/",  # the API's authentication answers for itself
    "/_allauth/",
    "/health/",
    "/language/",
    "/metrics",
    "/static/",
)


class AccessLog:
    """Give each request an id, and write one line about it, without its query."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Time the request and tell the log and the metrics."""
        started = time.perf_counter()
        request_id = begin(request.headers.get("X-Request-ID"))
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        seconds = time.perf_counter() - started
        route = _route(request)
        metrics.observe(request.method or "", route, response.status_code, seconds)
        logger.info(
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 1),
            },
        )
        return response


class PhoneDoor:
    """Let phones go straight to sync: what is left out serves browsers only.

    They come by token, never by cookie, so session, CSRF, messages and the account
    pages have nothing to do there; they were a third of the time of a small push.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer at the phones' doors; let everything else go on."""
        if request.path_info not in PHONES:
            return self.get_response(request)
        request.get_host()  # raises for a name that is not ours, as CommonMiddleware
        match = _resolved(request.path_info)
        request.resolver_match = match
        response = phones.answer(request) or match.func(request)
        if hasattr(response, "render"):
            response.render()
        if not response.streaming:
            response["Content-Length"] = str(len(response.content))
        response["X-Frame-Options"] = settings.X_FRAME_OPTIONS
        response["Content-Security-Policy"] = NO_CONTENT
        return response


@cache
def _resolved(path: str) -> ResolverMatch:
    return resolve(path)


class SecondFactor:
    """Send staff without a second factor to the page where they set one up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request through, or redirect it."""
        if self._applies(request) and accounts.lacks_second_factor(request.user):
            return redirect(reverse("mfa_index"))
        return self.get_response(request)

    @staticmethod
    def _applies(request: HttpRequest) -> bool:
        return (
            settings.REQUIRE_CLINICIAN_MFA
            and not request.path.startswith(OPEN_TO_ALL)
            and not isinstance(request.user, AnonymousUser)
        )


def _route(request: HttpRequest) -> str:
    """Return the pattern that matched, which holds no id and no word of a person."""
    match = request.resolver_match
    return f"/{match.route}" if match else "[none]"
