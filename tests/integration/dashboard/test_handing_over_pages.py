"""Several alerts into other hands, from the worklist."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, AlertLog
from alerts.services.answering import acknowledge
from tests import clinic_scene, factories
from tests.clinic_scene import Scene


pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture
def nurse(scene: Scene, client: Client) -> Client:
    client.force_login(scene.nurse)
    return client


def box(alert: Alert) -> str:
    alert.refresh_from_db()
    return f"{alert.pk} {alert.step_token}"


def hand_over(client: Client, to: object, *boxes: str, shown: str = "") -> str:
    body = {"alert": boxes, "to": to, "shown": shown}
    answer = client.post("/alerts/hand-over/", body, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def handed() -> int:
    return AlertLog.objects.filter(action="hand_over").count()


def test_each_row_has_a_box_with_what_was_seen(nurse: Client, scene: Scene) -> None:
    page = nurse.get("/").content.decode()
    assert f'value="{box(scene.emergency)}" form="hand-over"' in page
    assert f'<option value="{scene.colleague.pk}">Sam Surgeon</option>' in page


def test_several_are_handed_over_at_once(nurse: Client, scene: Scene) -> None:
    page = hand_over(
        nurse,
        scene.colleague.pk,
        box(scene.emergency),
        box(scene.soon),
        shown="tier=soon",
    )
    assert "2 alerts were handed to Sam Surgeon" in page
    assert "Asked: Sam Surgeon" in page
    assert "Cleo Creep" in page
    assert "Ana Drop" not in page  # the filter stays
    assert handed() == 2


def test_what_moved_on_is_left_alone(nurse: Client, scene: Scene) -> None:
    boxes = [box(scene.emergency), box(scene.urgent)]
    acknowledge(scene.emergency.pk, by=scene.colleague, now=timezone.now())
    page = hand_over(nurse, scene.colleague.pk, *boxes)
    assert "1 alert was handed to Sam Surgeon" in page
    assert "1 has moved on since you looked" in page
    scene.emergency.refresh_from_db()
    assert scene.emergency.acknowledged_by == scene.colleague


def test_garbage_and_others_alerts_change_nothing(nurse: Client, scene: Scene) -> None:
    stranger = clinic_scene.make_alert(
        factories.make_patient(), tier="soon", hours=1, now=timezone.now()
    )
    bad = ["", "x", "1 2 3", f"{stranger.pk} {stranger.step_token}"]
    page = hand_over(nurse, scene.colleague.pk, *bad)
    assert "4 were not handed over" in page
    for to in ("", "x", scene.nurse.pk, "9" * 30, stranger.pk):
        page = hand_over(nurse, to, box(scene.urgent))
        assert "Nothing was handed over" in page
    assert "Nothing was handed over" in hand_over(nurse, scene.colleague.pk)
    assert handed() == 0


def test_an_administrator_sees_no_boxes(client: Client, scene: Scene) -> None:
    boss = factories.make_administrator(scene.urgent.patient.clinic)
    client.force_login(boss)
    assert 'form="hand-over"' not in client.get("/").content.decode().replace(
        'value="&amp;page=1" form="hand-over"', ""
    )
    hand_over(client, scene.colleague.pk, box(scene.urgent))
    assert handed() == 0


class TestOnThePatientPage:
    """One alert, by whoever has just read why."""

    def hand(self, client: Client, alert: Alert, to: object, *, seen: str = "") -> str:
        alert.refresh_from_db()
        body = {"to": to, "seen": seen or alert.step_token, "from": "patient"}
        url = f"/alerts/{alert.pk}/hand-over/"
        answer = client.post(url, body, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        return answer.content.decode()

    def test_a_colleague_of_the_team_is_asked(self, nurse, scene) -> None:
        stranger = factories.make_clinician(
            team=factories.make_team(scene.quiet.clinic), email="x@clinic.example"
        )
        address = f"/patients/{scene.emergency.patient_id}/"
        page = nurse.get(address).content.decode()
        assert f'<option value="{scene.colleague.pk}">Sam Surgeon</option>' in page
        assert f'<option value="{stranger.pk}">' not in page
        page = self.hand(nurse, scene.emergency, scene.colleague.pk)
        assert "Sam Surgeon is asked to take the alert of Ana Drop" in page
        assert "Asked: Sam Surgeon" in page
        assert handed() == 1
        for to in ("", "x", stranger.pk, scene.nurse.pk):
            assert "choose a colleague" in self.hand(nurse, scene.emergency, to)
        assert handed() == 1

    def test_what_moved_on_is_left_alone(self, nurse, scene) -> None:
        seen = str(scene.urgent.step_token)
        acknowledge(scene.urgent.pk, by=scene.colleague, now=timezone.now())
        page = self.hand(nurse, scene.urgent, scene.colleague.pk, seen=seen)
        assert "Sam Surgeon acknowledged it" in page
        assert handed() == 0

    def test_an_administrator_hands_over_nothing(self, client, scene) -> None:
        boss = factories.make_administrator(scene.urgent.patient.clinic)
        client.force_login(boss)
        address = f"/patients/{scene.urgent.patient_id}/"
        assert "/hand-over/" not in client.get(address).content.decode()
        page = self.hand(client, scene.urgent, scene.colleague.pk)
        assert "Nothing was changed" in page
        assert handed() == 0


def test_the_patient_page_says_that_alerts_are_delayed(nurse, scene, monkeypatch):
    address = f"/patients/{scene.emergency.patient_id}/"
    late = "Alerts are delayed."
    assert late not in nurse.get(address).content.decode()
    monkeypatch.setattr("dashboard.web.patient.alerts_delayed", lambda *, now: True)
    assert late in nurse.get(address).content.decode()
    assert late in nurse.get(f"{address}alerts/").content.decode()
