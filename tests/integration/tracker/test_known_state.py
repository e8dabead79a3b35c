"""What the red flags compare with, read from the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_entry, make_episode, make_patient, make_treatment
from tracker.domain.circumstances import DAYS_KEPT, KnownDay
from tracker.domain.earlier_checks import CHECK_KEPT
from tracker.models import (
    DayLog,
    Exam,
    ExamFinding,
    Patient,
    RedFlagCheck,
    WeaknessLog,
)
from tracker.selectors.motor import known_state


NOW = datetime(2026, 3, 20, 12, 0, 0, 500_000, tzinfo=UTC)


def test_everything_that_is_known_is_read_in_three_questions(db: None) -> None:
    patient = make_patient()
    episode = make_episode(patient)
    make_treatment(episode, kind="discectomy", started_on=date(2026, 3, 10))
    make_treatment(episode, kind="discectomy", started_on=date(2024, 3, 10))
    make_treatment(episode, kind="physiotherapy", started_on=date(2026, 3, 11))
    exam = Exam.objects.create(episode=episode, examined_on=date(2026, 3, 1))
    ExamFinding.objects.create(
        exam=exam, kind="power", location="L5", side="left", grade=2
    )
    ExamFinding.objects.create(
        exam=exam, kind="power", location="L5", side="right", grade=5
    )
    for side in ("left", "right"):
        _said(WeaknessLog, patient, hours=30, side=side, test="heel_walk", score=3)
    walked = _said(DayLog, patient, hours=5, walk_minutes_before_stopping=0)
    odd = _said(DayLog, patient, hours=4, medications_taken=["a, b", 'c"{}'])
    _said(DayLog, patient, hours=3, withdrawn_at=NOW)
    _said(DayLog, patient, hours=DAYS_KEPT / timedelta(hours=1) + 1)
    stranger = make_patient()
    _said(DayLog, stranger, hours=2, foot_slap=True)

    with CaptureQueriesContext(connection) as others:
        state = known_state(patient.pk, now=NOW)

    begins = datetime(2026, 3, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    assert [procedure.begins for procedure in state.procedures] == [begins]
    assert state.days == (
        KnownDay(
            at=walked.recorded_at, medicines=(), walking_minutes=0, entry=walked.id
        ),
        KnownDay(
            at=odd.recorded_at,
            medicines=("a, b", 'c"{}'),
            walking_minutes=None,
            entry=odd.id,
        ),
    )
    recorded = {key: test.clinician_recorded for key, test in state.tests.items()}
    assert recorded == {("left", "heel_walk"): True, ("right", "heel_walk"): False}
    assert not state.foot_slap_new
    assert not state.foot_slap_long_known
    # Prepared statements go past Django's count: the level before the procedure, and
    # what the keeper of findings asks.
    assert len(others) <= 2


def test_the_safety_checks_of_the_last_day_are_known_by_when_they_came(
    db: None,
) -> None:
    patient = make_patient()
    second = timedelta(seconds=1)
    ages = {"recent": CHECK_KEPT - second, "at": CHECK_KEPT, "old": CHECK_KEPT + second}
    checks = {
        name: _said(
            RedFlagCheck,
            patient,
            hours=70,
            urine_leak="unchanged",
            received_at=NOW - age,
        )
        for name, age in ages.items()
    }
    _said(RedFlagCheck, patient, hours=1, withdrawn_at=NOW, received_at=NOW)
    _said(RedFlagCheck, make_patient(), hours=1, received_at=NOW)
    _said(RedFlagCheck, patient, hours=24 * 16, received_at=NOW)  # not new
    [known] = known_state(patient.pk, now=NOW).checks
    assert known["id"] == checks["recent"].id
    assert known["urine_leak"] == "unchanged"
    at = datetime.fromisoformat(str(known["recorded_at"]))
    assert at == checks["recent"].recorded_at


def test_a_procedure_that_is_only_planned_hides_no_fall(db: None) -> None:
    patient = make_patient()
    episode = make_episode(patient)
    make_treatment(episode, kind="discectomy", started_on=date(2026, 3, 16))
    make_treatment(
        episode, kind="epidural_steroid_injection", started_on=date(2026, 3, 28)
    )
    before = {"side": "left", "test": "heel_walk", "score": 3}
    _said(WeaknessLog, patient, hours=24 * 6, **before)
    _said(WeaknessLog, patient, hours=2, **before | {"score": 1})
    state = known_state(patient.pk, now=NOW)
    assert state.of("left", "heel_walk").before_procedure == 3


def test_a_foot_slap_is_new_only_when_none_is_long_known(db: None) -> None:
    patient = make_patient()
    _said(DayLog, patient, hours=24, foot_slap=True)
    _said(DayLog, patient, hours=24 * 20, foot_slap=True, withdrawn_at=NOW)
    state = known_state(patient.pk, now=NOW)
    assert (state.foot_slap_new, state.foot_slap_long_known) == (True, False)
    _said(DayLog, patient, hours=24 * 20, foot_slap=True)
    _said(DayLog, patient, hours=24 * 50, foot_slap=True)  # too long ago to count
    state = known_state(patient.pk, now=NOW)
    assert (state.foot_slap_new, state.foot_slap_long_known) == (True, False)
    _said(DayLog, patient, hours=24 * 21, foot_slap=True)
    state = known_state(patient.pk, now=NOW)
    assert (state.foot_slap_new, state.foot_slap_long_known) == (False, True)


def _said(model: Any, patient: Patient, *, hours: float, **fields: Any) -> Any:
    at = NOW - timedelta(hours=hours)
    return make_entry(model, patient, local_day=at.date(), recorded_at=at, **fields)
