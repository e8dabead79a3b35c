"""What is known of a patient's leg power: the state that the red flags compare with."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from tracker import signals
from tracker.domain import circumstances
from tracker.domain.accepted import TEST_SIGNAL, in_force
from tracker.domain.circumstances import KnownDay, Procedure
from tracker.domain.diary import LEGS, RED_FLAG_ITEMS, TESTS
from tracker.domain.earlier_checks import CHECK_KEPT
from tracker.domain.power_tests import (
    BASELINE_FIRST_SCORES,
    FOOT_SLAP_KNOWN_DAYS,
    MYOTOMES,
    NEW_WITHIN,
    NORMAL_SCORE,
    OLDER_SCORES,
    RECORDED_SEVERE_MRC_GRADE,
    KnownState,
    TestHistory,
    baseline_of,
    severe_limit,
)
from tracker.domain.saddle import QUESTIONS
from tracker.domain.self_tests import UNSAFE
from tracker.models import WeaknessLog
from tracker.selectors.prepared import prepared


#: Reports of one test that are looked at; a patient tests once or twice a day.
_MAX_RECENT: Final = 60
#: Safety checks that are judged once more; a patient makes one or two a day.
_MAX_CHECKS: Final = 20

# Bounded by the number of tests, not by the length of the diary: each branch walks
# the index weakness_log_by_test from one end. The ORM has no lateral join.
_HISTORY: Final = """
    SELECT side, test, firsts.scores AS firsts, olds.scores AS olds, olds.days,
           lasts.times, lasts.scores, lasts.repeats, lasts.ids, lasts.reasons
      FROM unnest(%(sides)s::text[]) AS side
     CROSS JOIN unnest(%(tests)s::text[]) AS test
      LEFT JOIN LATERAL (
            SELECT array_agg(score ORDER BY happened_at, id) AS scores
              FROM (SELECT score, happened_at, id FROM tracker_weaknesslog AS log
                     WHERE log.patient_id = %(patient)s::uuid AND log.side = side.side
                       AND log.test = test.test AND score IS NOT NULL
                       AND withdrawn_at IS NULL
                     ORDER BY happened_at, id LIMIT %(firsts)s::int) AS f
           ) AS firsts ON true
      LEFT JOIN LATERAL (
            SELECT array_agg(happened_at ORDER BY happened_at, id) AS times,
                   array_agg(score ORDER BY happened_at, id) AS scores,
                   array_agg(repeat_score ORDER BY happened_at, id) AS repeats,
                   array_agg(id ORDER BY happened_at, id) AS ids,
                   array_agg(not_done_reason ORDER BY happened_at, id) AS reasons
              FROM (SELECT happened_at, score, repeat_score, not_done_reason, id
                      FROM tracker_weaknesslog AS log
                     WHERE log.patient_id = %(patient)s::uuid AND log.side = side.side
                       AND log.test = test.test AND withdrawn_at IS NULL
                       AND happened_at > %(since)s::timestamptz
                     ORDER BY happened_at DESC LIMIT %(lasts)s::int) AS l
           ) AS lasts ON true
      LEFT JOIN LATERAL (
            SELECT array_agg(score ORDER BY happened_at, id) AS scores,
                   array_agg(local_day ORDER BY happened_at, id) AS days
              FROM (SELECT score, happened_at, id, local_day
                      FROM tracker_weaknesslog AS log
                     WHERE log.patient_id = %(patient)s::uuid AND log.side = side.side
                       AND log.test = test.test AND score IS NOT NULL
                       AND withdrawn_at IS NULL AND happened_at <= %(since)s::timestamptz
                     ORDER BY happened_at DESC, id DESC LIMIT %(olds)s::int) AS o
           ) AS olds ON true
     WHERE firsts.scores IS NOT NULL OR lasts.times IS NOT NULL
"""

# What else is compared with, in one round trip; each list is bounded by its days or by
# what a clinician has entered.
_CIRCUMSTANCES: Final = f"""
    SELECT (SELECT json_agg(json_build_array(finding.side, finding.location))
              FROM tracker_examfinding AS finding
              JOIN tracker_exam AS exam ON exam.id = finding.exam_id
              JOIN tracker_episode AS episode ON episode.id = exam.episode_id
             WHERE episode.patient_id = %(patient)s::uuid AND finding.kind = 'power'
               AND finding.grade <= %(severe)s::int) AS recorded,
           (SELECT json_agg(json_build_array(happened_at, medications_taken,
                                             walk_minutes_before_stopping, id,
                                             foot_slap)
                            ORDER BY happened_at, id)
              FROM tracker_daylog
             WHERE patient_id = %(patient)s::uuid AND withdrawn_at IS NULL
               AND happened_at > %(days_since)s::timestamptz) AS days,
           (SELECT json_agg(json_build_array(treatment.kind, treatment.started_on,
                                             patient.timezone))
              FROM tracker_treatment AS treatment
              JOIN tracker_patient AS patient ON patient.id = treatment.patient_id
             WHERE treatment.patient_id = %(patient)s::uuid
               AND treatment.kind = ANY(%(procedures)s::text[])
               AND treatment.started_on >= %(procedures_since)s::date) AS procedures,
           (SELECT count(DISTINCT local_day) FROM tracker_daylog
             WHERE patient_id = %(patient)s::uuid AND withdrawn_at IS NULL
               AND foot_slap AND happened_at <= %(since)s::timestamptz
               AND happened_at > %(days_since)s::timestamptz)
               >= %(slaps)s::int AS slapped_before,
           EXISTS (SELECT FROM tracker_daylog
                    WHERE patient_id = %(patient)s::uuid AND withdrawn_at IS NULL
                      AND foot_slap AND happened_at > %(since)s::timestamptz)
               AS slapped_lately,
           (SELECT happened_at FROM tracker_redflagcheck
             WHERE patient_id = %(patient)s::uuid AND withdrawn_at IS NULL
               AND {" AND ".join(f"{each} <> 'prefer_not_to_say'" for each in QUESTIONS)}
             ORDER BY local_day DESC, happened_at DESC LIMIT 1) AS checked_at,
           (SELECT json_agg(lately)
              FROM (SELECT id, happened_at AS recorded_at, {", ".join(RED_FLAG_ITEMS)}
                      FROM tracker_redflagcheck
                     WHERE patient_id = %(patient)s::uuid AND withdrawn_at IS NULL
                       AND local_day >= %(since)s::date
                       AND received_at > %(came_since)s::timestamptz
                     ORDER BY seq DESC LIMIT {_MAX_CHECKS}) AS lately) AS checks,
           EXISTS (SELECT FROM tracker_acceptedbaseline AS accepted
                     JOIN tracker_episode AS episode ON episode.id = accepted.episode_id
                    WHERE episode.patient_id = %(patient)s::uuid
                      AND accepted.created_at > %(since)s::timestamptz
                      AND accepted.signal = ANY(%(movements)s::text[])
                      AND accepted.value < %(normal)s::int)
               AS accepted_lately,
           (SELECT json_agg(json_build_array(accepted.side, accepted.signal,
                                             accepted.value, accepted.from_day)
                            ORDER BY accepted.created_at, accepted.id)
              FROM tracker_acceptedbaseline AS accepted
              JOIN tracker_episode AS episode ON episode.id = accepted.episode_id
             WHERE episode.patient_id = %(patient)s::uuid
               AND accepted.withdrawn_at IS NULL
               AND accepted.signal = ANY(%(movements)s::text[])) AS accepted
"""  # noqa: S608 - the names are ours


def known_state(patient_id: UUID, *, now: datetime) -> KnownState:
    """Return what the clinic knows of the patient's power before a push."""
    known = _circumstances(patient_id, now)
    recorded = {(side, root) for side, root in known["recorded"] or ()}
    accepted = _accepted(known["accepted"] or (), now)
    tests = {
        (row["side"], row["test"]): _history(
            patient_id,
            row,
            accepted.get((row["side"], row["test"])),
            clinician_recorded=any(
                (row["side"], root) in recorded for root in MYOTOMES[row["test"]]
            ),
        )
        for row in _rows(patient_id, now)
    }
    procedures = tuple(_procedure(*each) for each in known["procedures"] or ())
    return KnownState(
        tests=_with_level_before(patient_id, tests, procedures, now=now),
        recent_motor_drop=known["accepted_lately"]
        or _has_recent_motor_drop(patient_id),
        days=tuple(_day(*each) for each in known["days"] or ()),
        procedures=procedures,
        checked_at=known["checked_at"],
        checks=tuple(known["checks"] or ()),
        foot_slap_new=known["slapped_lately"] and not known["slapped_before"],
        foot_slap_long_known=known["slapped_before"],
    )


def _has_recent_motor_drop(patient_id: UUID) -> bool:
    """Ask whoever keeps findings; this app knows none of them."""
    answers = signals.motor_drop_asked.send(sender=None, patient_id=patient_id)
    return any(answer for _, answer in answers)


def _circumstances(patient_id: UUID, now: datetime) -> dict[str, Any]:
    """Return what is known besides the tests: one row, its lists as JSON."""
    longest = max(circumstances.PROCEDURES.values()) + timedelta(days=1)
    parameters = {
        "patient": patient_id,
        "severe": RECORDED_SEVERE_MRC_GRADE,
        "days_since": now - circumstances.DAYS_KEPT,
        "procedures": list(circumstances.PROCEDURES),
        "procedures_since": (now - longest).date(),
        "since": now - NEW_WITHIN,
        "came_since": now - CHECK_KEPT,
        "slaps": FOOT_SLAP_KNOWN_DAYS,
        "movements": [f"{TEST_SIGNAL}{test}" for test in TESTS],
        "normal": NORMAL_SCORE,
    }
    with prepared(_CIRCUMSTANCES, parameters) as cursor:
        return cursor.fetchone() or {}


def _day(
    at: str,
    medicines: list[str] | None,
    minutes: int | None,
    entry: str,
    slap: bool | None,  # noqa: FBT001 - a row of the database
) -> KnownDay:
    return KnownDay(
        at=datetime.fromisoformat(at),
        medicines=tuple(medicines or ()),
        walking_minutes=minutes,
        entry=entry,
        slap=bool(slap),
    )


def _procedure(kind: str, started_on: str, zone: str) -> Procedure:
    """Return the window after a procedure, from the patient's own midnight."""
    day = date.fromisoformat(started_on)
    begins = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    # The day itself, and as many whole days after it.
    ends = begins + circumstances.PROCEDURES[kind] + timedelta(days=1)
    return Procedure(begins=begins, ends=ends)


def _with_level_before(
    patient_id: UUID,
    tests: Mapping[tuple[str, str], TestHistory],
    procedures: tuple[Procedure, ...],
    *,
    now: datetime,
) -> Mapping[tuple[str, str], TestHistory]:
    """Return the histories with the last score before the latest procedure."""
    # One that is only planned must not hide the fall after the one before.
    begun = [each.begins for each in procedures if each.begins <= now]
    if not begun:
        return tests
    levels = WeaknessLog.objects.filter(
        patient_id=patient_id,
        withdrawn_at__isnull=True,
        score__isnull=False,
        happened_at__lt=max(begun),
    )
    last = levels.order_by("side", "test", "-happened_at").distinct("side", "test")
    before = {
        (side, test): float(score)
        for side, test, score in last.values_list("side", "test", "score")
        if score is not None
    }
    return {
        key: replace(history, before_procedure=before.get(key))
        for key, history in tests.items()
    }


def _accepted(
    recorded: Iterable[tuple[str, str, float, str]], now: datetime
) -> dict[Hashable, tuple[date, float]]:
    """Return by side and test since when, and which level, a clinician has accepted."""
    # The patient's day may be ahead of UTC.
    last = (now + timedelta(days=1)).date().isoformat()
    counts = in_force(
        (each for each in recorded if each[3] <= last),
        of=lambda each: (each[0], each[1].removeprefix(TEST_SIGNAL)),
        since=lambda each: date.fromisoformat(each[3]),
    )
    return {
        key: (date.fromisoformat(each[-1][3]), float(each[-1][2]))
        for key, each in counts.items()
    }


def _rows(patient_id: UUID, now: datetime) -> list[dict[str, Any]]:
    parameters = {
        "patient": patient_id,
        "sides": list(LEGS),
        "tests": list(TESTS),
        "firsts": BASELINE_FIRST_SCORES,
        "lasts": _MAX_RECENT,
        "olds": OLDER_SCORES,
        "since": now - NEW_WITHIN,
    }
    with prepared(_HISTORY, parameters) as cursor:
        return cursor.fetchall()


def _history(
    patient_id: UUID,
    row: dict[str, Any],
    accepted: tuple[date, float] | None,
    *,
    clinician_recorded: bool,
) -> TestHistory:
    since, level = accepted or (date.max, None)
    baseline = baseline_of(row["firsts"] or [])
    reports = [row[name] or () for name in ("times", "scores", "repeats", "ids")]
    recent = tuple(zip(*reports, strict=True))
    side_and_test = row["side"], row["test"]
    reasons = row["reasons"] or ()
    return TestHistory(
        baseline=baseline,
        recent=recent,
        clinician_recorded=clinician_recorded,
        severe_since=_severe_since(patient_id, side_and_test, baseline, recent),
        older=tuple(row["olds"] or ()),
        accepted=level,
        since_accepted=tuple(
            score
            for score, day in zip(row["olds"] or (), row["days"] or (), strict=True)
            if day >= since
        ),
        unsafe=tuple(
            (at, entry)
            for (at, score, _, entry), reason in zip(recent, reasons, strict=True)
            if score is None and reason == UNSAFE
        ),
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
    better = scored.filter(score__gt=severe).order_by("-happened_at").first()
    run = scored.filter(happened_at__gt=better.happened_at) if better else scored
    first = run.order_by("happened_at").first()
    return first.happened_at if first else None
