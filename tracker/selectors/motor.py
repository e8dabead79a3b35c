"""What is known of a patient's leg power: the state that the red flags compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from tracker import signals
from tracker.domain import circumstances
from tracker.domain.circumstances import KnownDay, Procedure
from tracker.domain.diary import LEGS, TESTS
from tracker.domain.power_tests import (
    BASELINE_FIRST_SCORES,
    MYOTOMES,
    NEW_WITHIN,
    OLDER_SCORES,
    RECORDED_SEVERE_MRC_GRADE,
    KnownState,
    TestHistory,
    baseline_of,
    severe_limit,
)
from tracker.models import DayLog, ExamFinding, Treatment, WeaknessLog


#: Reports of one test that are looked at; a patient tests once or twice a day.
_MAX_RECENT: Final = 60

# Bounded by the number of tests, not by the length of the diary: each branch walks
# the index weakness_log_by_test from one end. The ORM has no lateral join.
_HISTORY: Final = """
    SELECT side, test, firsts.scores, olds.scores,
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
      LEFT JOIN LATERAL (
            SELECT array_agg(score ORDER BY recorded_at, id) AS scores
              FROM (SELECT score, recorded_at, id FROM tracker_weaknesslog AS log
                     WHERE log.patient_id = %(patient)s AND log.side = side.side
                       AND log.test = test.test AND score IS NOT NULL
                       AND withdrawn_at IS NULL AND recorded_at <= %(since)s
                     ORDER BY recorded_at DESC, id DESC LIMIT %(olds)s) AS o
           ) AS olds ON true
     WHERE firsts.scores IS NOT NULL OR lasts.times IS NOT NULL
"""


def known_state(patient_id: UUID, *, now: datetime) -> KnownState:
    """Return what the clinic knows of the patient's power before a push."""
    recorded = _recorded_weakness(patient_id)
    tests = {
        (side, test): _history(
            patient_id,
            (side, test),
            (firsts or [], olds or []),
            tuple(zip(*reports, strict=True)) if reports[0] else (),
            clinician_recorded=any((side, root) in recorded for root in MYOTOMES[test]),
        )
        for side, test, firsts, olds, *reports in _rows(patient_id, now)
    }
    procedures = _procedures(patient_id, now)
    return KnownState(
        tests=_with_level_before(patient_id, tests, procedures),
        open_motor_drop=_has_open_motor_drop(patient_id),
        days=_days(patient_id, now),
        procedures=procedures,
        **_foot_slaps(patient_id, now),
    )


def _has_open_motor_drop(patient_id: UUID) -> bool:
    """Ask whoever keeps findings; this app knows none of them."""
    answers = signals.motor_drop_asked.send(sender=None, patient_id=patient_id)
    return any(answer for _, answer in answers)


def _days(patient_id: UUID, now: datetime) -> tuple[KnownDay, ...]:
    logs = DayLog.objects.filter(
        patient_id=patient_id,
        withdrawn_at__isnull=True,
        recorded_at__gt=now - circumstances.DAYS_KEPT,
    ).values_list(
        "recorded_at", "medications_taken", "walk_minutes_before_stopping", "id"
    )
    return tuple(
        KnownDay(
            at=at,
            medicines=tuple(medicines or ()),
            walking_minutes=minutes,
            entry=entry,
        )
        for at, medicines, minutes, entry in logs
    )


def _procedures(patient_id: UUID, now: datetime) -> tuple[Procedure, ...]:
    """Return the windows after recent procedures, from the patient's own midnight."""
    longest = max(circumstances.PROCEDURES.values()) + timedelta(days=1)
    treatments = Treatment.objects.filter(
        patient_id=patient_id,
        kind__in=circumstances.PROCEDURES,
        started_on__gte=(now - longest).date(),
    ).values_list("kind", "started_on", "patient__timezone")
    windows = []
    for kind, day, zone in treatments:
        begins = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
        # The day itself, and as many whole days after it.
        ends = begins + circumstances.PROCEDURES[kind] + timedelta(days=1)
        windows.append(Procedure(begins=begins, ends=ends))
    return tuple(windows)


def _with_level_before(
    patient_id: UUID,
    tests: Mapping[tuple[str, str], TestHistory],
    procedures: tuple[Procedure, ...],
) -> Mapping[tuple[str, str], TestHistory]:
    """Return the histories with the last score before the latest procedure."""
    if not procedures:
        return tests
    levels = WeaknessLog.objects.filter(
        patient_id=patient_id,
        withdrawn_at__isnull=True,
        score__isnull=False,
        recorded_at__lt=max(procedure.begins for procedure in procedures),
    )
    last = levels.order_by("side", "test", "-recorded_at").distinct("side", "test")
    before = {
        (side, test): float(score)
        for side, test, score in last.values_list("side", "test", "score")
        if score is not None
    }
    return {
        key: replace(history, before_procedure=before.get(key))
        for key, history in tests.items()
    }


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
                "olds": OLDER_SCORES,
                "since": now - NEW_WITHIN,
            },
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _history(
    patient_id: UUID,
    side_and_test: tuple[str, str],
    firsts_and_olds: tuple[list[int], list[int]],
    recent: tuple[Any, ...],
    *,
    clinician_recorded: bool,
) -> TestHistory:
    firsts, olds = firsts_and_olds
    baseline = baseline_of(firsts)
    return TestHistory(
        baseline=baseline,
        recent=recent,
        clinician_recorded=clinician_recorded,
        severe_since=_severe_since(patient_id, side_and_test, baseline, recent),
        older=tuple(olds),
    )


def _severe_since(
    patient_id: UUID,
    side_and_test: tuple[str, str],
    baseline: float | None,
    recent: tuple[Any, ...],
) -> datetime | None:
    """Return the first report of the unbroken severe run that lasts until today."""
    severe = severe_limit(baseline)
    if severe is None or not recent:
        return None
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
