"""Every error of ours has one status, one stable code and one shape."""

from __future__ import annotations

import importlib
import inspect
import io
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import Http404
from rest_framework import exceptions

from backend.errors import STATUS_BY_ERROR, problem_of, problem_response, status_of
from tracker import errors
from tracker.errors import DomainError


APPS = ("tracker", "analytics", "alerts", "dashboard")


def domain_errors() -> Iterator[type[DomainError]]:
    for app in APPS:
        try:
            module = importlib.import_module(f"{app}.errors")
        except ModuleNotFoundError:
            continue
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, DomainError) and found.__module__ == module.__name__:
                yield found


def test_every_error_of_every_app_has_a_status() -> None:
    for error in domain_errors():
        assert status_of(error) in {*range(400, 500), 503}, error


def test_codes_are_stable_words_and_belong_to_one_error() -> None:
    by_code: dict[str, type[DomainError]] = {}
    for error in sorted(domain_errors(), key=lambda found: len(found.__mro__)):
        assert error.code.replace("_", "").isalpha()
        # A finer error may keep the code of the one it refines, and no other.
        assert issubclass(error, by_code.setdefault(error.code, error))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.NotFound(), 404, "not_found"),
        (errors.Conflict(), 409, "conflict"),
        (errors.AccountExists(), 409, "account_exists"),
        (errors.CursorInvalid(), 400, "cursor_invalid"),
        (errors.BodyTooLarge(), 413, "body_too_large"),
        (errors.NotAPatient(), 403, "not_a_patient"),
        (errors.InvitationInvalid(), 400, "invitation_invalid"),
        (RequestDataTooBig(), 413, "body_too_large"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.ParseError(), 400, "invalid_input"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("a/b"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=3), 429, "throttled"),
        (exceptions.PermissionDenied(code="mfa_required"), 403, "mfa_required"),
    ],
)
def test_the_answer_of_each_error(error: Exception, status: int, code: str) -> None:
    problem = problem_of(error)
    assert problem is not None
    body = problem.body()
    assert (body["status"], body["code"]) == (status, code)
    assert set(body) >= {"type", "title", "status", "detail", "code", "request_id"}
    assert body["title"]


def test_not_found_tells_nothing_about_why() -> None:
    ours, djangos = problem_of(errors.NotFound()), problem_of(Http404("id 7 of Mrs X"))
    assert ours == djangos or (ours and djangos and ours.body() == djangos.body())


def test_invalid_values_are_told_field_by_field() -> None:
    response = problem_response(exceptions.ValidationError({"side": ["Unknown."]}), {})
    assert response is not None
    assert response.data["errors"] == {"side": ["Unknown."]}
    assert response.content_type == "application/problem+json"


def test_a_throttled_app_is_told_when_to_come_back() -> None:
    response = problem_response(exceptions.Throttled(wait=7), {})
    assert response is not None
    assert response["Retry-After"] == "7"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_a_database_the_answer_says_to_come_back(
    error: type[Exception], log_lines: io.StringIO
) -> None:
    response = problem_response(error("at 10.0.0.7, user canary"), {})
    assert response is not None
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.data["code"] == "database_away"
    assert "10.0.0.7" not in f"{response.data}{log_lines.getvalue()}"
    assert error.__name__ in log_lines.getvalue()


def test_a_wrong_statement_is_a_fault_of_ours() -> None:
    assert problem_response(ProgrammingError("no such table"), {}) is None


def test_a_fault_of_ours_is_left_to_the_500_page() -> None:
    assert problem_of(RuntimeError("oops")) is None


def test_the_table_holds_only_errors_of_ours() -> None:
    assert all(issubclass(error, DomainError) for error in STATUS_BY_ERROR)
