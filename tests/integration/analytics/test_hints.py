"""Hints from the rows of a real diary, over the API and on the patient page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.factories import (
    client_of,
    make_administrator,
    make_entry,
    make_patient,
)
from tracker.models import DayLog, NumbnessLog, PainLog, RedFlagCheck, WeaknessLog


def test_hints_come_with_what_speaks_for_them(db) -> None:
    patient = make_patient()
    today = timezone.now().date()
    lately = today - timedelta(days=3)
    tests: dict[str, Any] = {"side": "right", "local_day": lately}
    make_entry(WeaknessLog, patient, test="heel_walk", score=1, **tests)
    make_entry(WeaknessLog, patient, test="hip_hold", score=3, **tests)
    make_entry(PainLog, patient, local_day=lately, site="back", intensity=1)
    make_entry(DayLog, patient, local_day=lately, relief_on_sitting=True)
    make_entry(
        NumbnessLog,
        patient,
        local_day=lately,
        side="right",
        intensity=4,
        regions=["dorsum_foot"],
    )
    make_entry(
        NumbnessLog,  # too long ago
        patient,
        local_day=today - timedelta(days=40),
        side="right",
        intensity=4,
        regions=["sole"],
    )
    make_entry(RedFlagCheck, patient, local_day=lately, unexplained_weight_loss="new")

    client = client_of(make_administrator(patient.clinic))
    address = f"/api/v1/patients/{patient.pk}/hints"
    (hint,) = client.get(address).json()
    assert (hint["name"], hint["side"], hint["points"]) == (
        "peroneal_palsy",
        "right",
        7,
    )
    assert len(hint["features"]) == 5
    assert "urgency that the flag asks" in hint["advice"]
