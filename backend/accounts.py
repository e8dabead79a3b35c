"""How people come in: by invitation only, staff with a second factor, apps by token."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.headless.contrib.rest_framework.authentication import (
    XSessionTokenAuthentication,
)
from allauth.headless.internal import sessionkit
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from tracker.models import Membership, Patient, User
from tracker.selectors.access import SyncedPatient, diaries_of
from tracker.selectors.prepared import columns_of, loaded, prepared


if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.base import SessionBase


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up alone: a clinic invites, the code makes the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse, on the web and for apps."""
        return False


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Finds the account of a session, with what every request asks of it."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the account, and with it whether it works at a clinic."""
        user = next(iter(User.objects.raw(_ACCOUNT, [user_id])), None)
        return user if user and self.user_can_authenticate(user) else None


# By hand, because building this query anew costs more than running it, and every
# request runs it.
_ACCOUNT = """
    SELECT account.*,
           EXISTS (SELECT FROM tracker_membership WHERE user_id = account.id)
               AS works_at_a_clinic
      FROM tracker_user AS account WHERE account.id = %s
"""


# The session, its account and whose diaries it may sync, in one round trip. The list of
# a person's own sessions says whose it is; the session itself, which is signed, must
# say the same.
_PHONE = f"""
    SELECT session.session_data, diary.own, diary.may_write,
           EXISTS (SELECT FROM tracker_membership WHERE user_id = account.id)
               AS works_at_a_clinic,
           {columns_of(User, "account")}, {columns_of(Patient, "patient")}
      FROM django_session AS session
      JOIN usersessions_usersession AS listed USING (session_key)
      JOIN tracker_user AS account ON account.id = listed.user_id
      LEFT JOIN LATERAL ({diaries_of("account.id")}) AS diary ON true
      LEFT JOIN tracker_patient AS patient ON patient.id = diary.patient_id
     WHERE session.session_key = %s AND session.expire_date > clock_timestamp()
     ORDER BY diary.place
"""  # noqa: S608 - the names are ours


@dataclass(frozen=True)
class Phone:
    """Who is at the other end: an account, its session, and whose diaries it may sync."""

    user: User
    token: str
    diaries: list[SyncedPatient]

    @property
    def session(self) -> SessionBase:
        """The session of the account, not yet read."""
        session: SessionBase = sessionkit.session_store(self.token)
        return session


def phone_of(token: str) -> Phone | None:
    """Return who has a token, or None to have it looked up in full."""
    if not (token.isascii() and token.isalnum()):
        return None
    with prepared(_PHONE, [token]) as cursor:
        rows = cursor.fetchall()
    if not rows:
        return None
    user = loaded(User, rows[0], "account")
    if not user.is_active or not _belongs(
        rows[0]["session_data"], user.pk, user.password, settings.SECRET_KEY
    ):
        return None
    user.works_at_a_clinic = rows[0]["works_at_a_clinic"]  # type: ignore[attr-defined]
    diaries = [
        SyncedPatient(
            loaded(Patient, row, "patient"), user.pk, row["own"], row["may_write"]
        )
        for row in rows
        if row["own"] is not None
    ]
    return Phone(user, token, diaries)


@lru_cache(maxsize=1024)
def _belongs(session_data: str, user_id: int, password: str, secret: str) -> bool:
    """Return whether a session, which is signed, says that it is this account's.

    All that the answer depends on is an argument, so a phone that pushes one batch
    after another is not weighed anew each time.
    """
    said = SessionStore().decode(session_data)
    expected = User(pk=user_id, password=password).get_session_auth_hash()
    return (
        said.get(SESSION_KEY) == str(user_id)
        and said.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(said.get(HASH_SESSION_KEY, ""), expected)
    )


class TokenStrategy(SessionTokenStrategy):  # type: ignore[misc]
    """An app's token is a session's key, looked up in one query."""

    def lookup_session(self, session_token: str) -> SessionBase | None:
        """Return the live session of this token, or None."""
        if not (session_token.isascii() and session_token.isalnum()):
            return None  # no key of ours; PostgreSQL would refuse a NUL with an error
        session: SessionBase | None = sessionkit.lookup_session(session_token)
        return session


def lacks_second_factor(user: User | AnonymousUser) -> bool:
    """Return whether this account is staff's and only a password protects it."""
    if not user.is_authenticated:
        return False
    works_at_a_clinic = getattr(user, "works_at_a_clinic", None)
    if works_at_a_clinic is None:  # not loaded by our backend
        works_at_a_clinic = Membership.objects.filter(user_id=user.pk).exists()
    staff = user.is_staff or user.is_superuser or works_at_a_clinic
    return staff and not is_mfa_enabled(user)


def needs_second_factor(user: User | AnonymousUser) -> bool:
    """Return whether this account may do nothing before it has a second factor."""
    return bool(settings.REQUIRE_CLINICIAN_MFA) and lacks_second_factor(user)


def _insist_on_second_factor(found: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
    if found and needs_second_factor(found[0]):
        raise PermissionDenied(
            "Set up a second factor on the website first.", code="mfa_required"
        )
    return found


class AppToken(XSessionTokenAuthentication):  # type: ignore[misc]
    """The X-Session-Token header of an app."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the account of the token, or None."""
        token = self.get_session_token(request)
        phone = phone_of(token) if token else None
        found = (phone.user, phone.session) if phone else super().authenticate(request)
        # What the short way cannot answer, allauth decides: an ended session, a new
        # password, a changed secret.
        return _insist_on_second_factor(found)

    def authenticate_header(self, request: Request) -> str:
        """Name the header, so that DRF answers 401 and not 403."""
        return "X-Session-Token"


class BrowserSession(SessionAuthentication):
    """The session cookie of the website, with its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the account of the session, or None."""
        return _insist_on_second_factor(super().authenticate(request))
