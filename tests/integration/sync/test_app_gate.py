"""Too old an app, or too large a push: refused in plain words, danger let through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Alert
from tests import factories
from tests.integration.sync.conftest import pain
from tests.integration.sync.rxdb import RxPhone, row
from tracker.models import MinimumApp, PainLog, Patient, Quarantine, RedFlagCheck
from tracker.services import people
from tracker.services.sync import app_gate, envelope


pytestmark = pytest.mark.django_db

OLD, NEW = "org.example.ios/1.9.3", "org.example.ios/2.0"
LINK = "https://example.org/get-the-app"


@pytest.fixture
def minimum(db):
    row = MinimumApp.objects.create(app="org.example.ios", version="2.0", link=LINK)
    app_gate.forget()
    return row


def danger(record_id: str = "safety.check.1", **fields):
    return {
        "id": record_id,
        "recorded_at": timezone.now().isoformat(),
        "saddle_anal_numbness": "new",
    } | fields


def push(phone, version: str, **changes):
    return phone.post(
        {"device": phone.device, "app_version": version, "changes": changes}
    )


def test_an_app_that_is_too_old_is_told_what_to_do(phone, minimum):
    answer = push(phone, OLD, pain_logs=[pain()])
    assert answer.status_code == 426
    problem = answer.json()
    assert (problem["code"], problem["link"]) == ("app_too_old", LINK)
    assert "nothing you wrote is lost" in problem["title"]
    assert problem["guidance"] == []
    assert not PainLog.objects.exists()
    assert not Quarantine.objects.exists()


@pytest.mark.parametrize(
    ("language", "beginning"),
    [
        ("de", "Diese App ist zu alt"),
        ("es-MX", "Esta app es demasiado antigua"),
        ("fr", "This app is too old"),
        ("", "This app is too old"),
    ],
)
def test_it_speaks_the_patients_language(patient, phone, minimum, language, beginning):
    Patient.objects.filter(pk=patient.pk).update(language=language)
    problem = push(phone, OLD, pain_logs=[pain()]).json()
    assert problem["title"].startswith(beginning)
    assert problem["detail"] == f"{problem['title']} {LINK}"


@pytest.mark.parametrize(
    "version", [NEW, "org.example.ios/10.0", "org.example.android/0.1", "0.1", ""]
)
def test_other_apps_and_newer_versions_sync(phone, minimum, version):
    assert push(phone, version, pain_logs=[pain()]).status_code == 200


def test_the_header_counts_too(phone, minimum):
    assert phone.post({}, **{"X-App-Version": OLD}).status_code == 426
    assert phone.post({}, **{"X-App-Version": NEW}).status_code == 200


def test_apps_that_do_not_name_themselves_have_a_minimum_of_their_own(phone, db):
    MinimumApp.objects.create(app="", version="1.0")
    app_gate.forget()
    assert push(phone, "", pain_logs=[pain()]).status_code == 426
    assert push(phone, "1.0", pain_logs=[pain()]).status_code == 200


def test_a_danger_in_an_old_app_is_judged_kept_and_alerted(patient, phone, minimum):
    factories.make_clinician(patient.clinic)
    changes = {"red_flag_checks": [danger()], "pain_logs": [pain()]}
    for _ in range(3):  # phones try again
        answer = push(phone, OLD, **changes)
        assert answer.status_code == 426
        assert answer.json()["guidance"][0]["tier"] == "emergency"
    kept = Quarantine.objects.get()
    assert (kept.record_id, kept.reason) == ("safety.check.1", "app_too_old")
    assert Alert.objects.get().tier == "emergency"


@pytest.mark.parametrize("days", [-365, -50])
@pytest.mark.parametrize(
    ("version", "status"), [(OLD, 426), (NEW, 413)], ids=["too old", "too large"]
)
def test_a_slow_clock_hides_no_danger_in_a_push_that_is_refused(
    phone, minimum, monkeypatch, days, version, status
):
    monkeypatch.setattr(envelope, "MAX_NATIVE_RECORDS", 20)
    slow = timezone.now() + timedelta(days=days)
    self_test = {
        "id": "heel-walk-1",
        "recorded_at": slow.isoformat(),
        "side": "left",
        "test": "heel_walk",
        "score": 0,
        "repeat_score": 0,
    }
    body = {
        "device": phone.device,
        "app_version": version,
        "sent_at": slow.isoformat(),
        "changes": {
            "weakness_logs": [self_test],
            "pain_logs": [pain() for _ in range(20)],
        },
    }
    answer = phone.post(body)
    assert answer.status_code == status
    assert [each["rule"] for each in answer.json()["guidance"]] == ["R05"]
    assert Quarantine.objects.get().record_id == "heel-walk-1"


def test_nor_in_one_of_rxdb(patient, phone, minimum):
    slow = timezone.now() - timedelta(days=50)
    self_test = {
        "id": "heel-walk-1",
        "recorded_at": slow.isoformat(),
        "side": "left",
        "test": "heel_walk",
        "score": 0,
        "repeat_score": 0,
    }
    answer = RxPhone(phone.token).push(
        [row(self_test)],
        "weakness_logs",
        **{"X-App-Version": OLD, "X-Sent-At": slow.isoformat()},
    )
    assert answer.status_code == 426
    assert [each["rule"] for each in answer.json()["guidance"]] == ["R05"]


def test_after_the_update_everything_comes_in_and_nothing_twice(
    patient, phone, minimum
):
    changes = {"red_flag_checks": [danger()], "pain_logs": [pain()]}
    push(phone, OLD, **changes)
    answer = push(phone, NEW, **changes)
    assert answer.json()["outcomes"]["new"] == 2
    assert Quarantine.objects.get().resolved_at is not None
    assert RedFlagCheck.objects.count() == 1
    assert Alert.objects.count() == 1


def test_a_danger_without_an_id_is_kept_as_well(phone, minimum):
    push(phone, OLD, red_flag_checks=[{"saddle_anal_numbness": "new"}])
    assert Quarantine.objects.count() == 1
    assert Alert.objects.count() == 1


def test_of_a_sealed_diary_nothing_is_kept_and_nobody_told(phone, minimum):
    patient = factories.make_patient()
    phone.token = factories.token_of(patient.user)
    people.withdraw_consent(patient, now=timezone.now())
    answer = push(phone, OLD, red_flag_checks=[danger()])
    assert answer.json()["guidance"]
    assert not Quarantine.objects.exists()
    assert not Alert.objects.exists()


def test_a_push_that_is_too_large_says_how_to_split_and_still_reads_a_danger(
    phone, monkeypatch
):
    monkeypatch.setattr(envelope, "MAX_NATIVE_RECORDS", 20)
    records = [pain() for _ in range(20)]
    answer = push(phone, NEW, pain_logs=records, red_flag_checks=[danger()])
    assert answer.status_code == 413
    problem = answer.json()
    assert problem["code"] == "body_too_large"
    assert problem["most_records"] == 10_000
    assert problem["most_bytes"] == 20 * 1024 * 1024
    assert problem["guidance"][0]["tier"] == "emergency"
    assert Alert.objects.count() == 1
    assert not PainLog.objects.exists()
    assert push(phone, NEW, pain_logs=records).json()["outcomes"]["new"] == 20
    assert push(phone, NEW, red_flag_checks=[danger()]).status_code == 200
    assert Alert.objects.count() == 1
