"""What is pushed from other time zones is analysed by the patient's own days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from analytics.domain import cohort
from analytics.models import Flag
from analytics.services.analyse import analyse_patients
from tests.factories import make_patient
from tests.integration.sync.conftest import Phone, token_of
from tests.spec.test_days_of_travellers import (
    Clock,
    a_zone_a_day,
    berlin_auckland_berlin,
    by,
    home,
)
from tracker.models import WeaknessLog


pytestmark = pytest.mark.django_db

START = datetime(2026, 2, 14, tzinfo=UTC)
DAYS = 75
NOW = START + timedelta(days=DAYS)


def flags_of(clock: Clock, scenario: Any) -> list[tuple[Any, ...]]:
    """Push a diary by one clock, analyse it, return what was raised."""
    patient = make_patient(timezone="Europe/Berlin")
    phone = Phone(token_of(patient.user))
    entries = cohort.simulate_patient(
        scenario,
        rng=np.random.default_rng(5),
        start=START.date(),
        days=DAYS,
        zone=UTC,
    )
    changes: dict[str, list[dict[str, Any]]] = {}
    for number, (collection, record) in enumerate(by(clock, entries)):
        own = record | {"id": f"{patient.pk.hex[:12]}-{number:06d}"}
        changes.setdefault(collection, []).append(own)
    phone.sync(changes)
    analyse_patients([patient.pk], NOW)
    stored = WeaknessLog.objects.filter(patient=patient).values_list(
        "recorded_at", "recorded_offset_minutes", "local_day"
    )
    for at, minutes, day in stored:
        assert (at + timedelta(minutes=minutes)).date() == day
    raised = Flag.objects.filter(patient=patient).order_by("raised_on", "rule", "side")
    return list(raised.values_list("rule", "tier", "side", "raised_on"))


@pytest.mark.parametrize("scenario", ["foot_drop", "creeping_weakness", "stable"])
@pytest.mark.parametrize("clock", [berlin_auckland_berlin, a_zone_a_day])
def test_the_flags_of_a_traveller_are_those_of_home(
    scenario: str, clock: Clock
) -> None:
    expected = flags_of(home, scenario)
    assert flags_of(clock, scenario) == expected
    loud = [tier for _, tier, _, _ in expected if tier in ("emergency", "urgent")]
    assert bool(loud) is (scenario != "stable")
