"""The one table from an error to its HTTP answer, and the answer's shape (RFC 9457)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from backend.logging import request_id
from tracker import errors as tracker_errors
from tracker.errors import DomainError


logger = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"

#: What every query raises while PostgreSQL is away or starts up. All of it can be sent
#: again: a statement that will never succeed raises something else.
DATABASE_AWAY: Final = (OperationalError, InterfaceError)

#: The nearest class in an error's ancestry decides.
STATUS_BY_ERROR: Final[dict[type[DomainError], int]] = {
    DomainError: 400,
    tracker_errors.InvalidInput: 400,
    tracker_errors.InvitationInvalid: 400,
    tracker_errors.NotAPatient: 403,
    tracker_errors.DiarySealed: 403,
    tracker_errors.NotStaff: 403,
    tracker_errors.NotThePatient: 403,
    tracker_errors.NotAClinician: 403,
    tracker_errors.NotFound: 404,
    tracker_errors.Conflict: 409,
    tracker_errors.BodyTooLarge: 413,
    tracker_errors.StreamUnavailable: 503,
    tracker_errors.DatabaseAway: 503,
    tracker_errors.AppTooOld: 426,
}

#: Code and title of the errors that the frameworks raise; the status is their own.
FRAMEWORK_ERRORS: Final[dict[type[exceptions.APIException], tuple[str, str]]] = {
    exceptions.ValidationError: ("invalid_input", "Some values cannot be accepted."),
    exceptions.ParseError: ("invalid_input", "The request could not be understood."),
    exceptions.NotAuthenticated: ("not_authenticated", "Please log in first."),
    exceptions.AuthenticationFailed: ("not_authenticated", "Please log in again."),
    exceptions.PermissionDenied: ("forbidden", "You may not do this."),
    exceptions.NotFound: ("not_found", tracker_errors.NotFound.title),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This cannot be done here."),
    exceptions.NotAcceptable: ("not_acceptable", "Only JSON can be answered."),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "Send JSON."),
    exceptions.Throttled: ("throttled", "Too many requests. Try again in a moment."),
}


@dataclass(frozen=True)
class Problem:
    """What is told about an error; nothing in it comes out of a stack trace."""

    status: int
    code: str
    title: str
    detail: str = ""
    errors: Any = None
    members: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the JSON object of RFC 9457, with our code and request id."""
        body = {
            "type": f"urn:rootwatch:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "code": self.code,
            "request_id": request_id(),
            **self.members,
        }
        return body if self.errors is None else body | {"errors": self.errors}


def status_of(error: type[DomainError]) -> int:
    """Return the HTTP status of a domain error."""
    return next(STATUS_BY_ERROR[c] for c in error.__mro__ if c in STATUS_BY_ERROR)


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer an exception of an API view; None lets Django answer with 500."""
    if isinstance(exc, DATABASE_AWAY):
        logger.error("the database is away", exc_info=exc)
        exc = tracker_errors.DatabaseAway()
    problem = problem_of(exc)
    if problem is None:
        return None
    set_rollback()
    response = Response(problem.body(), status=problem.status)
    # DRF's renderer sets the type of what it rendered; this says what it is.
    response.content_type = CONTENT_TYPE
    for name, value in _headers(exc).items():
        response[name] = value
    return response


def problem_of(exc: Exception) -> Problem | None:
    """Return what to tell about this exception, or None for a fault of ours."""
    if isinstance(exc, RequestDataTooBig):
        exc = tracker_errors.BodyTooLarge()
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, DomainError):
        errors = getattr(exc, "errors", None)  # InvalidFields has them
        members = exc.members
        status = status_of(type(exc))
        return Problem(status, exc.code, exc.title, exc.detail, errors, members)
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc)
    return None


def _of_framework(exc: exceptions.APIException) -> Problem:
    known = (FRAMEWORK_ERRORS[c] for c in type(exc).__mro__ if c in FRAMEWORK_ERRORS)
    code, title = next(known, ("error", "The request could not be carried out."))
    if isinstance(exc, exceptions.ValidationError):
        return Problem(exc.status_code, code, title, errors=exc.detail)
    own_code = exc.get_codes()
    if exc.status_code == 403 and own_code == "mfa_required":
        code = own_code
    detail = "" if isinstance(exc, exceptions.NotFound) else str(exc.detail)
    return Problem(exc.status_code, code, title, detail)


def _headers(exc: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    return headers


# --- Pages and answers outside the API views -----------------------------------------

PAGES: Final[dict[int, tuple[str, StrOrPromise, str]]] = {
    400: ("invalid_input", _("This request cannot be understood"), "400.html"),
    403: ("forbidden", _("You may not do this"), "403.html"),
    404: ("not_found", _("There is nothing here"), "404.html"),
    413: ("body_too_large", _("This is too large"), "400.html"),
    500: ("server_error", _("Something went wrong on our side"), "500.html"),
    503: ("database_away", _("The database cannot be reached just now"), "500.html"),
}


def answer(request: HttpRequest, status: int) -> HttpResponse:
    """Answer with problem details below /api/, and with a page elsewhere."""
    code, title, page = PAGES[status]
    if request.path.startswith(("/api/", "/_allauth/", "/health/", "/metrics")):
        body = Problem(status, code, f"{title}.").body()
        return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
    context = {"title": title, "request_id": request_id()}
    return render(request, page, context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refused before any view saw it."""
    return answer(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer somebody who may not do this."""
    return answer(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from one of our pages."""
    return answer(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that does not exist."""
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours, with the id under which the log has it."""
    away = isinstance(sys.exception(), DATABASE_AWAY)
    return answer(request, 503 if away else 500)
