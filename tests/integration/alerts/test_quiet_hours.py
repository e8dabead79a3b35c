"""Quiet hours hold back a message: never the alert, its steps, or an emergency."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

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


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
#: Days around which clocks change somewhere, and one at which they do not.
DAYS = ((2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 7, 1), (2026, 10, 25))
HOUR = timedelta(hours=1)


def first_loud_minute(night: dict[str, Any], at: datetime) -> datetime:
    """Walk minute by minute until the person's clock is outside the hours."""
    zone, starts, ends = ZoneInfo(night["timezone"]), night["starts"], night["ends"]
    while True:
        clock = at.astimezone(zone).time()
        inside = (
            starts <= clock < ends if starts < ends else clock >= starts or clock < ends
        )
        if not inside:
            return at
        at += timedelta(minutes=1)


@pytest.mark.parametrize("seed", range(25))
def test_at_any_hour_only_the_message_waits_and_an_emergency_never(
    ward: Ward, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same every time
    now = datetime(*chance.choice(DAYS), tzinfo=UTC)
    now += timedelta(minutes=chance.randrange(-24 * 60, 48 * 60))
    starts = chance.randrange(24 * 60)
    ends = (starts + chance.randint(1, 12 * 60)) % (24 * 60)
    night: dict[str, Any] = {
        "starts": time(*divmod(starts, 60)),
        "ends": time(*divmod(ends, 60)),
        "timezone": chance.choice(ZONES),
    }
    with transaction.atomic():
        plain = make_alert(ward, now=now, **URGENT)
        transaction.set_rollback(True)
    set_quiet_hours(ward.duty, **night)
    with transaction.atomic():
        emergency = make_alert(ward, now=now, tier="emergency")
        sweeping.sweep(now=now)
        assert states_of(emergency, ward) == {"in_app": "sent", "email": "sent"}
        transaction.set_rollback(True)
    alert = make_alert(ward, now=now, **URGENT)
    sweeping.sweep(now=now)
    assert (alert.acknowledge_by, alert.next_step_at, alert.step) == (
        plain.acknowledge_by,
        plain.next_step_at,
        plain.step,
    )
    expected = first_loud_minute(night, now)
    waits = Delivery.objects.get(alert=alert, recipient=ward.duty, channel="email")
    # At an hour that the clocks skip or repeat, "until 02:30" is either of two.
    zone = ZoneInfo(night["timezone"])
    offsets = {at.astimezone(zone).utcoffset() for at in (now, expected, waits.due_at)}
    assert abs(waits.due_at - expected) <= (HOUR if len(offsets) > 1 else timedelta())
    loud = "sent" if waits.due_at == now else "queued"
    assert states_of(alert, ward) == {"in_app": "sent", "email": loud}
    sweeping.sweep(now=waits.due_at)
    assert states_of(alert, ward) == {"in_app": "sent", "email": "sent"}


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
