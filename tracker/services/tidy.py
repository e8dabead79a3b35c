"""What has expired goes: sessions, invitations that nobody took, old sync cursors."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from tracker.models import CaregiverInvitation, Invitation, RoleOffer, SyncCursor
from tracker.services.heartbeat import beat


#: How long a clinic can see that an invitation was not taken.
UNUSED_INVITATION_LIFE: Final = timedelta(days=30)


#: A phone that was away for longer reads everything anew.
SYNC_CURSOR_LIFE: Final = timedelta(days=400)


@transaction.atomic
def tidy(*, now: datetime) -> None:
    """Delete what has expired, and say that the job ran; running twice does no harm."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    live = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=live).delete()
    Invitation.objects.filter(
        used_at__isnull=True, expires_at__lt=now - UNUSED_INVITATION_LIFE
    ).delete()
    CaregiverInvitation.objects.filter(
        used_at__isnull=True, expires_at__lt=now - UNUSED_INVITATION_LIFE
    ).delete()
    RoleOffer.objects.filter(
        answered_at__isnull=True, expires_at__lt=now - UNUSED_INVITATION_LIFE
    ).delete()
    SyncCursor.objects.filter(created_at__lt=now - SYNC_CURSOR_LIFE).delete()
    beat("tracker.tidy", now=now)
