"""Two silent days at high risk are asked about, before R14 lets a human call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from alerts.channels import http
from alerts.domain import reminders
from alerts.models import ContactPoint
from alerts.services import contacts
from alerts.services.contacts import Wanted
from alerts.services.reminding import remind
from analytics.domain.pipeline import HIGH_RISK_RULES
from analytics.domain.thresholds import SILENT_HIGH_RISK_DAYS
from tests.factories import make_entry, make_episode, make_treatment
from tests.integration.alerts.conftest import NOW, Ward, make_flag
from tests.integration.alerts.providers import Provider, provider
from tracker.models import PainLog, Patient, SyncCounter


#: The last entry; the third day after it ends two silent ones. 18:00 in Berlin.
LAST = date(2026, 3, 2)
EVENING = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def gateway(settings: Any) -> Iterator[Provider]:
    with provider() as server:
        settings.SMS_GATEWAY_URL = f"{server.url}/send"
        settings.SMS_FOR_PATIENTS = True
        yield server
    http.close()


@pytest.fixture
def silent(ward: Ward, gateway: Provider) -> Ward:
    """A patient with a number, who has never chosen an hour, and was last heard LAST."""
    wanted = Wanted(kind="sms", address="+441632960123")
    contacts.register(ward.patient.user, wanted, now=NOW)
    Patient.objects.update(timezone="Europe/Berlin", language="de")
    make_entry(PainLog, ward.patient, local_day=LAST)
    return ward


def weaker(ward: Ward, **fields: Any) -> None:
    known: dict[str, Any] = {"rule": "R06", "tier": "urgent", "raised_on": LAST}
    make_flag(ward.patient, category="motor", **known | fields)


def said(gateway: Provider) -> list[str]:
    return [asked.json()["text"] for asked in gateway.asked]


def test_it_is_asked_once_in_the_evening_of_the_third_day(
    silent: Ward, gateway: Provider
) -> None:
    weaker(silent)
    assert [remind(now=EVENING + ago * DAY) for ago in (-2, -1)] == [0, 0]
    assert remind(now=EVENING - MINUTE) == 0
    assert remind(now=EVENING) == 1
    assert [remind(now=EVENING + n * MINUTE) for n in range(1, 200, 20)] == [0] * 10
    assert remind(now=EVENING + DAY) == 0  # R14 calls
    words = "Wir haben nichts von Ihnen gehört. Bitte öffnen Sie Rootwatch."
    assert said(gateway) == [words]
    assert reminders.SILENT_DAYS + 1 == SILENT_HIGH_RISK_DAYS


@pytest.mark.parametrize(
    "calm",
    [
        {"rule": "R11"},
        {"tier": "watch"},
        {"raised_on": LAST - 11 * DAY},  # on the third day it is 14 days old
        None,
    ],
)
def test_nobody_else_is_asked(
    silent: Ward, gateway: Provider, calm: dict[str, Any] | None
) -> None:
    if calm is not None:
        weaker(silent, **calm)
    assert (remind(now=EVENING), gateway.asked) == (0, [])


@pytest.mark.parametrize(
    ("kind", "days", "asked"),
    [
        ("discectomy", 29, 1),
        ("discectomy", 30, 0),
        ("epidural_steroid_injection", 6, 1),
        ("epidural_steroid_injection", 7, 0),
        ("physiotherapy", 1, 0),
    ],
)
def test_a_procedure_makes_the_risk_high(
    silent: Ward, kind: str, days: int, asked: int
) -> None:
    began = EVENING.date() - days * DAY
    episode = make_episode(silent.patient)
    make_treatment(episode, kind=kind, started_on=began)
    assert remind(now=EVENING) == asked


def test_a_holiday_does_not_silence_it_and_the_chosen_hour_counts(
    silent: Ward, gateway: Provider
) -> None:
    weaker(silent)
    Patient.objects.update(reminder_at=time(9), paused_until="2026-03-20")
    morning = EVENING - timedelta(hours=9)
    assert [remind(now=morning + ago * DAY) for ago in (-1, 0)] == [0, 1]
    assert remind(now=EVENING) == 0
    assert len(gateway.asked) == 1


def test_a_diary_under_lock_is_left_alone(silent: Ward) -> None:
    weaker(silent)
    SyncCounter.objects.update(is_sealed=True)
    assert remind(now=EVENING) == 0


def test_a_device_is_told_beside_the_number_and_keeps_it_for_a_day(
    silent: Ward, gateway: Provider, settings: Any
) -> None:
    from tests.integration.alerts.test_channels import Browser

    settings.OUTGOING_PRIVATE = True
    settings.VAPID_PRIVATE_KEY = f"{'A' * 42}E"
    browser = Browser()
    ContactPoint.objects.create(
        user=silent.patient.user,
        kind="web_push",
        address=f"{gateway.url}/push",
        keys=browser.keys,
        created_at=NOW,
    )
    weaker(silent)
    assert remind(now=EVENING) == 1
    by_path = {urlsplit(asked.path).path: asked for asked in gateway.asked}
    assert by_path.keys() == {"/send", "/push"}
    pushed = by_path["/push"]
    assert browser.read(pushed.body)["reminder"] == "silence"
    assert (pushed.headers["urgency"], pushed.headers["ttl"]) == ("normal", "86400")
    assert "R06" not in json.dumps(by_path["/send"].json())


def test_numbers_are_open_to_patients_only_where_the_operator_says_so(
    ward: Ward, gateway: Provider, settings: Any
) -> None:
    assert "sms" in contacts.offered(ward.patient.user)
    settings.SMS_FOR_PATIENTS = False
    assert contacts.offered(ward.patient.user) == []
    assert {"sms", "webhook"} <= set(contacts.offered(ward.duty))
    assert gateway.url


def test_high_risk_is_what_the_analysis_calls_so() -> None:
    assert reminders.HIGH_RISK_RULES == HIGH_RISK_RULES
