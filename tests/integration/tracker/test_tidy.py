"""What has expired goes, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.factories import CANARY, make_administrator, make_team, token_of
from tracker.models import Heartbeat, Invitation
from tracker.services import enrolment
from tracker.tasks import tidy


pytestmark = pytest.mark.django_db


def test_expired_sessions_go_and_live_ones_stay():
    user = make_administrator()
    live, expired = token_of(user), token_of(user)
    session = SessionStore(expired)
    session.set_expiry(-1)
    session.save()
    for _ in range(2):
        tidy()
        assert [row.session_key for row in Session.objects.all()] == [live]
        assert [row.session_key for row in UserSession.objects.all()] == [live]
    assert timezone.now() - Heartbeat.objects.get().beat_at < timedelta(minutes=1)


@pytest.mark.parametrize(("days", "left"), [(43, 1), (45, 0)])
def test_an_invitation_that_nobody_took_goes_30_days_after_it_expired(days, left):
    team = make_team()
    enrolment.invite(
        patient_name=CANARY,
        clinic=team.clinic,
        care_team=team,
        created_by=make_administrator(team.clinic),
        now=timezone.now() - timedelta(days=days),
    )
    tidy()
    assert Invitation.objects.count() == left
