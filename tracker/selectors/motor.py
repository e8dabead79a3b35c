"""What is known of a patient's leg power: the state that the red flags compare with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tracker.domain.diary import LEGS, TESTS
from tracker.domain.power_tests import (
    BASELINE_FIRST_SCORES,
    NEW_WITHIN,
    NO_MOVEMENT_SCORE,
    SEVERE_DROP_STEPS,
    KnownState,
    TestHistory,
    baseline_of,
)
from tracker.models import DayLog, ExamFinding, WeaknessLog


#: The myotomes that a self-test asks of (diary.md, clinical.md section 1.1).
MYOTOMES: Final = {
    "heel_walk": ("L4", "L5"),
    "big_toe_lift": ("L5",),
    "heel_raise": ("S1",),
    "chair_rise": ("L3", "L4"),
    "knee_lift": ("L2", "L3"),
    "hip_hold": ("L5",),
}
#: Highest recorded power that excuses a severe self-test without a baseline.
#: Unit: MRC grade (0-5).
#: Source: clinical.md section 2.3, severe deficit (Balaji et al., Eur Spine J
#:   2014;23:1968).
#: Caveat: a recorded grade 4 explains a weaker test, never the loss of movement.
RECORDED_SEVERE_MRC_GRADE: Final = 3
#: Reports of one test that are looked at; a patient tests once or twice a day.
_MAX_RECENT: Final = 60

# Bounded by the number of tests, not by the length of the diary: each branch walks
# the index weakness_log_by_test from one end. The ORM has no lateral join.
_HISTORY: Final = """
    SELECT side, test, firsts.scores,
           lasts.times, lasts.scores, lasts.repeats, lasts.ids
      FROM unnest(%(sides)s::text[]) AS side
     CROSS JOIN unnest(%(tests)s::text[]) AS test
      LEFT JOIN LATERAL (
            SELECT array_agg(score ORDER BY recorded_at, id) AS scores
              FROM (SELECT score, recorded_at, id FROM tracker_weaknesslog AS log
                     WHERE log.patient_id = %(patient)s AND log.side = side.side
                       AND log.test = test.test AND score IS NOT NULL
                       AND withdrawn_at IS NULL
                     ORDER BY recorded_at, id LIMIT %(firsts)s) AS f
           ) AS firsts ON true
      LEFT JOIN LATERAL (
            SELECT array_agg(recorded_at ORDER BY recorded_at, id) AS times,
                   array_agg(score ORDER BY recorded_at, id) AS scores,
                   array_agg(repeat_score ORDER BY recorded_at, id) AS repeats,
                   array_agg(id ORDER BY recorded_at, id) AS ids
              FROM (SELECT recorded_at, score, repeat_score, id
                      FROM tracker_weaknesslog AS log
                     WHERE log.patient_id = %(patient)s AND log.side = side.side
                       AND log.test = test.test AND withdrawn_at IS NULL
                       AND recorded_at > %(since)s
                     ORDER BY recorded_at DESC LIMIT %(lasts)s) AS l
           ) AS lasts ON true
     WHERE firsts.scores IS NOT NULL OR lasts.times IS NOT NULL
"""


def known_state(patient_id: UUID, *, now: datetime) -> KnownState:
    """Return what the clinic knows of the patient's power before a push."""
    recorded = _recorded_weakness(patient_id)
    tests = {
        (side, test): _history(
            patient_id,
            (side, test),
            firsts or [],
            tuple(zip(*reports, strict=True)) if reports[0] else (),
            clinician_recorded=any((side, root) in recorded for root in MYOTOMES[test]),
        )
        for side, test, firsts, *reports in _rows(patient_id, now)
    }
    return KnownState(tests=tests, **_foot_slaps(patient_id, now))


def _rows(patient_id: UUID, now: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _HISTORY,
            {
                "patient": patient_id,
                "sides": list(LEGS),
                "tests": list(TESTS),
                "firsts": BASELINE_FIRST_SCORES,
                "lasts": _MAX_RECENT,
                "since": now - NEW_WITHIN,
            },
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _history(
    patient_id: UUID,
    side_and_test: tuple[str, str],
    firsts: list[int],
    recent: tuple[Any, ...],
    *,
    clinician_recorded: bool,
) -> TestHistory:
    baseline = baseline_of(firsts)
    return TestHistory(
        baseline=baseline,
        recent=recent,
        clinician_recorded=clinician_recorded,
        severe_since=_severe_since(patient_id, side_and_test, baseline, recent),
    )


def _severe_since(
    patient_id: UUID,
    side_and_test: tuple[str, str],
    baseline: float | None,
    recent: tuple[Any, ...],
) -> datetime | None:
    """Return the first report of the unbroken severe run that lasts until today."""
    if baseline is None or baseline <= NO_MOVEMENT_SCORE or not recent:
        return None
    severe = max(NO_MOVEMENT_SCORE, int(baseline) - SEVERE_DROP_STEPS)
    if any(score is not None and score > severe for _, score, _, _ in recent):
        return None
    scored = WeaknessLog.objects.filter(
        patient_id=patient_id,
        side=side_and_test[0],
        test=side_and_test[1],
        withdrawn_at__isnull=True,
        score__isnull=False,
    )
    better = scored.filter(score__gt=severe).order_by("-recorded_at").first()
    run = scored.filter(recorded_at__gt=better.recorded_at) if better else scored
    first = run.order_by("recorded_at").first()
    return first.recorded_at if first else None


def _recorded_weakness(patient_id: UUID) -> set[tuple[str, str]]:
    """Return (side, myotome) pairs that a clinician has found severely weak."""
    return set(
        ExamFinding.objects.filter(
            exam__episode__patient_id=patient_id,
            kind="power",
            grade__lte=RECORDED_SEVERE_MRC_GRADE,
        ).values_list("side", "location")
    )


def _foot_slaps(patient_id: UUID, now: datetime) -> dict[str, bool]:
    """Return whether a foot slap is known, from the last 14 days and from before."""
    slaps = DayLog.objects.filter(
        patient_id=patient_id, foot_slap=True, withdrawn_at__isnull=True
    )
    since = now - NEW_WITHIN
    long_known = slaps.filter(recorded_at__lte=since).exists()
    recent = slaps.filter(recorded_at__gt=since).exists()
    return {
        "foot_slap_new": recent and not long_known,
        "foot_slap_long_known": long_known,
    }
