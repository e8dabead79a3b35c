"""Quiet hours hold back a message: never the alert, its steps, or an emergency."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.domain.quiet import Quiet, hours, quiet_until
from alerts.models import Alert, Delivery
from alerts.selectors import schedule
from alerts.services import sweeping
from alerts.services.quiet import set_quiet_hours
from tests.factories import client_of
from tests.integration.alerts.conftest import NOW, Ward, make_alert


BERLIN = ZoneInfo("Europe/Berlin")
URGENT = {"rule": "R06", "tier": "urgent", "category": "motor"}
NIGHT: dict[str, Any] = {
    "starts": time(20),
    "ends": time(7),
    "timezone": "Europe/Berlin",
}
#: A Monday, 22:00 in Berlin, and the end of that night.
EVENING = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)


def states_of(alert: Alert, ward: Ward) -> dict[str, str]:
    rows = Delivery.objects.filter(alert=alert, recipient=ward.duty)
    return dict(rows.values_list("channel", "state"))


def test_a_message_waits_for_the_morning_and_the_alert_does_not(ward: Ward) -> None:
    set_quiet_hours(ward.duty, **NIGHT)
    alert = make_alert(ward, now=EVENING, **URGENT)
    assert alert.acknowledge_by == datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    for at in (EVENING, MORNING - timedelta(seconds=1)):
        sweeping.sweep(now=at)
        assert states_of(alert, ward) == {"in_app": "sent", "email": "queued"}
    assert not schedule.counters(MORNING)["alerts_behind_schedule"]
    sweeping.sweep(now=MORNING)
    assert states_of(alert, ward) == {"in_app": "sent", "email": "sent"}


@pytest.mark.parametrize(
    "fields", [{"tier": "emergency"}, {"evidence": {"patient_tier": "emergency"}}]
)
def test_an_emergency_waits_for_nobody(ward: Ward, fields: dict) -> None:
    set_quiet_hours(ward.duty, **NIGHT)
    alert = make_alert(ward, now=EVENING, **URGENT | fields)
    sweeping.sweep(now=EVENING)
    assert states_of(alert, ward)["email"] == "sent"


def test_a_jump_of_the_clock_holds_no_message_back(ward: Ward) -> None:
    set_quiet_hours(ward.duty, **NIGHT)
    alert = make_alert(ward, now=EVENING + timedelta(days=300), **URGENT)
    Alert.objects.update(next_step_at=None)
    sweeping.sweep(now=NOW)
    assert states_of(alert, ward)["email"] == "sent"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-28T19:59", None),
        ("2026-03-28T20:00", "2026-03-29T07:00"),  # the clocks go forward
        ("2026-10-25T06:59", "2026-10-25T07:00"),  # and back
        ("2026-10-25T07:00", None),
    ],
)
def test_the_end_is_that_of_the_wall_clock(now: str, expected: str | None) -> None:
    quiet = Quiet(starts=time(20), ends=time(7), zone=BERLIN)
    at = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    end = expected and datetime.fromisoformat(expected).replace(tzinfo=BERLIN)
    assert quiet_until(quiet, at) == (end or None)
    assert hours(time(20), time(7)) == 11


def test_everybody_keeps_their_own(ward: Ward) -> None:
    client, address = client_of(ward.duty), "/api/v1/me/quiet-hours"
    night = {"starts": "22:00:00", "ends": "06:00:00", "timezone": "Europe/Berlin"}
    assert client.put(address, night).json() == night
    assert client.get(address).json() == night
    assert client_of(ward.second).get(address).status_code == 404
    for wrong in ({"ends": "11:00"}, {"ends": "22:00"}, {"timezone": "Mars"}):
        assert client.put(address, night | wrong).status_code == 400
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
