"""The jobs of the analysis; their timetable stands in backend/celery.py."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from analytics.selectors.trials import waiting_trials
from analytics.services import analyse as analysing
from analytics.services import claims, trials, trying
from analytics.services import progress as progress_of
from tracker.services.heartbeat import beat


logger = logging.getLogger(__name__)


@shared_task(name="analytics.tasks.sweep")
def sweep() -> int:
    """Find by their rows all patients who are behind or due, and hand them out.

    Safe to run twice, and at any time. Returns the number of patients.
    """
    now = timezone.now()
    shards = claims.claim(now)
    for place, shard in enumerate(shards):
        try:
            analyse_shard.apply_async(
                (str(shard.token), [str(each) for each in shard.patient_ids]),
                expires=claims.LEASE.total_seconds(),
                retry=False,
            )
        except Exception as error:  # noqa: BLE001 - the next sweep finds them again
            logger.warning("no shard sent", extra={"error": type(error).__name__})
            for left in shards[place:]:
                claims.release(left)
            break
    beat("analytics.sweep", now=now)
    return sum(len(shard.patient_ids) for shard in shards)


@shared_task(name="analytics.tasks.analyse_shard")
def analyse_shard(token: str, patient_ids: list[str]) -> int:
    """Analyse claimed patients, as far as the claim still holds."""
    now = timezone.now()
    shard = claims.Shard(UUID(token), [UUID(each) for each in patient_ids])
    held = claims.renew(shard, now)
    return len(analysing.analyse_patients(held, now, token=shard.token).done)


@shared_task(name="analytics.tasks.analyse_patient")
def analyse_patient(patient_id: str) -> int:
    """Analyse one patient soon after a push, unless somebody is at it or has been."""
    now = timezone.now()
    shard = claims.claim_one(UUID(patient_id), now)
    if shard is None:
        return 0
    done = analysing.analyse_patients(shard.patient_ids, now, token=shard.token).done
    return len(done)


@shared_task(name="analytics.tasks.tidy")
def tidy() -> int:
    """Forget old runs and trials. Safe to run twice."""
    now = timezone.now()
    return progress_of.forget_old_runs(now) + trials.forget_old_trials(now)


@shared_task(name="analytics.tasks.sweep_trials")
def sweep_trials() -> int:
    """Find trials that no worker is at, and hand them out. Safe to run twice."""
    waiting = waiting_trials(timezone.now())
    for trial_id in waiting:
        _send_trial(trial_id)
    return len(waiting)


@shared_task(name="analytics.tasks.try_next")
def try_next(trial_id: int) -> bool:
    """Compute the next patients of a trial, then queue behind whatever else waits."""
    more = trying.take_step(trial_id, timezone.now())
    if more:
        _send_trial(trial_id)
    return more


def _send_trial(trial_id: int) -> None:
    try:
        try_next.apply_async(
            (trial_id,), expires=trials.LEASE.total_seconds(), retry=False
        )
    except Exception as error:  # noqa: BLE001 - the next sweep finds it again
        logger.warning("no trial sent", extra={"error": type(error).__name__})
