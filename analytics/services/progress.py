"""Moves an analysis forward, never back, and says when the next is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from analytics.models import AnalysisRun, AnalysisState
from analytics.selectors.progress import Progress


#: The patient's hour of the nightly analysis: the day has turned, nobody logs.
NIGHT_HOUR: Final = 3
#: First and longest time until a failed analysis is tried again.
FIRST_RETRY: Final = timedelta(seconds=30)
LONGEST_RETRY: Final = timedelta(minutes=30)
#: How long runs are kept. Unit: days. Source: our choice; flags are kept for ever.
KEEP_RUNS: Final = timedelta(days=90)
_MOST_DELETED: Final = 50_000


def advance(
    patient: Progress,
    now: datetime,
    *,
    token: UUID | None,
    baselines: dict[str, Any],
) -> None:
    """Note that the diary is analysed as far as `patient` says."""
    AnalysisState.objects.filter(pk=patient.patient_id).update(
        analysed_seq=Greatest(F("analysed_seq"), patient.diary_seq),
        analysed_quarantine_id=Greatest(
            F("analysed_quarantine_id"), patient.quarantine_id
        ),
        baselines=baselines,
        due_at=next_night(patient.timezone, now),
        failure_count=0,
    )
    _claimed(patient.patient_id, token).update(claim_token=None, claimed_until=None)


def set_back(patient_id: UUID, now: datetime, *, token: UUID | None) -> None:
    """Note that the analysis failed: tried again after a while, longer each time."""
    state = AnalysisState.objects.select_for_update().get(pk=patient_id)
    if token is None:  # a claim counts the attempt when it is made
        state.failure_count += 1
        state.save(update_fields=["failure_count"])
    wait = min(FIRST_RETRY * 2 ** min(state.failure_count, 10), LONGEST_RETRY)
    _claimed(patient_id, token).update(claim_token=None, claimed_until=now + wait)


def next_night(timezone: str, now: datetime) -> datetime:
    """Return the next time that it is three at night where the patient lives."""
    local = now.astimezone(ZoneInfo(timezone))
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if night <= local:
        night = (night.replace(tzinfo=None) + timedelta(days=1)).replace(
            tzinfo=local.tzinfo
        )
    return night


def forget_old_runs(now: datetime) -> int:
    """Delete the runs that are too old to matter, a bounded number of them."""
    old = AnalysisRun.objects.filter(started_at__lt=now - KEEP_RUNS)
    wanted = old.order_by("started_at").values("pk")[:_MOST_DELETED]
    return AnalysisRun.objects.filter(pk__in=wanted).delete()[0]


def _claimed(patient_id: UUID, token: UUID | None) -> QuerySet[AnalysisState]:
    return AnalysisState.objects.filter(pk=patient_id, claim_token=token)
