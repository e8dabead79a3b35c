"""By when somebody must have answered, in the clinic's own working hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain import targets
from alerts.domain.policy import Policy
from alerts.domain.targets import Calendar


BERLIN = ZoneInfo("Europe/Berlin")


def policy(zone: ZoneInfo = BERLIN) -> Policy:
    return Policy(calendar=Calendar(zone=zone))


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("tier", "now", "expected"),
    [
        # Emergencies know no working hours: a Sunday night.
        ("emergency", "2026-03-01T23:50", "2026-03-02T00:20"),
        # Monday morning, half past two, before opening, at opening, just after.
        ("urgent", "2026-03-02T02:30", "2026-03-02T13:00"),
        ("urgent", "2026-03-02T08:59", "2026-03-02T13:00"),
        ("urgent", "2026-03-02T09:00", "2026-03-02T13:00"),
        ("urgent", "2026-03-02T09:01", "2026-03-02T13:01"),
        # It just fits the day; one minute more runs into the next.
        ("urgent", "2026-03-02T13:00", "2026-03-02T17:00"),
        ("urgent", "2026-03-02T13:01", "2026-03-03T09:01"),
        # Friday afternoon, closing time, Saturday.
        ("urgent", "2026-03-06T16:00", "2026-03-09T12:00"),
        ("urgent", "2026-03-06T17:00", "2026-03-09T13:00"),
        ("urgent", "2026-03-07T12:00", "2026-03-09T13:00"),
        # Two working days.
        ("soon", "2026-03-02T10:00", "2026-03-04T10:00"),
        ("soon", "2026-03-06T10:00", "2026-03-10T10:00"),
        # Over the change to summer time, which happens on a Sunday night.
        ("urgent", "2026-03-27T16:30", "2026-03-30T12:30"),
    ],
)
def test_the_target_of_each_tier(tier: str, now: str, expected: str) -> None:
    assert policy().answer_by(tier, now=local(now)) == local(expected)


@pytest.mark.parametrize("tier", ["watch", "info"])
def test_a_watch_is_never_escalated(tier: str) -> None:
    now = local("2026-03-02T10:00")
    assert policy().answer_by(tier, now=now) is None
    assert targets.outcome_by(tier, calendar=Calendar(zone=BERLIN), now=now) is None


def test_the_working_day_is_the_clinics() -> None:
    now = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # 17:00 in Berlin, 11:00 in New York
    new_york = ZoneInfo("America/New_York")
    assert policy().answer_by("urgent", now=now) == local("2026-03-03T13:00")
    assert policy(new_york).answer_by("urgent", now=now) == local(
        "2026-03-02T15:00", new_york
    )


instants = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis wants them naive
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Asia/Kolkata"]
).map(ZoneInfo)


@given(instants, zones, st.sampled_from(["emergency", "urgent", "soon"]))
def test_a_target_is_ahead_and_within_reach(
    now: datetime, zone: ZoneInfo, tier: str
) -> None:
    at = policy(zone).answer_by(tier, now=now)
    assert at is not None
    assert (
        now + timedelta(minutes=targets.ANSWER_MINUTES[tier])
        <= at
        <= now + timedelta(days=6)
    )


@given(instants, st.timedeltas(timedelta(0), timedelta(days=9)), zones)
def test_a_later_start_never_has_an_earlier_target(
    now: datetime, later: timedelta, zone: ZoneInfo
) -> None:
    first = policy(zone).answer_by("soon", now=now)
    second = policy(zone).answer_by("soon", now=now + later)
    assert first is not None
    assert second is not None
    assert first <= second
