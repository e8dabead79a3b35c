"""What was tried of the rules' numbers at a clinic, and how far it has come."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from analytics.models import RuleTrial
from tracker.errors import NotFound
from tracker.models import Clinic


def trials_of(clinic: Clinic, rule: str, setting: str) -> QuerySet[RuleTrial]:
    """Return what was tried of a number, the newest first."""
    found = RuleTrial.objects.filter(clinic=clinic, rule=rule, setting=setting)
    return found.select_related("requested_by").order_by("-pk")


def trial_of(clinic: Clinic, trial_id: int) -> RuleTrial:
    """Return a trial of the clinic, or raise NotFound."""
    found = RuleTrial.objects.filter(clinic=clinic, pk=trial_id)
    trial = found.select_related("requested_by").first()
    if trial is None:
        raise NotFound
    return trial


def running_trial(clinic: Clinic) -> RuleTrial | None:
    """Return the trial of the clinic that has not ended, if there is one."""
    return RuleTrial.objects.filter(clinic=clinic, ended_at=None).first()


def waiting_trials(now: datetime) -> list[int]:
    """Return the trials that no worker is at."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    found = RuleTrial.objects.filter(free, ended_at=None)
    return list(found.order_by("pk").values_list("pk", flat=True))
