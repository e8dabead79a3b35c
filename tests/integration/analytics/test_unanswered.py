"""What a push asks of the patient, and what becomes of it when nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.models import Alert
from analytics.models import Flag
from analytics.services.analyse import analyse_patients
from analytics.services.unanswered import ANSWER_WITHIN
from tests.factories import make_clinician
from tests.integration.analytics.conftest import check, heel_walk


SECOND = timedelta(seconds=1)
ANSWERED = dict.fromkeys(("saddle_genital_numbness", "saddle_anal_numbness"), "no")


@pytest.fixture
def slipped(patient, phone, now):
    """A steady leg with one test far below it: the patient is asked to repeat it."""
    make_clinician(patient.clinic)
    usual = [heel_walk(now - timedelta(days=ago), 3) for ago in range(30, 0, -1)]
    phone.sync({"weakness_logs": usual})
    low = heel_walk(now, 0, name="low-test-1")
    (guidance,) = phone.sync({"weakness_logs": [low]})["guidance"]
    assert (guidance["rule"], guidance["tier"]) == ("R05", "urgent")
    analyse_patients([patient.pk], now)
    assert flags("R05") == {"info"}
    return low


@pytest.fixture
def numb(patient, phone, now) -> dict[str, Any]:
    """A numb saddle on the body map: the patient is asked the safety questions."""
    make_clinician(patient.clinic)
    log = {
        "id": "numb-saddle-1",
        "recorded_at": now.isoformat(),
        "side": "midline",
        "intensity": 3,
        "regions": ["perineum"],
    }
    (guidance,) = phone.sync({"numbness_logs": [log]})["guidance"]
    assert (guidance["rule"], guidance["tier"]) == ("R03", "urgent")
    return log


def flags(rule: str) -> set[str]:
    return set(Flag.objects.filter(rule=rule).values_list("tier", flat=True))


def later(patient, *, by: timedelta = SECOND) -> datetime:
    """Analyse once the patient has had their time, and twice, as nights do."""
    asked_at = Flag.objects.filter(tier="info").latest("raised_at").raised_at
    at = asked_at + ANSWER_WITHIN + by
    for _ in range(2):
        analyse_patients([patient.pk], at)
    return at


def test_a_low_test_that_nobody_repeats_is_for_the_clinic(patient, slipped):
    later(patient, by=-SECOND)
    assert flags("R05") == {"info"}
    assert not Alert.objects.exists()
    at = later(patient)
    flag = Flag.objects.get(rule="R05", tier="urgent")
    assert flag.evidence["entries"][0]["id"] == slipped["id"]
    assert "not repeated yet" in flag.explanation
    assert flag.examine_by == at + timedelta(hours=24)
    alert = Alert.objects.get()
    assert (alert.tier, alert.side) == ("urgent", "left")


def test_a_test_that_was_repeated_is_settled(patient, phone, slipped, now):
    phone.sync({"weakness_logs": [heel_walk(now + timedelta(minutes=3), 3)]})
    later(patient)
    assert flags("R05") == {"info"}


def test_another_movement_is_no_repeat(patient, phone, slipped, now):
    other = heel_walk(now, 3, name="other-test-1") | {"test": "knee_lift"}
    unsafe = heel_walk(now, 3, name="unsafe-test-1") | {
        "score": None,
        "not_done_reason": "unsafe",
    }
    phone.sync({"weakness_logs": [other, unsafe]})
    later(patient)
    assert flags("R05") == {"info", "urgent"}


def test_a_low_test_that_was_taken_back_asks_for_nothing(patient, phone, slipped):
    withdrawn = slipped | {"withdrawn_at": slipped["recorded_at"]}
    phone.sync({"weakness_logs": [withdrawn]})
    later(patient)
    assert flags("R05") == {"info"}


def test_numbness_that_nobody_answers_for_is_for_the_clinic(patient, numb):
    later(patient, by=-SECOND)
    assert flags("R03") == {"info"}
    later(patient)
    assert flags("R03") == {"info", "urgent"}
    assert Alert.objects.get().tier == "urgent"


def test_numbness_whose_questions_were_answered_is_settled(patient, phone, numb, now):
    phone.sync({"red_flag_checks": [check(now, **ANSWERED)]})
    later(patient)
    assert flags("R03") == {"info"}


@pytest.fixture
def slapping(patient, phone, now) -> dict[str, Any]:
    """A day with a foot slap and no heel walk: the patient is asked for one."""
    make_clinician(patient.clinic)
    log = {
        "id": "slap-day-1",
        "recorded_at": now.isoformat(),
        "day": now.date().isoformat(),
        "foot_slap": True,
    }
    (guidance,) = phone.sync({"day_logs": [log]})["guidance"]
    assert (guidance["rule"], guidance["tier"]) == ("R05", "urgent")
    return log


def test_a_slapping_foot_that_nobody_tests_is_for_the_clinic(patient, slapping):
    later(patient, by=-SECOND)
    assert flags("R05") == {"info"}
    later(patient)
    flag = Flag.objects.get(rule="R05", tier="urgent")
    assert flag.evidence["entries"][0]["collection"] == "day_logs"
    assert flag.explanation == "The foot newly slaps, and no heel walk was done."
    assert Alert.objects.get().tier == "urgent"


def test_a_slapping_foot_that_was_tested_is_settled(patient, phone, slapping, now):
    phone.sync({"weakness_logs": [heel_walk(now + timedelta(minutes=3), 3)]})
    later(patient)
    assert flags("R05") == {"info"}


def test_a_slap_that_was_taken_back_asks_for_nothing(patient, phone, slapping):
    phone.sync({"day_logs": [slapping | {"withdrawn_at": slapping["recorded_at"]}]})
    later(patient)
    assert flags("R05") == {"info"}


def test_a_slap_is_asked_about_once(phone, slapping, now):
    sent = phone.sync({"day_logs": [slapping | {"trips": 1}]})["guidance"]
    assert [each["rule"] for each in sent] == ["R05"]
    another = slapping | {"id": "slap-day-2", "recorded_at": _iso(now, hours=1)}
    assert phone.sync({"day_logs": [another]})["guidance"] == []


def _iso(now: datetime, *, hours: int) -> str:
    return (now + timedelta(hours=hours)).isoformat()


@pytest.fixture
def alone(patient, phone, now) -> None:
    """A very weak leg in the first test, the other one not tested."""
    make_clinician(patient.clinic)
    weak = heel_walk(now, 1, 1, name="weak-test-1")
    (guidance,) = phone.sync({"weakness_logs": [weak]})["guidance"]
    assert guidance["title"] == "Please test your other leg now"


def test_a_weak_leg_beside_which_nothing_is_tested_is_for_the_clinic(
    patient, phone, alone, now
):
    phone.sync({"weakness_logs": [heel_walk(now + timedelta(minutes=9), 2)]})
    later(patient)
    assert flags("R05") == {"info", "urgent"}


def test_the_test_of_the_other_leg_settles_it(patient, phone, alone, now):
    other = heel_walk(now + timedelta(minutes=9), 2) | {"side": "right"}
    phone.sync({"weakness_logs": [other]})
    later(patient)
    assert flags("R05") == {"info"}


def test_twice_unsafe_is_urgent_at_once_and_known_from_the_rows(patient, phone, now):
    make_clinician(patient.clinic)
    usual = [heel_walk(now - timedelta(days=ago), 3) for ago in range(30, 2, -1)]
    phone.sync({"weakness_logs": usual})
    unsafe = {"score": None, "not_done_reason": "unsafe"}
    first = heel_walk(now - timedelta(days=1), 0, name="unsafe-test-1") | unsafe
    assert phone.sync({"weakness_logs": [first]})["guidance"] == []
    second = heel_walk(now, 0, name="unsafe-test-2") | unsafe
    (guidance,) = phone.sync({"weakness_logs": [second]})["guidance"]
    assert guidance["entry"] == "unsafe-test-2"
    assert flags("R05") == {"urgent"}
    analyse_patients([patient.pk], now)
    assert Flag.objects.filter(rule="R05").count() == 1
    Flag.objects.all().delete()
    analyse_patients([patient.pk], now)
    flag = Flag.objects.get(rule="R05")
    assert flag.patient_title == guidance["title"]
    assert flag.side == "left"


def test_what_a_clinician_has_closed_is_settled(patient, slipped):
    Flag.objects.update(status="closed")
    later(patient)
    assert flags("R05") == {"info"}


def test_what_was_asked_long_ago_is_not_dug_out(patient, slipped):
    later(patient, by=timedelta(days=6) - SECOND)
    assert flags("R05") == {"info", "urgent"}
    Flag.objects.filter(tier="urgent").delete()
    later(patient, by=timedelta(days=6))
    assert flags("R05") == {"info"}
