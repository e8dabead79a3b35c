"""Who is analysed by whom: leases on rows, so that a dead worker loses nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection

from analytics.models import AnalysisRun, AnalysisState
from analytics.services.replaying import JUDGED


#: How long a worker may take for what it claimed; longer than Celery lets a task run.
LEASE: Final = timedelta(minutes=6)
#: Patients claimed and not done, always allowed: one process does them in a minute.
LEAST_CLAIMED: Final = 5000
#: The same, however fast the workers are: what waits in the broker stays short.
MOST_CLAIMED: Final = 100_000
#: As many may be claimed as were done in this time, so that no lease ends in a queue.
PACE: Final = timedelta(minutes=2)
#: Patients of one task: each analysis has a fixed cost, as large as four patients.
SHARD: Final = 200
#: After so many attempts a patient is analysed alone, lest it take others down.
ATTEMPTS_TOGETHER: Final = 2

#: Patients that the analysis has never seen.
_BEGIN: Final = """
    INSERT INTO analytics_analysisstate (patient_id, analysed_seq, due_at,
           analysed_quarantine_id, baselines, failure_count)
    SELECT counter.patient_id, 0, %(now)s, 0, '{}', 0
      FROM tracker_synccounter AS counter
      LEFT JOIN analytics_analysisstate AS state USING (patient_id)
     WHERE state.patient_id IS NULL
       AND (%(patients)s::uuid[] IS NULL OR counter.patient_id = ANY(%(patients)s))
        ON CONFLICT DO NOTHING
"""

# One statement finds, locks and marks: SKIP LOCKED lets any number of sweeps run at
# once, which the ORM cannot say together with UPDATE ... RETURNING. News first.
_CLAIM: Final = """
    WITH due AS (
        SELECT state.patient_id
          FROM analytics_analysisstate AS state
          JOIN tracker_synccounter AS counter USING (patient_id)
         WHERE (state.claimed_until IS NULL OR state.claimed_until <= %(now)s)
           AND (%(patients)s::uuid[] IS NULL OR state.patient_id = ANY(%(patients)s))
           AND NOT counter.is_sealed
           AND (counter.diary_seq > state.analysed_seq
                OR state.due_at <= %(now)s
                OR state.patient_id IN (
                   SELECT kept.patient_id
                     FROM tracker_quarantine AS kept
                     JOIN analytics_analysisstate AS seen USING (patient_id)
                    WHERE kept.resolved_at IS NULL
                      AND kept.collection = ANY(%(judged)s)
                      AND kept.id > seen.analysed_quarantine_id))
         ORDER BY (counter.diary_seq > state.analysed_seq) DESC, state.due_at
         LIMIT %(limit)s
           FOR UPDATE OF state SKIP LOCKED
    )
    UPDATE analytics_analysisstate AS state
       SET claim_token = %(token)s,
           claimed_until = %(until)s,
           failure_count = state.failure_count + 1
      FROM due
     WHERE state.patient_id = due.patient_id
    RETURNING state.patient_id, state.failure_count
"""


@dataclass(frozen=True)
class Shard:
    """Patients for one task, and the token that proves the claim on them."""

    token: UUID
    patient_ids: list[UUID]


def begin(now: datetime, patient_ids: Collection[UUID] | None = None) -> None:
    """Make a state for patients who have none yet; they are due at once."""
    patients = None if patient_ids is None else list(patient_ids)
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"now": now, "patients": patients})


def claim(now: datetime, *, limit: int = MOST_CLAIMED) -> list[Shard]:
    """Claim who is behind or due, in shards; safe to run many times at once."""
    begin(now)
    busy = AnalysisState.objects.filter(
        claimed_until__gt=now, claim_token__isnull=False
    ).count()
    room = min(limit, _most_at_once(now) - busy)
    return _claim(now, limit=room, patient_ids=None) if room > 0 else []


def _most_at_once(now: datetime) -> int:
    """Return how many may be claimed and not done, by the workers' own pace."""
    done = AnalysisRun.objects.filter(started_at__gt=now - PACE, error_code="")
    return min(max(done.count(), LEAST_CLAIMED), MOST_CLAIMED)


def claim_one(patient_id: UUID, now: datetime) -> Shard | None:
    """Claim one patient, if there is news and nobody else is at it."""
    begin(now, [patient_id])
    shards = _claim(now, limit=1, patient_ids=[patient_id])
    return shards[0] if shards else None


def renew(shard: Shard, now: datetime) -> list[UUID]:
    """Take up a shard: begin its lease anew; return the patients still claimed."""
    held = AnalysisState.objects.filter(
        pk__in=shard.patient_ids, claim_token=shard.token
    )
    held.update(claimed_until=now + LEASE)
    return list(held.values_list("pk", flat=True))


def release(shard: Shard) -> None:
    """Give a shard back that could not be handed to a worker."""
    AnalysisState.objects.filter(
        pk__in=shard.patient_ids, claim_token=shard.token
    ).update(claim_token=None, claimed_until=None)


def _claim(
    now: datetime, *, limit: int, patient_ids: Sequence[UUID] | None
) -> list[Shard]:
    token = uuid4()
    values: dict[str, Any] = {
        "now": now,
        "until": now + LEASE,
        "token": token,
        "limit": limit,
        "patients": None if patient_ids is None else list(patient_ids),
        "judged": list(JUDGED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        rows: list[tuple[UUID, int]] = cursor.fetchall()
    together = [found for found, attempts in rows if attempts <= ATTEMPTS_TOGETHER]
    alone = [found for found, attempts in rows if attempts > ATTEMPTS_TOGETHER]
    return [
        *(
            Shard(token, together[first : first + SHARD])
            for first in range(0, len(together), SHARD)
        ),
        *(Shard(token, [patient_id]) for patient_id in alone),
    ]
