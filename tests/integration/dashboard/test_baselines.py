"""What is usual: proposed on the patient page, accepted with a form, drawn, withdrawn."""

from __future__ import annotations

import html
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from alerts.models import Alert
from analytics.models import AnalysisState
from dashboard.models import PutOff
from dashboard.selectors import baselines
from tests import clinic_scene, factories
from tests.clinic_scene import Scene
from tests.integration.dashboard.test_recording import HTMX, hidden
from tracker.models import AcceptedBaseline, Patient, WeaknessLog


pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture
def nurse(scene, client):
    client.force_login(scene.nurse)
    return client


def stay_weaker(patient: Patient) -> None:
    """Let the left heel walk be 2 instead of 3 since an injection."""
    episode = factories.make_episode(patient)
    factories.make_treatment(
        episode,
        kind="epidural_steroid_injection",
        started_on=TODAY - timedelta(days=30),
    )
    for ago in range(29, -1, -2):
        factories.make_entry(
            WeaknessLog,
            patient,
            local_day=TODAY - timedelta(days=ago),
            side="left",
            test="heel_walk",
            score=2,
        )
    AnalysisState.objects.create(
        patient=patient, due_at=timezone.now(), baselines={"heel_walk|left": 3.0}
    )


@pytest.fixture
def patient(scene) -> Patient:
    stay_weaker(scene.quiet)
    return scene.quiet


def page_of(nurse, patient) -> str:
    return html.unescape(nurse.get(f"/patients/{patient.pk}/").content.decode())


def typed(**changes: str) -> dict[str, str]:
    return {
        "side": "left",
        "signal": "test_heel_walk",
        "value": "2",
        "from_day": TODAY.isoformat(),
        "why": "as good as it gets",
        "form_id": str(uuid4()),
        **changes,
    }


def new(patient) -> str:
    return f"/patients/{patient.pk}/baselines/new/"


def test_a_stable_new_level_is_proposed_and_fills_the_form(nurse, patient):
    page = page_of(nurse, patient)
    assert "Proposed new baseline: left leg, heel walk, 2 instead of 3." in page
    assert "epidural steroid injection" in page
    address = page.split(f'href="{new(patient)}?')[1].split('"')[0]
    form = nurse.get(f"{new(patient)}?{address}").content.decode()
    assert '<option value="test_heel_walk" selected>' in form
    sent = typed(
        version=hidden(form, "version"),
        form_id=hidden(form, "form_id"),
        from_day=(TODAY - timedelta(days=20)).isoformat(),
    )
    assert sent["from_day"] in form
    for _ in range(2):  # sent twice it is accepted once
        assert nurse.post(new(patient), sent).status_code == 302
    made = AcceptedBaseline.objects.get()
    assert (made.side, made.signal, made.value) == ("left", "test_heel_walk", 2)
    page = page_of(nurse, patient)
    assert "Proposed" not in page
    assert "as good as it gets" in page
    assert "left leg, heel walk 2" in page  # in the list
    assert "heel walk, left leg, usual 2" in page  # on the timeline


@pytest.mark.parametrize("why", ["alert", "recent", "none", "old"])
def test_nothing_is_proposed(nurse, patient, scene, why):
    treatments = patient.treatments
    if why == "alert":
        alert = clinic_scene.make_alert(
            patient, tier="soon", hours=2, now=timezone.now()
        )
        Alert.objects.filter(pk=alert.pk).update(
            state="acknowledged", acknowledged_at=timezone.now()
        )
    elif why == "recent":
        treatments.update(started_on=TODAY - timedelta(days=20))
    elif why == "old":
        treatments.update(started_on=TODAY - timedelta(days=367))
    else:
        treatments.update(started_on=TODAY + timedelta(days=1))
    assert baselines.proposals(patient, today=TODAY) == []


def test_a_resolved_alert_is_a_turn_too(nurse, patient):
    patient.treatments.update(started_on=TODAY + timedelta(days=1))
    alert = clinic_scene.make_alert(patient, tier="soon", hours=2, now=timezone.now())
    at = timezone.now() - timedelta(days=25)
    Alert.objects.filter(pk=alert.pk).update(state="resolved", resolved_at=at)
    (found,) = baselines.proposals(patient, today=TODAY)
    assert found.turn.what == "an alert resolved"


def test_not_now_is_remembered_for_the_whole_team(nurse, patient, scene):
    url = f"/patients/{patient.pk}/baselines/not-now/"
    nurse.post(url, {"side": "left", "signal": "test_heel_walk"})
    assert "Proposed" not in page_of(nurse, patient)
    assert PutOff.objects.get().put_off_by == scene.nurse
    nurse.post(url, {"side": "left", "signal": "nonsense"})
    assert PutOff.objects.count() == 1
    later = TODAY + timedelta(days=28)
    assert not PutOff.objects.filter(until__gt=later).exists()


def test_two_clinicians_see_each_other(nurse, patient, scene):
    form = nurse.get(new(patient)).content.decode()
    version = hidden(form, "version")
    episode = patient.episodes.get()
    colleagues = factories.make_baseline(episode, value=2.5, why="my word")
    sent = typed(version=version)
    page = nurse.post(new(patient), sent, headers=HTMX).content.decode()
    assert "a colleague changed this" in page
    assert "my word" in page  # what stands
    assert "as good as it gets" in page  # what was typed
    assert list(AcceptedBaseline.objects.all()) == [colleagues]
    again = {**sent, "version": hidden(page, "version")}
    assert nurse.post(new(patient), again).status_code == 302
    assert baselines.standing(patient)[0].value == 2


def test_an_emergency_is_answered_first_and_nothing_typed_is_lost(nurse, patient):
    clinic_scene.make_alert(patient, tier="emergency", hours=1, now=timezone.now())
    page = nurse.post(new(patient), typed(), headers=HTMX).content.decode()
    assert "Acknowledge it" in page
    assert "as good as it gets" in page
    assert not AcceptedBaseline.objects.exists()


def test_a_refused_level_names_its_scale(nurse, patient):
    page = nurse.post(new(patient), typed(value="7"), headers=HTMX).content.decode()
    assert "The level of heel walk is from 0 to 3." in page
    assert not AcceptedBaseline.objects.exists()


def test_it_is_withdrawn_with_a_reason(nurse, patient):
    baseline = factories.make_baseline(patient.episodes.get())
    url = f"/patients/{patient.pk}/baselines/{baseline.pk}/withdrawal/"
    assert "Not saved yet" in nurse.post(url, {"why": " "}).content.decode()
    assert not AcceptedBaseline.objects.exclude(withdrawn_at=None).exists()
    nurse.post(url, {"why": "the other leg"})
    page = page_of(nurse, patient)
    assert "heel walk, left leg, usual 2, withdrawn" in page
    assert "the other leg" in page
    assert url not in page


def test_the_chart_draws_it_from_its_day_until_the_next(nurse, patient):
    episode = patient.episodes.get()
    first, second = TODAY - timedelta(days=20), TODAY - timedelta(days=5)
    factories.make_baseline(episode, value=2, from_day=first)
    factories.make_baseline(episode, value=2.5, from_day=second)
    answer = nurse.get(f"/patients/{patient.pk}/charts.json?range=30").json()
    (chart,) = [each for each in answer["charts"] if each["key"] == "power-heel_walk"]
    drawn = chart["spec"]["datasets"]["accepted"]
    assert [(row["start"], row["end"], row["center"]) for row in drawn] == [
        (first.isoformat(), second.isoformat(), 2),
        (second.isoformat(), (TODAY + timedelta(days=1)).isoformat(), 2.5),
    ]
    assert chart["spec"]["datasets"]["usual"] == []
    page = page_of(nurse, patient)
    assert "Accepted as usual 2.5" in page  # the chart in words
