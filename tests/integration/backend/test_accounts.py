"""Who comes in, with which proof, and what happens without it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from backend.accounts import AppToken
from tests.factories import make_clinician, make_user
from tracker.models import User


pytestmark = pytest.mark.django_db

WITHOUT_REDIS = {
    "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
}


def token_of(email: str) -> str:
    printed = io.StringIO()
    call_command("issue_token", email, stdout=printed)
    return printed.getvalue().strip()


def test_a_printed_token_opens_the_api() -> None:
    user = make_user()
    client = APIClient(headers={"X-Session-Token": token_of(user.email.upper())})
    assert client.get("/api/v1/me").status_code == 200


def test_no_token_for_an_unknown_or_closed_account() -> None:
    closed = make_user(is_active=False)
    for email in ("nobody@demo.example", closed.email):
        with pytest.raises(CommandError):
            call_command("issue_token", email)


@pytest.mark.parametrize("headers", [{}, {"X-Session-Token": "made-up"}])
def test_without_a_valid_token_the_answer_is_401(headers: dict[str, str]) -> None:
    response = APIClient(headers=headers).get("/api/v1/me")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "X-Session-Token"
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_authenticated"


def _new_password(user: User) -> None:
    user.set_password("another-good-passphrase")
    user.save()


@pytest.mark.parametrize(
    "end",
    [
        _new_password,
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
        lambda _: Session.objects.update(expire_date=timezone.now()),
        lambda _: Session.objects.all().delete(),
    ],
    ids=["new password", "account closed", "expired", "logged out"],
)
def test_a_token_opens_nothing_after_its_end(end: Callable[[User], object]) -> None:
    user = make_user()
    client = APIClient(headers={"X-Session-Token": token_of(user.email)})
    end(user)
    assert client.get("/api/v1/me").status_code == 401


def test_the_signed_session_says_whose_a_token_is() -> None:
    user, other = make_user(), make_user()
    token = token_of(user.email)
    UserSession.objects.filter(session_key=token).update(user=other)
    request = RequestFactory(headers={"X-Session-Token": token}).get("/api/v1/me")
    found = AppToken().authenticate(Request(request))
    assert found is not None
    assert found[0] == user


def test_a_stopped_redis_breaks_no_request() -> None:
    client = APIClient(headers={"X-Session-Token": token_of(make_user().email)})
    with override_settings(CACHES=WITHOUT_REDIS):
        assert client.get("/api/v1/me").status_code == 200


def test_a_stopped_redis_keeps_nobody_from_logging_in(client: Client) -> None:
    user = make_user()
    user.set_password("a-long-good-passphrase")
    user.save()
    form = {"email": user.email, "password": "a-long-good-passphrase"}
    with override_settings(CACHES=WITHOUT_REDIS):
        app = client.post(
            "/_allauth/app/v1/auth/login", form, content_type="application/json"
        )
        web = client.post(
            "/accounts/login/",
            {"login": user.email, "password": "a-long-good-passphrase"},
        )
    assert app.status_code == 200
    assert (web.status_code, web["Location"]) == (302, "/")


def test_too_many_requests_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, "user", "2/day")
    client = APIClient(headers={"X-Session-Token": token_of(make_user().email)})
    answers = [client.get("/api/v1/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "throttled"
    assert int(answers[-1]["Retry-After"]) > 0


@override_settings(REQUIRE_CLINICIAN_MFA=True)
def test_a_clinician_without_second_factor_is_sent_to_set_one_up(
    client: Client,
) -> None:
    client.force_login(make_clinician())
    assert client.get("/admin/")["Location"] == "/accounts/2fa/"
    response = client.get("/api/v1/patients")
    assert response.status_code == 403
    assert response.json()["code"] == "mfa_required"
    assert client.get("/accounts/logout/").status_code == 200


@override_settings(REQUIRE_CLINICIAN_MFA=True)
def test_with_a_second_factor_a_clinician_comes_in(client: Client) -> None:
    user = make_clinician()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client.force_login(user)
    assert client.get("/api/v1/patients").status_code == 200


@override_settings(REQUIRE_CLINICIAN_MFA=True)
def test_the_admin_has_no_login_that_asks_for_a_password_only(client: Client) -> None:
    user = make_user(is_staff=True, is_superuser=True)
    user.set_password("a-long-good-passphrase")
    user.save()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    form = {"username": user.email, "password": "a-long-good-passphrase"}
    answer = client.post("/admin/login/?next=/admin/", form)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert client.get("/admin/").status_code == 302
    assert "_auth_user_id" not in client.session


@override_settings(REQUIRE_CLINICIAN_MFA=True)
def test_a_patient_needs_no_second_factor() -> None:
    client = APIClient(headers={"X-Session-Token": token_of(make_user().email)})
    assert client.get("/api/v1/me").status_code == 200
