"""App sessions: the token that a phone or a script sends as X-Session-Token."""

from __future__ import annotations

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tracker.models import User


def open_session(user: User, *, ip: str, user_agent: str) -> str:
    """Open a session for an app and return its token; each call opens another one.

    The same kind of session that allauth opens at login, so that the person sees it
    in the list of their sessions, can end it there, and a new password ends it.
    """
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    token = str(session.session_key)
    UserSession.objects.create(
        user=user, session_key=token, ip=ip, user_agent=user_agent[:200]
    )
    return token
