"""A value is tried on the clinic's own diaries: once at a time, and never for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from analytics import tasks
from analytics.domain import comparison
from analytics.models import Flag, RuleOverride, RuleTrial
from analytics.services import trials, trying
from tests.factories import make_administrator, make_clinic, make_patient
from tests.integration.analytics.conftest import push_weakness
from tests.integration.sync.conftest import Phone
from tests.integration.sync.conftest import token_of as sync_token
from tracker.errors import Conflict
from tracker.models import SyncCounter, WeaknessLog


pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(now):
    """A clinic of three: two whose left leg crept down, one who is well."""
    clinic = make_clinic()
    for place, home in enumerate((clinic, clinic, make_clinic())):
        phone = Phone(sync_token(make_patient(home).user))
        push_weakness(phone, now - timedelta(minutes=place))  # ids of their own
    make_patient(clinic)
    return clinic


@pytest.fixture
def begin(clinic, now):
    def begin(choice=("R06", "evidence", 1.0), window_days=90, at=now):
        return trials.begin_trial(
            clinic,
            choice=choice,
            window_days=window_days,
            by=make_administrator(clinic),
            now=at,
        )

    return begin


def run(trial: RuleTrial, now) -> comparison.Comparison:
    while trying.take_step(trial.pk, now):
        pass
    trial.refresh_from_db()
    return comparison.read(trial.counts)


def test_a_trial_counts_the_clinics_own_flags_and_stores_none(
    begin, clinic, now, monkeypatch
):
    monkeypatch.setattr(trying, "TOGETHER", 1)  # as many steps as patients
    trial = begin(("R15", "enabled", 0))
    counts = run(trial, now)
    assert trial.ended == RuleTrial.DONE
    assert (trial.done_count, trial.patient_count) == (3, 3)
    assert trial.changes_then == {"R15": {"enabled": False}}
    assert (counts.patients, counts.patient_days) == (2, 60)
    assert counts.flagged_now == 2
    assert {row.rule: (row.now, row.then) for row in counts.rows}["R06"] == (2, 2)
    assert counts.total.lost == 0
    assert not Flag.objects.exists()


def test_lost_and_gained_flags_are_seen(begin, clinic, now):
    tried = run(begin(("R06", "evidence", 1.0)), now)
    (urgent,) = (row for row in tried.rows if row.tier == "urgent")
    assert (urgent.rule, urgent.now, urgent.then, urgent.gained) == ("R06", 0, 2, 2)
    assert (urgent.patients_now, urgent.patients_then) == (0, 2)
    assert tried.pressing_lost == 0

    RuleOverride.objects.create(
        clinic=clinic,
        rule="R06",
        setting="evidence",
        value=1.0,
        why="many",
        changed_by=make_administrator(clinic),
        changed_at=now,
    )
    back = run(begin(("R06", "evidence", 1.9)), now)
    assert (back.pressing_lost, back.total.now) == (2, tried.total.then)


def test_what_was_chosen_for_one_patient_stays_as_it_is(begin, clinic, now):
    own = (
        WeaknessLog.objects.filter(patient__clinic=clinic).latest("recorded_at").patient
    )
    RuleOverride.objects.create(
        clinic=clinic,
        patient=own,
        rule="R06",
        setting="evidence",
        value=1.0,
        expires_on=now.date() + timedelta(days=30),
        why="known weakness",
        changed_by=make_administrator(clinic),
        changed_at=now,
    )
    tried = run(begin(("R06", "evidence", 1.0)), now)
    (urgent,) = (row for row in tried.rows if row.tier == "urgent")
    assert (urgent.now, urgent.then, urgent.gained) == (1, 2, 1)


def test_steps_one_by_one_count_the_same_as_all_at_once(begin, now, monkeypatch):
    together = run(begin(), now)
    monkeypatch.setattr(trying, "TOGETHER", 1)
    assert run(begin(), now) == together
    assert together.rows


def test_only_one_runs_at_a_clinic_and_a_cancelled_one_stores_nothing(begin, now):
    first = begin()
    with pytest.raises(Conflict):
        begin()
    held = trials.claim(first.pk, now)
    assert trials.claim(first.pk, now) is None  # a worker is at it
    assert trials.cancel_trial(first, now)
    assert not trials.move_on(
        held,
        trials.next_patients(held, most=9),
        comparison.Comparison(patients=9),
        engine_version="1",
        now=now,
    )
    first.refresh_from_db()
    assert (first.ended, first.counts, first.done_count) == ("cancelled", {}, 0)
    assert begin().pk != first.pk


def test_what_a_dead_worker_left_is_taken_up_and_ends_in_any_case(begin, now):
    trial = begin()
    for _ in range(trials.MOST_ATTEMPTS):  # each dies in the middle
        assert trials.claim(trial.pk, now) is not None
        assert trials.claim(trial.pk, now + timedelta(minutes=1)) is None
        now += trials.LEASE
    assert trials.claim(trial.pk, now) is None
    trial.refresh_from_db()
    assert trial.ended == RuleTrial.FAILED

    second = begin(at=now)
    assert trials.claim(second.pk, now) is not None
    assert run(second, now + trials.LEASE).patients == 2  # taken up, once
    assert second.ended == RuleTrial.DONE

    slow = begin(at=now)
    assert not trying.take_step(slow.pk, now + trials.LONGEST + timedelta(seconds=1))
    slow.refresh_from_db()
    assert slow.ended == RuleTrial.LATE


def test_the_sweep_hands_out_whom_no_worker_holds(begin, now):
    trial = begin()
    assert tasks.sweep_trials() == 1
    held = trials.claim(trial.pk, now)
    assert tasks.sweep_trials() == 0
    RuleTrial.objects.filter(pk=held.pk).update(claimed_until=now)  # it died
    assert tasks.sweep_trials() == 1
    assert tasks.try_next(trial.pk) is False  # no more wait: all are done
    trial.refresh_from_db()
    assert trial.ended == RuleTrial.DONE
    assert tasks.sweep_trials() == 0


def test_a_sealed_diary_is_not_read_and_a_broken_one_is_counted(
    begin, clinic, now, monkeypatch
):
    sealed, broken, _ = clinic.patients.order_by("pk")
    SyncCounter.objects.filter(pk=sealed.pk).update(is_sealed=True)
    replayed = trying._replayed

    def fail(trial, patient_ids):
        assert sealed.pk not in patient_ids
        if broken.pk in patient_ids:
            raise ValueError("CANARY")
        return replayed(trial, patient_ids)

    monkeypatch.setattr(trying, "_replayed", fail)
    trial = begin()
    assert run(trial, now).failed == 1
    assert (trial.ended, trial.done_count) == (RuleTrial.DONE, 2)


def test_the_database_lets_no_second_trial_run(begin):
    trial = begin()
    trial.pk = None
    with pytest.raises(Exception, match="rule_trial_one_at_a_time"):
        trial.save(force_insert=True)
    connection.needs_rollback = True


def test_old_trials_are_forgotten(begin, now):
    run(begin(), now)
    assert trials.forget_old_trials(now + trials.KEEP_TRIALS) == 0
    assert trials.forget_old_trials(now + trials.KEEP_TRIALS + timedelta(days=1)) == 1
