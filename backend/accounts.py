"""How people come in: by invitation only, staff with a second factor, apps by token."""

from __future__ import annotations

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
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from tracker.models import Membership, User
from tracker.selectors.prepared import loaded, prepared


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


# The session and its account in one round trip. The list of a person's own sessions
# says whose it is; the session itself, which is signed, must say the same.
_ACCOUNT_OF_SESSION = """
    SELECT session.session_data, account.*,
           EXISTS (SELECT FROM tracker_membership WHERE user_id = account.id)
               AS works_at_a_clinic
      FROM django_session AS session
      JOIN usersessions_usersession AS listed USING (session_key)
      JOIN tracker_user AS account ON account.id = listed.user_id
     WHERE session.session_key = %s AND session.expire_date > clock_timestamp()
"""


def _account_of(token: str) -> tuple[User, SessionBase] | None:
    """Return the account of a session's key, or None to have it looked up in full."""
    if not (token.isascii() and token.isalnum()):
        return None
    with prepared(_ACCOUNT_OF_SESSION, [token]) as cursor:
        row = cursor.fetchone()
    if row is None:
        return None
    session = sessionkit.session_store(token)
    said = session.decode(row["session_data"])
    user = loaded(User, row)
    agrees = (
        user.is_active
        and said.get(SESSION_KEY) == str(user.pk)
        and said.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(
            said.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
        )
    )
    if not agrees:
        return None
    user.works_at_a_clinic = row["works_at_a_clinic"]  # type: ignore[attr-defined]
    return user, session


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


def _insist_on_second_factor(found: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
    if found and settings.REQUIRE_CLINICIAN_MFA and lacks_second_factor(found[0]):
        raise PermissionDenied(
            "Set up a second factor on the website first.", code="mfa_required"
        )
    return found


class AppToken(XSessionTokenAuthentication):  # type: ignore[misc]
    """The X-Session-Token header of an app."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the account of the token, or None."""
        token = self.get_session_token(request)
        found = _account_of(token) if token else None
        # What the short way cannot answer, allauth decides: an ended session, a new
        # password, a changed secret.
        return _insist_on_second_factor(found or super().authenticate(request))

    def authenticate_header(self, request: Request) -> str:
        """Name the header, so that DRF answers 401 and not 403."""
        return "X-Session-Token"


class BrowserSession(SessionAuthentication):
    """The session cookie of the website, with its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the account of the session, or None."""
        return _insist_on_second_factor(super().authenticate(request))
