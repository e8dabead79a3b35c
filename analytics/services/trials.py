"""Trials of a rule's number: asked for, taken up by one worker, moved on, ended.

A worker claims a trial for one shard of patients. A worker that dies leaves a lease
that ends; after some attempts without progress the trial ends as failed, and after an
hour as late, so that none runs for ever.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from analytics.domain import comparison, overrides
from analytics.domain.rules import CATALOGUE, RulesInvalid
from analytics.models import RuleTrial
from analytics.selectors.overrides import changes_in_force, changes_with
from tracker.errors import Conflict
from tracker.models import Clinic, Patient, User


#: The days of which flags are counted, as a page offers them. Unit: days.
WINDOWS: Final = (30, 90, 180, 365)
#: Patients of one trial at most; ids are drawn by chance, and so are the first of them.
MOST_PATIENTS: Final = 5000
#: How long a worker may take for a shard; longer than Celery lets a task run.
LEASE: Final = timedelta(minutes=6)
#: Attempts at one shard before the trial has failed.
MOST_ATTEMPTS: Final = 3
#: After so long a trial ends with the patients that are done.
LONGEST: Final = timedelta(hours=1)
#: How long trials are kept. Unit: days. Source: our choice.
KEEP_TRIALS: Final = timedelta(days=365)


def begin_trial(
    clinic: Clinic,
    *,
    choice: tuple[str, str, float],
    window_days: int,
    by: User,
    now: datetime,
) -> RuleTrial:
    """Ask for the trial of a value (rule, setting, value); workers compute it.

    Raises:
        RulesInvalid: the value may not be chosen, or would change nothing.
        Conflict: another trial of the clinic has not ended.
    """
    rule, setting, value = choice
    overrides.check(rule, setting, value)
    if window_days not in WINDOWS:
        raise RulesInvalid(f"Try one of {', '.join(map(str, WINDOWS))} days.")
    wanted = overrides.Choice(rule=rule, setting=setting, value=value, everywhere=False)
    changes_now = changes_in_force([clinic.pk], at=now)[clinic.pk]
    changes_then = changes_with(clinic, wanted, at=now)
    if changes_now == changes_then:
        raise RulesInvalid("This value would change nothing; try another one.")
    last = now.astimezone(ZoneInfo(clinic.timezone)).date()
    try:
        with transaction.atomic():
            return RuleTrial.objects.create(
                clinic=clinic,
                rule=rule,
                setting=setting,
                value=value,
                first_on=last - timedelta(days=window_days - 1),
                last_on=last,
                requested_by=by,
                requested_at=now,
                rule_version=CATALOGUE[rule].version,
                changes_now=changes_now,
                changes_then=changes_then,
                patient_count=min(_patients(clinic.pk).count(), MOST_PATIENTS),
            )
    except IntegrityError:
        raise Conflict("Another trial is under way.") from None


def cancel_trial(trial: RuleTrial, now: datetime) -> bool:
    """End a trial early; a worker that is at it stores nothing any more."""
    return _end(trial.pk, RuleTrial.CANCELLED, now)


def claim(trial_id: int, now: datetime) -> RuleTrial | None:
    """Take up a trial for its next patients, unless it has ended or somebody is at it.

    One that makes no progress or takes too long is ended instead.
    """
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    found = RuleTrial.objects.filter(free, pk=trial_id, ended_at=None)
    token = uuid4()
    if not found.update(
        claim_token=token,
        claimed_until=now + LEASE,
        attempt_count=F("attempt_count") + 1,
    ):
        return None
    trial = RuleTrial.objects.get(pk=trial_id)
    if trial.attempt_count > MOST_ATTEMPTS:
        _end(trial_id, RuleTrial.FAILED, now)
        return None
    if now - trial.requested_at > LONGEST:
        _end(trial_id, RuleTrial.LATE, now)
        return None
    return trial


def next_patients(trial: RuleTrial, *, most: int) -> list[UUID]:
    """Return who is computed next, in the order of the ids."""
    room = min(most, trial.patient_count - trial.done_count)
    found = _patients(trial.clinic_id)
    if trial.done_through is not None:
        found = found.filter(pk__gt=trial.done_through)
    return list(found.order_by("pk").values_list("pk", flat=True)[: max(room, 0)])


def move_on(
    trial: RuleTrial,
    done: list[UUID],
    counts: comparison.Comparison,
    *,
    engine_version: str,
    now: datetime,
) -> bool:
    """Store what patients added and give the trial back; return whether more wait.

    Nothing is stored when the trial has ended or the claim has gone to somebody else.
    """
    whole = comparison.added(comparison.read(trial.counts), counts)
    more = bool(done) and trial.done_count + len(done) < trial.patient_count
    held = RuleTrial.objects.filter(
        pk=trial.pk, claim_token=trial.claim_token, ended_at=None
    )
    stored = held.update(
        counts=asdict(whole),
        engine_version=engine_version,
        done_count=F("done_count") + len(done),
        done_through=done[-1] if done else trial.done_through,
        attempt_count=0,
        claim_token=None,
        claimed_until=None,
        **({} if more else {"ended": RuleTrial.DONE, "ended_at": now}),
    )
    return bool(stored) and more


def forget_old_trials(now: datetime) -> int:
    """Delete the trials that are too old to matter."""
    old = RuleTrial.objects.filter(
        requested_at__lt=now - KEEP_TRIALS, ended_at__isnull=False
    )
    return old.delete()[0]


def _patients(clinic_id: int) -> QuerySet[Patient]:
    return Patient.objects.filter(clinic=clinic_id, counter__is_sealed=False)


def _end(trial_id: int, how: str, now: datetime) -> bool:
    running = RuleTrial.objects.filter(pk=trial_id, ended_at=None)
    return bool(
        running.update(ended=how, ended_at=now, claim_token=None, claimed_until=None)
    )
