"""A patient is reminded of the diary at their hour: once, and only if it waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from alerts.channels import http
from alerts.domain.reminders import Wish, day_to_remind
from alerts.models import ContactPoint
from alerts.services.reminding import remind
from tests.factories import client_of, put_on_call
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.providers import Provider, provider
from tests.integration.alerts.test_channels import Browser
from tests.integration.sync.conftest import Phone, pain, token_of
from tracker.models import Heartbeat, Patient, SyncCounter


BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday, 19:00 in Berlin.
EVENING = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SELF_TEST = {
    "id": "self-test-1",
    "recorded_at": "2026-03-02T08:00:00+01:00",
    "side": "left",
    "test": "heel_walk",
    "score": 3,
}


@pytest.fixture
def there(settings: Any) -> Iterator[Provider]:
    settings.OUTGOING_PRIVATE = True
    with provider() as server:
        yield server
    http.close()


@pytest.fixture
def browser(
    ward: Ward, there: Provider, settings: Any, capsys: pytest.CaptureFixture[str]
) -> Browser:
    """The patient's browser; they want to be reminded at seven in the evening."""
    call_command("vapid_key")
    settings.VAPID_PRIVATE_KEY = capsys.readouterr().out.strip().partition("=")[2]
    mine = Browser()
    ContactPoint.objects.create(
        user=ward.patient.user,
        kind="web_push",
        address=f"{there.url}/push/1",
        keys=mine.keys,
        created_at=NOW,
    )
    Patient.objects.filter(pk=ward.patient.pk).update(
        reminder_at=time(19), timezone="Europe/Berlin", language="de"
    )
    return mine


def phone_of(ward: Ward) -> Phone:
    return Phone(token_of(ward.patient.user))


@pytest.mark.usefixtures("browser")
def test_it_comes_once_at_the_hour(ward: Ward, there: Provider, browser: Browser):
    assert [remind(now=EVENING - MINUTE), len(there.asked)] == [0, 0]
    assert remind(now=EVENING) == 1
    for later in range(1, 240, 13):
        assert remind(now=EVENING + later * MINUTE) == 0
    (asked,) = there.asked
    said = browser.read(asked.body)
    assert said.pop("message_id")
    assert said == {
        "title": "Rootwatch",
        "body": "Ihr Tagebuch wartet auf den heutigen Eintrag.",
        "reminder": "diary",
    }
    assert (asked.headers["urgency"], asked.headers["ttl"]) == ("normal", "10800")
    assert remind(now=EVENING + DAY) == 1
    assert Heartbeat.objects.get(name="alerts.remind").beat_at == EVENING + DAY


@pytest.mark.usefixtures("browser")
def test_a_diary_that_is_kept_is_reminded_of_a_self_test_alone(ward: Ward, there):
    today = "2026-03-02T08:00:00+01:00"
    entry = pain(recorded_at=today)
    phone_of(ward).sync({"pain_logs": [entry], "weakness_logs": [SELF_TEST]})
    assert remind(now=EVENING) == 0
    kept = [pain(recorded_at=(EVENING + ago * DAY).isoformat()) for ago in range(1, 9)]
    with_clock = {"sent_at": (EVENING + 9 * DAY).isoformat()}
    phone_of(ward).sync({"pain_logs": kept}, **with_clock)
    due = [remind(now=EVENING + ago * DAY) for ago in range(9)]
    assert due == [0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert there.asked


@pytest.mark.parametrize(
    "holiday",
    [
        {"paused_until": "2026-03-02"},
        {"reminder_at": None},
        {"sealed": True},
        {"gone": True},
        {"inactive": True},
    ],
)
@pytest.mark.usefixtures("browser")
def test_who_wants_none_gets_none(ward: Ward, there: Provider, holiday: dict):
    patients = Patient.objects.filter(pk=ward.patient.pk)
    if holiday.pop("sealed", False):
        SyncCounter.objects.filter(pk=ward.patient.pk).update(is_sealed=True)
    elif holiday.pop("gone", False):
        ContactPoint.objects.update(retired_at=NOW)
    elif holiday.pop("inactive", False):
        ward.patient.user.is_active = False
        ward.patient.user.save()
    else:
        patients.update(**holiday)
    assert [remind(now=EVENING), there.asked] == [0, []]


@pytest.mark.usefixtures("browser")
def test_a_holiday_mutes_no_emergency(ward: Ward, there: Provider):
    Patient.objects.filter(pk=ward.patient.pk).update(paused_until="2026-03-20")
    put_on_call(ward.team, ward.duty)
    make_alert(ward, now=EVENING, items=("saddle_genital_numbness",))
    from alerts.services import sending

    sending.send_due(now=EVENING)
    assert len(there.asked) == 1


@pytest.mark.usefixtures("browser")
def test_a_provider_that_is_away_is_asked_again_and_not_at_night(
    ward: Ward, there: Provider
):
    for _ in range(9):
        there.will_answer(503)
    tries = [remind(now=EVENING + n * MINUTE) or len(there.asked) for n in range(240)]
    assert max(tries) == len(there.asked) == 4
    assert remind(now=EVENING + DAY) == 0  # the answers are not used up
    there.answers.clear()
    assert remind(now=EVENING + DAY + 15 * MINUTE) == 1
    there.will_answer(410)
    assert remind(now=EVENING + 2 * DAY) == 0
    assert ContactPoint.objects.get().retired_at is not None


@pytest.mark.usefixtures("browser")
def test_flying_west_does_not_bring_it_twice(ward: Ward, there: Provider):
    assert remind(now=EVENING) == 1
    Patient.objects.filter(pk=ward.patient.pk).update(timezone="America/New_York")
    in_new_york = EVENING + timedelta(hours=6)
    assert [remind(now=in_new_york + n * MINUTE) for n in range(0, 180, 20)] == [0] * 9
    assert remind(now=in_new_york + DAY) == 1


@pytest.mark.parametrize(
    ("at", "now", "day"),
    [
        ("23:00", "2026-03-03T01:59+01:00", "2026-03-02"),
        ("23:00", "2026-03-03T02:00+01:00", None),
        ("02:30", "2026-03-29T03:30+02:00", "2026-03-29"),  # no such time that night
        ("02:30", "2026-10-25T02:30+02:00", "2026-10-25"),  # twice that night
        ("00:00", "2026-03-02T23:59+01:00", None),
    ],
)
def test_the_hour_is_that_of_the_wall_clock(at: str, now: str, day: str | None):
    wish = Wish(at=time.fromisoformat(at), zone=BERLIN)
    found = day_to_remind(wish, now=datetime.fromisoformat(now))
    assert (found and found.isoformat()) == day


def test_a_patient_chooses_the_hour(ward: Ward):
    client = client_of(ward.patient.user)
    for at in ("19:30:00", None):
        shown = client.patch("/api/v1/me", {"reminder_at": at}).json()
        assert shown["patient"]["reminder_at"] == at
    wrong = client.patch("/api/v1/me", {"reminder_at": "25:00"})
    assert wrong.json()["errors"].keys() == {"reminder_at"}
