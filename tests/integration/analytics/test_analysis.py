"""From a push through the real sync service to flags, once each."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.test import override_settings

from analytics import frames, signals
from analytics.domain import pipeline
from analytics.domain.records import KEYS, diary_of
from analytics.models import AnalysisRun, AnalysisState, Flag
from analytics.selectors.flags import has_recent_motor_drop
from analytics.services import claims, hints, red_flags, replaying
from analytics.services.analyse import analyse_patients
from analytics.services.red_flags import on_motor_drop_asked
from tests.factories import client_of, make_clinician, make_patient
from tests.integration.analytics.conftest import check, heel_walk
from tests.integration.sync.conftest import Phone
from tests.integration.sync.conftest import token_of as sync_token
from tracker import signals as tracker_signals
from tracker.models import Clinic, Patient, SyncCounter


def flags_of(patient):
    return sorted(
        Flag.objects.filter(patient=patient).values_list("rule", "side", "tier")
    )


def test_a_pushed_worsening_becomes_a_flag_with_evidence(patient, phone, now):
    fine = [heel_walk(now - timedelta(days=ago), 3) for ago in range(36, 12, -1)]
    low = [heel_walk(now - timedelta(days=ago), 2) for ago in range(12, 0, -1)]
    phone.sync({"weakness_logs": fine + low})
    outcome = analyse_patients([patient.pk], now)

    flag = Flag.objects.get(patient=patient, rule="R06", tier="urgent")
    assert flag in outcome.flags
    assert outcome.done == [patient.pk]
    assert (flag.side, flag.tier, flag.category) == ("left", "urgent", "motor")
    assert flag.evidence["entries"]
    assert flag.explanation
    assert flag.patient_title
    assert flag.examine_by <= now + timedelta(hours=72)
    assert flag.alerts.get().tier == "urgent"  # opened in the same transaction
    state = AnalysisState.objects.get(patient=patient)
    assert state.analysed_seq == SyncCounter.objects.get(patient=patient).diary_seq
    assert now < state.due_at <= now + timedelta(hours=25)
    assert state.baselines["heel_walk|left"] == 3.0
    assert not AnalysisRun.objects.get(patient=patient).error_code


def test_analysing_twice_is_analysing_once(patient, weak, now):
    analyse_patients([patient.pk], now)
    before = list(Flag.objects.order_by("pk").values())
    again = analyse_patients([patient.pk], now + timedelta(minutes=1))

    assert again.flags == []
    assert list(Flag.objects.order_by("pk").values()) == before


def test_a_worsening_is_told_in_the_language_of_the_patient(patient, weak, now):
    Patient.objects.filter(pk=patient.pk).update(language="es")
    analyse_patients([patient.pk], now)
    flag = Flag.objects.get(rule="R06")
    assert (flag.tier, flag.examine_by) == ("watch", None)
    assert flag.patient_title == "Algunas pruebas de fuerza fueron algo más bajas"
    assert flag.patient_text.endswith("vaya a urgencias. Número de emergencias: 112.")


def test_late_entries_are_analysed_and_never_lower_a_flag(patient, weak, now):
    analyse_patients([patient.pk], now)
    before = set(Flag.objects.values_list("pk", "tier", "status"))
    good = [
        heel_walk(now - timedelta(days=ago, minutes=-7), 3) for ago in range(6, 0, -1)
    ]
    weak.sync({"weakness_logs": good})
    analyse_patients([patient.pk], now)

    assert before <= set(Flag.objects.values_list("pk", "tier", "status"))
    assert Flag.objects.filter(rule="R06").count() == 1


def test_a_worsening_that_came_late_is_marked(patient, phone, now):
    fine = [heel_walk(now - timedelta(days=ago), 3) for ago in range(40, 15, -1)]
    phone.sync({"weakness_logs": fine})
    analyse_patients([patient.pk], now)
    late = [heel_walk(now - timedelta(days=ago), 1) for ago in range(15, 9, -1)]
    phone.sync({"weakness_logs": late})
    analyse_patients([patient.pk], now)

    flag = Flag.objects.get(rule="R06", tier="urgent")
    assert flag.late
    assert flag.examine_by == now + timedelta(hours=24)  # the eighth day is over


@pytest.mark.parametrize(
    ("began", "hours"),
    [
        (2, 72),  # found in time
        (6, None),  # the eighth day comes first
        (10, 24),
    ],
)
def test_the_examination_is_due_by_the_onset(patient, phone, now, began, hours):
    fine = [heel_walk(now - timedelta(days=ago), 3) for ago in range(40, began, -1)]
    lost = [heel_walk(now - timedelta(days=ago), 1) for ago in range(began, 0, -1)]
    phone.sync({"weakness_logs": [*fine, *lost]})
    analyse_patients([patient.pk], now)
    flag = Flag.objects.get(rule="R06", tier="urgent")
    eighth = datetime(*flag.onset_on.timetuple()[:3], tzinfo=UTC) + timedelta(days=8)
    if hours is None:
        assert flag.examine_by == max(eighth, now + timedelta(hours=24))
        assert flag.examine_by < now + timedelta(hours=72)
    else:
        assert flag.examine_by == now + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("until", "expected"),
    [(0, {"R06"}), (26, {"R06"}), (40, set())],
    ids=["stands today", "heard of a month ago", "long over"],
)
def test_a_loss_that_still_stands_is_told_however_late_it_comes(
    patient, phone, now, until, expected
):
    fine = [heel_walk(now - timedelta(days=ago), 3) for ago in range(100, 70, -1)]
    lost = [heel_walk(now - timedelta(days=ago), 2) for ago in range(70, until, -1)]
    well = [heel_walk(now - timedelta(days=ago), 3) for ago in range(until, 0, -1)]
    phone.sync({"weakness_logs": [*fine, *lost, *well]})
    for _ in range(2):
        analyse_patients([patient.pk], now)
    told = Flag.objects.filter(rule="R06")
    assert set(told.values_list("rule", flat=True)) == expected
    assert all(flag.late for flag in told)
    before = told.count()
    phone.sync({"weakness_logs": [heel_walk(now, 2 if until == 0 else 3)]})
    analyse_patients([patient.pk], now + timedelta(minutes=5))
    assert told.count() == before


def test_a_loss_that_was_told_in_its_time_is_not_told_again(patient, phone, now):
    then = now - timedelta(days=50)
    fine = [heel_walk(then - timedelta(days=ago), 3) for ago in range(40, 10, -1)]
    lost = [heel_walk(then - timedelta(days=ago), 2) for ago in range(10, 0, -1)]
    phone.sync({"weakness_logs": [*fine, *lost]})
    analyse_patients([patient.pk], then)
    told = set(Flag.objects.values_list("pk", flat=True))
    assert Flag.objects.filter(rule="R06", tier="urgent").count() == 1
    since = [heel_walk(now - timedelta(days=ago), 2) for ago in range(49, 0, -1)]
    phone.sync({"weakness_logs": since})
    # An entry of before it all that comes late moves the first day of the loss.
    phone.sync({"weakness_logs": [heel_walk(then - timedelta(days=11, hours=1), 2)]})
    analyse_patients([patient.pk], now)
    assert set(Flag.objects.filter(rule="R06").values_list("pk", flat=True)) <= told


def test_production_raises_what_a_backtest_raises(patient, weak, now):
    analyse_patients([patient.pk], now)
    rows = frames.diary_of_patients([patient.pk])
    as_rows = {
        name: [
            row | {"recorded_at": row["recorded_at"].replace(tzinfo=UTC)}
            for row in own.records()
        ]
        for name, own in rows.frames().items()
    }
    today = now.astimezone().date()
    replayed = pipeline.replay(
        diary_of(as_rows), start=today - timedelta(days=28), end=today
    )
    expected = {
        (finding.rule, finding.side or "", finding.raised_on)
        for finding in replayed[str(patient.pk)]
    }
    assert expected
    assert expected == set(Flag.objects.values_list("rule", "side", "raised_on"))


def test_what_is_read_by_columns_is_what_was_pushed(patient, phone, now):
    odd = ["", "a, b", 'a "quoted" one', "two\nlines", "\\N", "NULL", "NaN", "ü☂"]
    days = [
        {
            "id": f"day-log-{ago}",
            "recorded_at": (now - timedelta(days=ago)).isoformat(),
            "day": (now - timedelta(days=ago)).date().isoformat(),
            **fields,
        }
        for ago, fields in (
            (3, {"medications_taken": odd, "foot_slap": True, "trips": 0}),
            (2, {"medications_taken": [], "foot_slap": False}),
            (1, {"sleep_quality": 0}),
        )
    ]
    withdrawn = days[0] | {"id": "withdrawn-one", "withdrawn_at": now.isoformat()}
    phone.sync({"day_logs": [*days, withdrawn]})
    diary = frames.diary_of_patients([patient.pk])

    logs = diary.day_logs[np.argsort(diary.day_logs["recorded_at"])]
    assert list(logs["id"]) == ["day-log-3", "day-log-2", "day-log-1"]
    assert set(logs["patient"]) == {str(patient.pk)}
    assert [at.replace(tzinfo=UTC) for at in logs["recorded_at"].tolist()] == [
        now - timedelta(days=ago) for ago in (3, 2, 1)
    ]
    assert list(logs["medications_taken"]) == [tuple(odd), (), None]
    # Zero is an answer, NaN is silence.
    for name, values in {
        "foot_slap": [1.0, 0.0, None],
        "trips": [0.0, None, None],
        "sleep_quality": [None, None, 0.0],
    }.items():
        assert logs[name].dtype == "float64"
        assert [None if v != v else v for v in logs[name]] == values
    assert not len(diary.pain_logs)
    assert diary.pain_logs.names == (*KEYS, *frames.COLUMNS["pain_logs"])


def test_a_red_flag_is_stored_in_the_push_and_again_by_nobody(patient, phone, now):
    reply = phone.sync({"red_flag_checks": [check(now, urine_leak="new")]})
    assert reply["guidance"][0]["rule"] == "R01"
    flag = Flag.objects.get()
    assert (flag.tier, flag.rule) == ("emergency", "R01")
    assert flag.evidence["items"] == ["urine_leak"]
    assert flag.examine_by - flag.raised_at == timedelta(hours=4)

    phone.sync({"red_flag_checks": [check(now, urine_leak="new")]})
    analyse_patients([patient.pk], now)
    assert Flag.objects.count() == 1


def test_a_drop_that_was_closed_lately_still_makes_fever_an_emergency(
    patient, weak, now
):
    analyse_patients([patient.pk], now)
    drops = Flag.objects.filter(patient=patient, rule="R06")
    assert drops.update(status="closed", raised_on=now.date()) > 0
    assert on_motor_drop_asked(None, patient.pk)
    told = weak.sync({"red_flag_checks": [check(now, fever_or_rigors="new")]})
    tiers = {each["rule"]: each["tier"] for each in told["guidance"]}
    assert tiers["R18"] == "emergency"

    # Fourteen days, and one more, since the patient's day may be behind.
    for ago, counts in ((14, True), (15, True), (16, False)):
        drops.update(raised_on=now.date() - timedelta(days=ago))
        assert has_recent_motor_drop(patient.pk, now=now) is counts, ago
    drops.update(status="open")
    assert has_recent_motor_drop(patient.pk, now=now)


def test_a_patient_is_told_in_their_language_whom_to_call(patient, phone, now):
    Patient.objects.filter(pk=patient.pk).update(language="de-CH")
    Clinic.objects.filter(pk=patient.clinic_id).update(emergency_number="144")
    (told,) = phone.sync({"red_flag_checks": [check(now, urine_leak="new")]})[
        "guidance"
    ]
    assert told["title"] == "Sie müssen jetzt in die Notaufnahme"
    assert told["text"].startswith("Ihre Antworten können Zeichen")
    assert told["text"].endswith("Notruf: 144.")
    flag = Flag.objects.get()
    assert (flag.patient_title, flag.patient_text) == (told["title"], told["text"])
    assert flag.clinician_text.startswith("Cauda equina screen positive.")


def _fail(**_):
    raise RuntimeError("CANARY")


def test_a_red_flag_survives_receivers_that_fail(patient, phone, now, log_lines):
    red = tracker_signals.red_flags_found
    red.disconnect(dispatch_uid="analytics.on_red_flags_found")
    try:
        phone.sync({"red_flag_checks": [check(now, urine_leak="new")]})
    finally:
        red.connect(
            red_flags.on_red_flags_found, dispatch_uid="analytics.on_red_flags_found"
        )
    assert not Flag.objects.exists()
    signals.flags_raised.connect(_fail, weak=False, dispatch_uid="test")
    try:
        analyse_patients([patient.pk], now)
    finally:
        signals.flags_raised.disconnect(dispatch_uid="test")
    assert flags_of(patient) == [("R01", "", "emergency")]


def test_a_quarantined_red_flag_is_found_by_the_sweep(patient, phone, now):
    analyse_patients([patient.pk], now)
    bad = check(now, urine_leak="new") | {"recorded_at": "yesterday"}
    red = tracker_signals.red_flags_found
    red.disconnect(dispatch_uid="analytics.on_red_flags_found")
    try:
        phone.sync({"red_flag_checks": [bad]})
    finally:
        red.connect(
            red_flags.on_red_flags_found, dispatch_uid="analytics.on_red_flags_found"
        )
    (shard,) = claims.claim(now)
    analyse_patients(shard.patient_ids, now, token=shard.token)

    assert flags_of(patient) == [("R01", "", "emergency")]
    assert claims.claim(now) == []


def test_one_failing_patient_does_not_stop_the_others(
    patient, weak, now, monkeypatch, log_lines
):
    other = make_patient()
    Phone(sync_token(other.user)).sync(
        {"weakness_logs": [heel_walk(now, 3, name="b" * 9)]}
    )
    original = replaying.red_flags_of

    def sometimes(patient_id, records, *, now):
        if patient_id == other.pk:
            raise ValueError("CANARY")
        return original(patient_id, records, now=now)

    monkeypatch.setattr(replaying, "red_flags_of", sometimes)
    (shard,) = claims.claim(now)
    outcome = analyse_patients(shard.patient_ids, now, token=shard.token)

    assert outcome.done == [patient.pk]
    assert outcome.failed == [other.pk]
    state = AnalysisState.objects.get(patient=other)
    assert (state.analysed_seq, state.failure_count) == (0, 1)
    assert state.claimed_until > now
    assert AnalysisRun.objects.get(patient=other).error_code == "ValueError"
    assert claims.claim(now) == []
    monkeypatch.undo()
    (again,) = claims.claim(now + timedelta(hours=1))
    # The night may have come in that hour, with everybody's analysis.
    assert other.pk in analyse_patients(again.patient_ids, now).done


def test_a_claim_is_exclusive_until_its_lease_ends(patient, now):
    (shard,) = claims.claim(now)
    assert claims.claim(now) == []
    assert claims.claim_one(patient.pk, now) is None
    (taken_over,) = claims.claim(now + claims.LEASE)
    assert taken_over.patient_ids == [patient.pk]
    assert claims.renew(shard, now) == []


def test_the_sweep_claims_as_many_as_the_workers_did_lately(patient, now, monkeypatch):
    others = [make_patient() for _ in range(3)]
    monkeypatch.setattr(claims, "LEAST_CLAIMED", 1)
    (first,) = claims.claim(now)
    assert len(first.patient_ids) == 1
    assert claims.claim(now) == []
    # Three were done at once: then so many may be out at a time, not more.
    analyse_patients([patient.pk, *(other.pk for other in others[:2])], now)
    AnalysisState.objects.update(claimed_until=None, claim_token=None, due_at=now)
    (second,) = claims.claim(now + timedelta(minutes=1))
    assert len(second.patient_ids) == 3
    # What was done long ago says nothing of the workers of now.
    AnalysisState.objects.update(claimed_until=None, claim_token=None)
    (third,) = claims.claim(now + claims.PACE)
    assert len(third.patient_ids) == 1


def test_the_number_analysed_never_goes_back(patient, phone, now):
    analyse_patients([patient.pk], now)
    AnalysisState.objects.update(analysed_seq=999)
    analyse_patients([patient.pk], now)
    assert AnalysisState.objects.get().analysed_seq == 999


def test_a_push_does_not_wait_for_a_broker_that_is_away(
    patient, phone, now, monkeypatch, django_capture_on_commit_callbacks, log_lines
):
    monkeypatch.setattr(hints._Broker, "away_until", 0.0)
    phone.sync({"weakness_logs": [heel_walk(now - timedelta(days=1), 3)]})
    with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
        with django_capture_on_commit_callbacks() as callbacks:
            phone.sync({"weakness_logs": [heel_walk(now, 3)]})
        assert callbacks
        begun = time.monotonic()
        for callback in callbacks:
            callback()
        waited = time.monotonic() - begun
    assert waited < 0.5
    assert log_lines.getvalue().count("no hint sent") == 1
    assert hints.hint_analysis(patient.pk) is False  # silent for a while


def test_a_hint_reaches_the_broker(patient, monkeypatch):
    monkeypatch.setattr(hints._Broker, "away_until", 0.0)
    assert hints.hint_analysis(patient.pk) is True


def test_flags_over_the_api(patient, weak, now):
    analyse_patients([patient.pk], now)
    flag = Flag.objects.get(rule="R06")
    clinician = client_of(make_clinician(patient.clinic))
    stranger = client_of(make_clinician())
    own = client_of(patient.user)

    listed = clinician.get(f"/api/v1/patients/{patient.pk}/flags")
    assert str(flag.pk) in [each["id"] for each in listed.json()["results"]]
    assert clinician.get(f"/api/v1/flags/{flag.pk}").json()["evidence"]["entries"]
    assert stranger.get(f"/api/v1/flags/{flag.pk}").status_code == 404
    assert stranger.get(f"/api/v1/patients/{patient.pk}/flags").status_code == 404
    assert own.get(f"/api/v1/flags/{flag.pk}").status_code == 403
    (told,) = [
        each
        for each in own.get("/api/v1/flags").json()["results"]
        if each["id"] == str(flag.pk)
    ]
    assert set(told) == {"id", "patient_id", "title", "text", "tier", "raised_on"}


def test_the_web_process_loads_no_pandas():
    code = (
        "import django, sys; django.setup(); import backend.urls, analytics.admin,"
        " analytics.services.hints; import json;"
        " print(json.dumps([m for m in ('pandas', 'scipy') if m in sys.modules]))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(found.stdout.splitlines()[-1]) == []
