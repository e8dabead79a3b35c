"""A danger in a push from somebody who may not, or no longer, write in the diary."""

from __future__ import annotations

import pytest
from django.utils import timezone

from alerts.models import Alert
from tests.factories import make_caregiver, make_patient
from tests.integration.sync.conftest import Phone, pain, token_of
from tests.integration.sync.test_dialects import MelonSpeaker, RxSpeaker
from tracker.models import PainLog, Quarantine, RedFlagCheck
from tracker.services import caregivers


pytestmark = pytest.mark.django_db


def danger():
    return {
        "id": "safety.check.1",
        "recorded_at": timezone.now().isoformat(),
        "saddle_anal_numbness": "new",
    }


def push(user, patient, **changes):
    named = {"patient": str(patient.pk), "changes": changes}
    return Phone(token_of(user)).post(named)


@pytest.mark.parametrize("revoked", [False, True], ids=["reads along", "revoked"])
def test_the_phone_is_told_what_to_do_and_keeps_what_it_holds(revoked):
    patient = make_patient()
    carer = make_caregiver(patient, may_write=revoked)
    if revoked:
        caregivers.revoke(patient.pk, carer.pk, by=patient.user, now=timezone.now())
    changes = {"red_flag_checks": [danger()], "pain_logs": [pain()]}
    answer = push(carer.user, patient, **changes)
    told = answer.json()
    code = "not_found" if revoked else "not_the_patient"
    assert (answer.status_code, told["code"]) == (404 if revoked else 403, code)
    assert told["title"]
    assert told["guidance"][0]["tier"] == "emergency"
    assert told["guidance"][0]["entry"] == "safety.check.1"
    for table in (RedFlagCheck, PainLog, Quarantine, Alert):
        assert not table.objects.exists()  # not their diary, and nobody is alarmed
    # With the right given, the same push arrives.
    if revoked:
        again = make_caregiver(patient, carer.user, may_write=True)
        assert push(again.user, patient, **changes).json()["outcomes"]["new"] == 2
        assert Alert.objects.get().tier == "emergency"


def test_no_danger_is_no_advice():
    patient = make_patient()
    reader = make_caregiver(patient).user
    assert push(reader, patient, pain_logs=[pain()]).json()["guidance"] == []


def test_a_stranger_learns_no_more_than_of_a_patient_who_is_not_there():
    patient, stranger = make_patient(), make_patient()
    theirs = push(stranger.user, patient, red_flag_checks=[danger()]).json()
    patient.pk = "7b0d5f1e-0f5c-4a53-9d8e-2f6c1a3b4d5e"
    nobodys = push(stranger.user, patient, red_flag_checks=[danger()]).json()
    assert theirs | {"request_id": ""} == nobodys | {"request_id": ""}


def test_rxdb_is_told_too():
    speaker = RxSpeaker(make_caregiver(make_patient()).user)
    answer = speaker.push("red_flag_checks", danger())
    assert answer.status_code == 403
    assert answer.json()["guidance"][0]["tier"] == "emergency"
    assert not Alert.objects.exists()


def test_watermelon_is_told_and_the_row_is_kept():
    speaker = MelonSpeaker(make_caregiver(make_patient()).user)
    speaker.pull()
    answer = speaker.push("red_flag_checks", danger())
    assert answer.status_code == 200
    assert speaker.advice(answer)[0]["tier"] == "emergency"
    assert Quarantine.objects.get().record_id == "safety.check.1"
    assert not RedFlagCheck.objects.exists()
    assert not Alert.objects.exists()
