"""Response to each treatment, and how far the diary can be relied on, on the page."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from analytics.models import Flag
from dashboard.selectors.quality import DAYS, quality
from tests import factories
from tests.integration.alerts.conftest import Ward, make_ward
from tracker.models import (
    Device,
    PainLog,
    Patient,
    SyncCounter,
    WeaknessLog,
)


pytestmark = pytest.mark.django_db


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def nurse(ward, client):
    client.force_login(ward.duty)
    return client


@pytest.fixture
def patient(ward) -> Patient:
    return ward.clinic.patients.get()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def today(now) -> date:
    return now.date()


def pain(patient: Patient, day: date, value: int, **fields) -> PainLog:
    fields = {"site": "leg", "side": "left", "intensity": value} | fields
    return factories.make_entry(PainLog, patient, local_day=day, **fields)


def self_test(patient: Patient, day: date, score: int | None, **fields) -> None:
    fields = {"test": "heel_walk", "side": "left", "score": score} | fields
    factories.make_entry(WeaknessLog, patient, local_day=day, **fields)


def treated(patient: Patient, today: date, *, before: int, after: int) -> None:
    """An injection three weeks ago, with a diary on both sides of it."""
    began = today - timedelta(days=22)
    episode = factories.make_episode(patient)
    factories.make_treatment(
        episode, kind="epidural_steroid_injection", started_on=began
    )
    factories.make_treatment(
        episode, kind="physiotherapy", started_on=began + timedelta(days=2)
    )
    for ago in range(36, -1, -1):
        day = today - timedelta(days=ago)
        late = day > began
        pain(patient, day, (after if late else before) + ago % 2)
        self_test(patient, day, 1 if late else 3)


def look(client, patient: Patient, **headers: str) -> str:
    answer = client.get(f"/patients/{patient.pk}/looking-back/", headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def facts(patient: Patient, now: datetime) -> dict[str, tuple[str, bool]]:
    found = quality(patient, today=now.date(), now=now)
    return {each.name: (each.text, each.notable) for each in found}


def test_the_response_stands_with_its_interval_and_the_power(nurse, patient, today):
    treated(patient, today, before=7, after=3)
    page = look(nurse, patient, HX_Request="true")
    assert "<html" not in page
    for said in (
        "Epidural steroid injection",
        "After 2 weeks",
        "Leg pain, left leg",
        "\u22124.0 (\u2212",
        "better",
        "Power is lower than before; less pain is then no recovery.",
        "heel walk, left leg: usually 3 before, 1 after",
        "Also begun in these weeks: physiotherapy",
    ):
        assert said in page, said
    assert "After 6 weeks" not in page
    whole = look(nurse, patient)
    assert "<html" in whole
    asked = nurse.get(f"/patients/{patient.pk}/").content.decode()
    assert f'hx-get="/patients/{patient.pk}/looking-back/"' in asked


def test_what_is_not_known_is_not_made_up(nurse, patient, today):
    assert "No treatment recorded." in look(nurse, patient)
    factories.make_treatment(
        factories.make_episode(patient),
        kind="discectomy",
        started_on=today - timedelta(days=10),
    )
    assert "No answers in these days." in look(nurse, patient)
    pain(patient, today, 4)
    page = look(nurse, patient)
    assert "too few answers" in page
    assert "<rect" not in page


def test_an_unclear_change_is_called_unclear(nurse, patient, today):
    treated(patient, today, before=4, after=4)
    page = look(nurse, patient)
    assert "unclear" in page
    assert ">better" not in page


def test_a_careful_diary_has_nothing_notable_but_what_was_never_tested(
    patient, today, now
):
    for ago in range(DAYS):
        day = today - timedelta(days=ago)
        pain(patient, day, 4, received_at=now - timedelta(days=ago))
        self_test(patient, day, 3, received_at=now - timedelta(days=ago))
    found = facts(patient, now)
    assert found.pop("Days with entries") == ("28 of the last 28", False)
    assert found.pop("Late entries") == ("0 of 56 arrived more than a day later", False)
    assert found.pop("Contradictory answers") == ("none", False)
    assert found.pop("Never tested")[0].startswith("left leg: big-toe lift")
    assert set(found) == {"Phone"}


def test_what_makes_one_doubt_is_named(patient, today, now):
    factories.make_episode(patient, side="left")
    old = today - timedelta(days=20)
    pain(patient, old, 4, recorded_at=now - timedelta(days=20), received_at=now)
    pain(patient, today, 6, worst=5)
    pain(patient, today, 3, side="right")
    pain(patient, today, 3, withdrawn_at=now)
    pain(patient, today, 3, clock_suspect=True)
    self_test(patient, today, 3)
    self_test(patient, today, 1)
    self_test(patient, today, None, not_done_reason="pain")
    factories.make_quarantined(patient)
    Flag.objects.create(
        patient=patient,
        key="R22",
        rule="R22",
        rule_version="1",
        tier="info",
        category="data_quality",
        raised_on=today,
        raised_at=now,
        evidence={},
        explanation="The same pain for 14 days.",
    )
    Device.objects.create(
        patient=patient,
        device_id="7a3ab08e-3b0c-4d39-8b2a-6f9d3f2a9a11",
        app_version="3.1",
        first_seen_at=now,
        last_seen_at=now - timedelta(hours=2),
    )
    found = facts(patient, now)
    assert all(
        notable
        for name, (_, notable) in found.items()
        if name != "Withdrawn" and name != "Phone"
    )
    texts = {name: text for name, (text, _) in found.items()}
    assert texts["Days with entries"] == "2 of the last 28; longest gap 19 days"
    assert texts["Late entries"] == "1 of 7 arrived more than a day later"
    assert texts["Wrong clock"] == "1 entry, counted when it was received"
    assert texts["Withdrawn"] == "1 entry"
    assert texts["Self-tests not done"] == "pain 1"
    assert "right leg: none was ever done" in texts["Never tested"]
    assert texts["Contradictory answers"] == (
        "1 self-test scored two steps apart on one day; "
        "1 time the worst pain is below the average"
    )
    assert texts["The other leg"] == "1 of 4 entries name the right leg alone"
    assert "The same pain for 14 days." in texts["Answers of low trust"]
    assert texts["Could not be stored"] == "1 record"
    assert texts["Phone"] == "app 3.1, last seen 2 h ago"


def test_a_sealed_diary_is_not_looked_at(nurse, patient):
    SyncCounter.objects.filter(pk=patient.pk).update(is_sealed=True)
    answer = nurse.get(f"/patients/{patient.pk}/looking-back/")
    assert answer.status_code == 302
    asked = nurse.get(f"/patients/{patient.pk}/").content.decode()
    assert "looking-back" not in asked


def test_the_number_of_queries_does_not_grow_with_the_rows(
    nurse, patient, today, django_assert_max_num_queries
):
    treated(patient, today, before=7, after=3)
    with django_assert_max_num_queries(34):
        look(nurse, patient, HX_Request="true")
    for place in range(6):
        factories.make_treatment(
            patient.episodes.get(), started_on=today - timedelta(days=40 + place)
        )
    with django_assert_max_num_queries(34):
        look(nurse, patient, HX_Request="true")
