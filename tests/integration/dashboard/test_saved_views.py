"""Saved views of the worklist: a person's own, few, and without whom they searched."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import SavedView
from dashboard.services.saved_views import MOST
from tests import clinic_scene
from tests.clinic_scene import Scene


pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture
def nurse(scene: Scene, client: Client) -> Client:
    client.force_login(scene.nurse)
    return client


def save(client: Client, name: str, shown: str) -> str:
    """Save a view and return where that leads."""
    answer = client.post("/worklist/views/", {"name": name, "shown": shown})
    return answer.headers["Location"]


def test_a_view_is_saved_opened_and_removed(nurse: Client) -> None:
    assert (
        save(nurse, "  My  urgent ", "tier=urgent&mine=on") == "/?tier=urgent&mine=on"
    )
    page = nurse.get("/?tier=urgent&mine=on").content.decode()
    assert "The view “My urgent” is saved." in page
    assert 'href="/?tier=urgent&amp;mine=on" aria-current="true">My urgent</a>' in page
    view = SavedView.objects.get()
    assert nurse.post(f"/worklist/views/{view.pk}/removal/").status_code == 302
    assert not SavedView.objects.exists()


def test_the_same_name_again_replaces_it(nurse: Client) -> None:
    save(nurse, "Mine", "mine=on")
    save(nurse, "Mine", "mine=on&tier=soon")
    assert [view.query for view in SavedView.objects.all()] == ["tier=soon&mine=on"]


def test_whom_somebody_searched_is_not_kept(nurse: Client) -> None:
    assert save(nurse, "Ana", "search=ana&silent=on") == "/?silent=on"
    save(nurse, "Only Ana", "search=ana")
    assert [view.query for view in SavedView.objects.all()] == ["silent=on"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "mine=on"), ("x" * 41, "mine=on"), ("All", ""), ("A", "\0")],
)
def test_what_is_no_view_is_refused_with_a_reason(
    nurse: Client, name: str, shown: str
) -> None:
    answer = nurse.get(save(nurse, name, shown))
    assert b"Give the view a name" in answer.content or (
        b"Choose a filter first" in answer.content
    )
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_it(nurse: Client) -> None:
    for number in range(MOST + 1):
        save(nurse, f"View {number}", "mine=on")
    assert SavedView.objects.count() == MOST
    assert save(nurse, "View 0", "silent=on") == "/?silent=on"


def test_nobody_removes_or_sees_a_colleagues_view(nurse: Client, scene: Scene) -> None:
    save(nurse, "Nora's", "mine=on")
    nurse.get("/")  # reads the message that it is saved
    nurse.force_login(scene.colleague)
    nurse.post(f"/worklist/views/{SavedView.objects.get().pk}/removal/")
    assert SavedView.objects.count() == 1
    assert "Nora" not in nurse.get("/").content.decode().split("Needs an answer")[0]
