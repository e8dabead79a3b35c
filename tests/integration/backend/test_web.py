"""Headers, error pages and problem details of the running server."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.test import Client, override_settings


def test_the_policy_allows_no_inline_code(client: Client) -> None:
    policy = client.get("/health/live")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_other_headers_of_a_careful_server(client: Client) -> None:
    response = client.get("/health/live")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]


def test_a_request_keeps_its_id(client: Client) -> None:
    response = client.get("/health/live", headers={"X-Request-ID": "proxy-0123456789"})
    assert response["X-Request-ID"] == "proxy-0123456789"


@pytest.mark.django_db
def test_an_unknown_address_of_the_api_is_a_problem(client: Client) -> None:
    response = client.get("/api/v1/nothing")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["request_id"] == response["X-Request-ID"]


@pytest.mark.django_db
def test_an_unknown_page_is_a_page(client: Client) -> None:
    response = client.get("/nothing-here-at-all")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.django_db
def test_the_access_line_holds_the_route_and_not_the_query(
    client: Client, log_lines
) -> None:
    client.get("/health/live?email=somebody@demo.example")
    line = log_lines.getvalue()
    assert "/health/live" in line
    assert "somebody" not in line


@pytest.mark.django_db
@override_settings(DEBUG=False)
def test_a_fault_of_ours_shows_no_trace_and_logs_no_message(
    client: Client, log_lines, monkeypatch
) -> None:
    from backend import health

    def fail() -> str:
        raise RuntimeError("the patient said: numb since Tuesday")

    monkeypatch.setattr(health, "_database", fail)
    client.raise_request_exception = False
    response = client.get("/health/ready")
    assert response.status_code == 500
    assert json.loads(response.content)["code"] == "server_error"
    assert "Tuesday" not in response.content.decode()
    assert "Tuesday" not in log_lines.getvalue()
    assert "RuntimeError" in log_lines.getvalue()


@pytest.mark.parametrize("path", ["/health/ready", "/accounts/login/"])
def test_a_page_without_a_database_is_no_fault_of_ours(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr("backend.health._database", fail)
    monkeypatch.setattr("allauth.account.views.LoginView.dispatch", fail)
    client.raise_request_exception = False
    response = client.get(path)
    assert response.status_code == 503
    assert "database" in response.content.decode()


@pytest.mark.django_db
def test_nobody_signs_up_alone(client: Client) -> None:
    body = {"email": "new@demo.example", "password": "a-long-password-77"}
    client.post(
        "/accounts/signup/", {"email": body["email"], "password1": body["password"]}
    )
    client.post("/_allauth/app/v1/auth/signup", body, content_type="application/json")
    from tracker.models import User

    assert not User.objects.filter(email=body["email"]).exists()
