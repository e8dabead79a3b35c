"""Consent withdrawn: told in plain words, kept sealed, opened once, danger answered."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, AlertLog
from alerts.services import sweeping
from analytics.models import Flag
from analytics.services import claims
from tests import factories
from tests.integration.sync.conftest import Phone, pain, token_of
from tests.integration.sync.test_concurrency import at_once
from tracker.domain import consent
from tracker.models import (
    Consent,
    PainLog,
    Quarantine,
    RedFlagCheck,
    SyncCounter,
    User,
)
from tracker.selectors.diary import revisions
from tracker.services import people


pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(db):
    return factories.make_patient()


def danger(record_id: str = "safety.check.1", **fields):
    return {
        "id": record_id,
        "recorded_at": timezone.now().isoformat(),
        "saddle_anal_numbness": "new",
    } | fields


def withdraw(patient):
    people.withdraw_consent(patient, now=timezone.now())


def agree(patient):
    people.give_consent(patient, version=consent.VERSION, now=timezone.now())


def test_the_phone_is_told_in_plain_words_and_loses_nothing(patient, phone):
    phone.full_sync({"pain_logs": [pain("before.1")]})
    assert phone.sync()["notices"] == []
    withdraw(patient)
    before = phone.cursor
    for _ in range(2):  # the first answer may be lost
        reply = phone.sync({"pain_logs": [pain("after.001")]})
        assert reply["outcomes"] == {
            "new": 0,
            "updated": 0,
            "identical": 0,
            "quarantined": 1,
        }
        (notice,) = reply["notices"]
        assert notice["code"] == "consent_withdrawn"
        assert "emergency number" in notice["text"]
        assert "agree again" in reply["quarantined"][0]["errors"]["record"][0]
        assert (reply["cursor"], reply["has_more"]) == (before, False)
    assert PainLog.objects.count() == 1
    assert Quarantine.objects.count() == 1


def test_a_phone_that_only_pulls_gets_nothing_more_and_is_told(patient, phone):
    withdraw(patient)
    factories.make_message(patient)
    reply = phone.sync()
    assert not any(reply["changes"].values())
    assert reply["notices"]
    agree(patient)
    reply = phone.full_sync()
    assert reply["notices"] == []
    assert len(reply["changes"]["messages"]) == 1


def test_agreeing_again_lets_in_what_was_kept_exactly_once(patient, phone):
    withdraw(patient)
    phone.sync({"pain_logs": [pain("kept.0001"), pain("kept.0002", intensity=11)]})
    phone.sync({"pain_logs": [pain("kept.0003")]})
    agree(patient)
    agree(patient)
    assert set(PainLog.objects.values_list("pk", "revision")) == {
        ("kept.0001", 1),
        ("kept.0003", 1),
    }
    kept = Quarantine.objects.get()
    assert (kept.record_id, kept.reason) == ("kept.0002", Quarantine.INVALID)
    again = phone.full_sync({"pain_logs": [pain("kept.0001"), pain("kept.0003")]})
    assert again["outcomes"]["identical"] == 2
    assert len(again["changes"]["pain_logs"]) == 2


def test_edits_come_in_in_their_order_also_when_one_goes_back(patient, phone):
    phone.full_sync({"pain_logs": [pain("edited.1", intensity=1)]})
    withdraw(patient)
    for intensity in (5, 5, 9, 5):
        phone.sync({"pain_logs": [pain("edited.1", intensity=intensity)]})
    agree(patient)
    states = revisions(patient.pk, "pain_logs", "edited.1")
    assert [state.intensity for state in states] == [5, 9, 5, 1]


def test_withdrawing_an_entry_meanwhile_is_not_lost(patient, phone):
    phone.full_sync({"pain_logs": [pain("taken.back")]})
    withdraw(patient)
    gone = pain("taken.back", withdrawn_at="2026-03-02T08:00:00Z")
    phone.sync({"pain_logs": [gone]})
    agree(patient)
    assert PainLog.objects.get().withdrawn_at is not None


def test_a_danger_is_answered_to_the_patient_and_to_nobody_else(patient, phone):
    factories.make_clinician(patient.clinic)
    withdraw(patient)
    reply = phone.sync({"red_flag_checks": [danger()]})
    assert reply["guidance"][0]["tier"] == "emergency"
    sweeping.sweep(now=timezone.now())
    assert not Alert.objects.exists()
    assert not Flag.objects.exists()
    assert claims.claim(timezone.now()) == []
    agree(patient)
    assert RedFlagCheck.objects.count() == 1
    assert Alert.objects.get().tier == "emergency"


def test_an_open_alert_stays_with_its_people(patient, phone):
    nurse = factories.make_clinician(patient.clinic)
    phone.sync({"red_flag_checks": [danger()]})
    alert = Alert.objects.get()
    withdraw(patient)
    assert AlertLog.objects.filter(alert=alert, action="consent_withdrawn").count() == 1
    due = alert.next_step_at
    sweeping.sweep(now=due)
    alert.refresh_from_db()
    assert alert.step == 2
    client = factories.client_of(nurse)
    listed = client.get("/api/v1/alerts").json()["results"]
    assert [each["id"] for each in listed] == [str(alert.pk)]
    assert client.post(f"/api/v1/alerts/{alert.pk}/acknowledge").status_code == 200


def test_staff_read_nothing_of_a_sealed_diary(patient, phone):
    nurse = factories.make_clinician(patient.clinic)
    client = factories.client_of(nurse)
    phone.sync({"pain_logs": [pain("before.1"), pain("before.2", intensity=11)]})
    addresses = [
        f"/api/v1/patients/{patient.pk}/diary/pain_logs",
        f"/api/v1/patients/{patient.pk}/diary/pain_logs/before.1/revisions",
        f"/api/v1/patients/{patient.pk}/quarantine",
    ]
    assert [client.get(each).status_code for each in addresses] == [200] * 3
    withdraw(patient)
    phone.sync({"pain_logs": [pain("after.001", note="CANARY unread")]})
    for each in addresses:
        answer = client.get(each)
        assert (answer.status_code, answer.json()["code"]) == (403, "consent_withdrawn")
    sealed = Quarantine.objects.get(reason=Quarantine.SEALED)
    closing = client.post(
        f"/api/v1/quarantine/{sealed.pk}/resolve", {"resolution": "x"}
    )
    assert closing.status_code == 404
    browser = Client()
    browser.force_login(nurse)
    page = browser.get(f"/patients/{patient.pk}/").content.decode()
    assert "The diary is sealed" in page
    assert "Latest entries" not in page
    charts = browser.get(f"/patients/{patient.pk}/charts.json")
    assert charts.json() == {"charts": []}
    agree(patient)
    assert [client.get(each).status_code for each in addresses] == [200] * 3


def test_the_status_says_what_became_of_it(patient, phone):
    withdraw(patient)
    phone.sync({"pain_logs": [pain("after.001")]})
    (kept,) = (
        factories.client_of(patient.user)
        .get("/api/v1/sync/status")
        .json()["quarantined"]
    )
    assert "agree again" in kept["text"]


def test_what_is_no_record_at_all_is_kept_too(patient, phone):
    withdraw(patient)
    odd = {"pain_logs": 5, "unknown_logs": [{"id": "what.ever.1"}], "day_logs": [[], 1]}
    for _ in range(2):
        assert phone.sync(odd)["outcomes"]["quarantined"] == 4
    assert Quarantine.objects.filter(reason=Quarantine.SEALED).count() == 4
    agree(patient)
    reasons = Quarantine.objects.values_list("reason", flat=True)
    assert sorted(reasons) == ["invalid", "invalid", "invalid", "unknown_collection"]


def test_two_phones_and_a_caregiver_come_in_in_the_order_of_arrival(patient, phone):
    carer = factories.make_caregiver(patient, may_write=True).user
    phones = [phone, Phone(phone.token), Phone(token_of(carer))]
    withdraw(patient)
    for number, each in zip(range(9), itertools.cycle(phones), strict=False):
        each.sync({"pain_logs": [pain("shared.01", intensity=number)]})
    agree(patient)
    states = revisions(patient.pk, "pain_logs", "shared.01")
    assert [state.intensity for state in states] == list(range(8, -1, -1))


def test_what_was_sealed_comes_in_as_its_phone_sent_it(patient, phone, second_phone):
    carer = factories.make_caregiver(patient, may_write=True).user
    phone.full_sync({"pain_logs": [pain("shared.01", intensity=1, note="first")]})
    caring = Phone(token_of(carer))
    for each in (second_phone, caring):
        each.full_sync()
    phone.full_sync({"pain_logs": [pain("shared.01", intensity=1, note="second")]})
    withdraw(patient)
    stale = pain("shared.01", intensity=7, note="first")  # knows nothing of the second
    second_phone.sync({"pain_logs": [stale]})
    ahead = timezone.now() + timedelta(days=365)
    entry = pain("ahead.001", recorded_at=ahead.isoformat())
    caring.sync({"pain_logs": [entry]}, sent_at=ahead.isoformat())
    agree(patient)
    merged = PainLog.objects.get(pk="shared.01")
    assert (merged.intensity, merged.note) == (7, "second")
    by_carer = PainLog.objects.get(pk="ahead.001")
    assert (by_carer.clock_suspect, by_carer.recorded_by) == (False, carer)


def test_an_old_push_that_is_late_again_is_not_sealed_as_an_edit(patient, phone):
    first = {
        "device": phone.device,
        "sent_at": timezone.now().isoformat(),
        "changes": {"pain_logs": [pain("edited.1", intensity=1)]},
    }
    phone.post(first)
    phone.full_sync({"pain_logs": [pain("edited.1", intensity=9)]})
    withdraw(patient)
    reply = phone.post(first).json()
    assert reply["outcomes"]["quarantined"] == 1  # told as everything is
    agree(patient)
    assert PainLog.objects.get().intensity == 9


def test_withdrawing_again_seals_again(patient, phone):
    for round_ in range(3):
        withdraw(patient)
        phone.sync({"pain_logs": [pain("again.001", intensity=round_)]})
        agree(patient)
        assert PainLog.objects.get().intensity == round_
    assert Consent.objects.filter(patient=patient).count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_push_beside_the_new_consent_is_never_left_behind():
    patient = factories.make_patient()
    token = token_of(User.objects.get(pk=patient.user_id))
    for round_ in range(8):
        withdraw(patient)
        phones = [Phone(token), Phone(token)]
        at_once(
            *(
                lambda each=each, n=n, r=round_: each.sync(
                    {"pain_logs": [pain(f"race.{r}.{n}.0000")]}
                )
                for n, each in enumerate(phones)
            ),
            lambda: agree(patient),
        )
        connection.close()
        assert PainLog.objects.count() == 2 * (round_ + 1)
        assert not Quarantine.objects.exists()
        assert not SyncCounter.objects.get(pk=patient.pk).is_sealed
