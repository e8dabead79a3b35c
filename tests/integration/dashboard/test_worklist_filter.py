"""The worklist's filter: it finds, it says what it hides, and bad questions are none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.services import answering, calling_back
from dashboard.domain.worklist_filter import WorklistFilter, read
from tests import clinic_scene, factories
from tests.clinic_scene import Scene
from tracker.models import PainLog


pytestmark = pytest.mark.django_db

EVERYBODY = ("Ana Drop", "Ben Numb", "Cleo Creep", "Dora Quiet")


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture
def nurse(scene, client):
    client.force_login(scene.nurse)
    return client


def shown(nurse, query: str) -> set[str]:
    page = nurse.get(f"/worklist/?{query}").content.decode()
    return {name for name in EVERYBODY if name in page}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", set(EVERYBODY)),
        ("search=ana", {"Ana Drop"}),
        ("search=drop+ANA", {"Ana Drop"}),
        ("search=%25", set()),
        ("tier=urgent", {"Ben Numb"}),
        ("tier=nonsense&team=x&page=-1", set(EVERYBODY)),
    ],
)
def test_finds_by_name_and_tier(nurse, query, names):
    assert shown(nurse, query) == names


def test_finds_by_team(nurse, scene):
    team = factories.make_team(scene.quiet.clinic)
    team.members.add(scene.nurse.memberships.get())
    scene.quiet.care_team = team
    scene.quiet.save()
    assert shown(nurse, f"team={team.pk}") == {"Dora Quiet"}


def test_mine_is_what_i_took_or_was_told_of(nurse, scene):
    scene.emergency.deliveries.update(recipient=scene.colleague)
    scene.urgent.deliveries.update(recipient=scene.nurse)
    scene.soon.deliveries.all().delete()
    scene.soon.state, scene.soon.acknowledged_by = "acknowledged", scene.nurse
    scene.soon.acknowledged_at = timezone.now()
    scene.soon.save()
    assert shown(nurse, "mine=on") == {"Ben Numb", "Cleo Creep"}


def test_who_waits_for_a_call_stands_there_the_longest_first(nurse, scene):
    assert shown(nurse, "call_back=on") == set()
    now = timezone.now()
    for alert, hours in ((scene.emergency, 1), (scene.soon, 5)):
        asked = now - timedelta(hours=hours)
        answering.patient_acknowledge(
            alert.pk, by=alert.patient.user, answer="call_me", now=asked
        )
    assert shown(nurse, "call_back=on") == {"Ana Drop", "Cleo Creep"}
    page = nurse.get("/worklist/?call_back=on").content.decode()
    assert page.index("Cleo Creep") < page.index("Ana Drop")
    calling_back.called(scene.soon.pk, by=scene.nurse, now=now)
    assert shown(nurse, "call_back=on") == {"Ana Drop"}


def test_silent_ends_with_an_entry(nurse, scene):
    assert "Dora Quiet" in shown(nurse, "silent=on")
    assert "Ana Drop" not in shown(nurse, "silent=on")
    today = timezone.now().date()
    factories.make_entry(PainLog, scene.quiet, local_day=today - timedelta(days=6))
    assert "Dora Quiet" not in shown(nurse, "silent=on")


def test_after_a_procedure_counts_six_weeks_and_no_physiotherapy(nurse, scene):
    today = timezone.now().date()
    episode = factories.make_episode(scene.quiet)
    factories.make_treatment(episode, kind="physiotherapy", started_on=today)
    old = today - timedelta(days=43)
    factories.make_treatment(episode, kind="discectomy", started_on=old)
    assert shown(nurse, "after_procedure=on") == set()
    factories.make_treatment(episode, kind="laminectomy", started_on=today)
    assert shown(nurse, "after_procedure=on") == {"Dora Quiet"}


def test_says_what_it_hides(nurse):
    page = nurse.get("/?search=cleo").content.decode()
    assert "The filter hides alerts that wait for an answer" in page
    assert "1 emergency, 1 urgent" in page
    assert "The filter hides" not in nurse.get("/").content.decode()


def test_an_answer_keeps_the_filter(nurse, scene):
    page = nurse.post(
        f"/alerts/{scene.emergency.pk}/acknowledge/?search=ana",
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "Ana Drop" in page
    assert "Ben Numb" not in page


def test_the_address_of_what_is_shown_can_be_shared(nurse):
    part = nurse.get("/worklist/?search=ana&tier=").content.decode()
    assert 'data-address="/?search=ana"' in part
    page = nurse.get("/?search=ana").content.decode()
    assert 'value="ana"' in page
    assert 'hx-get="/worklist/?search=ana&amp;page=1"' in page


@pytest.mark.parametrize("bad", ["\0", "x" * 5000, "team=" + "9" * 40])
def test_garbage_is_no_question(nurse, bad):
    assert nurse.get("/", {"search": bad, "team": bad}).status_code == 200


def test_a_filter_reads_what_it_writes():
    full = WorklistFilter(
        search="a&b",
        team=3,
        tier="soon",
        mine=True,
        call_back=True,
        silent=True,
        after_procedure=True,
    )
    assert read(QueryDict(full.query)) == full


def test_costs_the_same_number_of_queries_for_many_rows(nurse, scene):
    query = "/?search=a&silent=on&after_procedure=on"
    nurse.get(query)
    with CaptureQueriesContext(connection) as few:
        nurse.get(query)
    for _ in range(8):
        factories.make_patient(team=scene.quiet.care_team)
    with CaptureQueriesContext(connection) as many:
        nurse.get(query)
    assert len(many) == len(few)
