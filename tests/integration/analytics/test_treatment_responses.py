"""The response to treatment over the API, from the rows of a real diary."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.factories import (
    client_of,
    make_administrator,
    make_entry,
    make_episode,
    make_patient,
    make_treatment,
)
from tracker.models import DayLog, PainLog, WeaknessLog
from tracker.services.people import withdraw_consent


def test_before_and_after_each_treatment(db) -> None:
    patient = make_patient()
    today = timezone.now().date()
    begun = today - timedelta(days=30)
    episode = make_episode(patient)
    injection = make_treatment(
        episode, kind="epidural_steroid_injection", started_on=begun
    )
    beside = make_treatment(episode, started_on=begun + timedelta(days=5))
    for ago in range(45, 0, -1):
        on = today - timedelta(days=ago)
        pain = 7 - ago % 2 if on <= begun else 3 + ago % 2
        make_entry(
            PainLog, patient, local_day=on, site="leg", side="both", intensity=pain
        )
    for ago in range(20, 10, -1):  # said, and taken back
        make_entry(
            PainLog,
            patient,
            local_day=today - timedelta(days=ago),
            site="leg",
            side="left",
            intensity=10,
            withdrawn_at=timezone.now(),
        )
    for ago, score in ((40, 3), (15, 1)):
        make_entry(
            WeaknessLog,
            patient,
            local_day=today - timedelta(days=ago),
            side="left",
            test="heel_walk",
            score=score,
        )
    make_entry(DayLog, patient, local_day=today - timedelta(days=40), peg_pain=5)

    client = client_of(make_administrator(patient.clinic))
    address = f"/api/v1/patients/{patient.pk}/treatment-responses"
    newest, oldest = client.get(address).json()
    assert newest["treatment"]["id"] == str(beside.pk)
    assert oldest["treatment"]["kind"] == "epidural_steroid_injection"
    assert [each["id"] for each in oldest["also_begun"]] == [str(beside.pk)]
    assert [each["id"] for each in newest["also_begun"]] == [str(injection.pk)]
    (two,) = oldest["phases"]
    left, right = two["changes"]
    assert (left["quantity"], left["side"], right["side"]) == (
        "leg_pain",
        "left",
        "right",
    )
    assert left["verdict"] == "better"
    assert left["low"] <= left["difference"] <= left["high"] < 0
    assert left["is_reliable"] is True
    assert two["power"] == [
        {"test": "heel_walk", "side": "left", "before": 3, "after": 1, "is_lower": True}
    ]
    assert two["power_is_lower"] is True

    withdraw_consent(patient, now=timezone.now())
    assert client.get(address).json()["code"] == "consent_withdrawn"
