"""Numbers for one patient on pages: chosen until a day, shown, seen by colleagues."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import Flag, RuleOverride
from tests import clinic_scene
from tests.clinic_scene import Scene
from tests.factories import make_clinician


pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()
SOON = (TODAY + timedelta(days=30)).isoformat()


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture
def nurse(scene, client):
    client.force_login(scene.nurse)
    return client


@pytest.fixture
def page(scene) -> str:
    return f"/patients/{scene.quiet.pk}/rules/"


@pytest.fixture
def number(page) -> str:
    return f"{page}R11/rise_points/"


def send(client, address, **fields) -> str:
    body = {"value": "3", "until": SOON, "why": "flares often", "seen": 0} | fields
    answer = client.post(address, body, follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def seen_on(page: str) -> int:
    (seen,) = re.findall(r'name="seen" value="(\d+)"', page)
    return int(seen)


def test_a_number_is_chosen_once_shown_and_given_back(nurse, scene, page, number):
    for _ in range(2):  # a form sent twice is one choice
        assert "Saved." in send(nurse, number)
    made = RuleOverride.objects.get()
    assert (made.patient, made.clinic) == (scene.quiet, scene.quiet.clinic)
    assert (made.expires_on.isoformat(), made.changed_by) == (SOON, scene.nurse)
    shown = nurse.get(f"/patients/{scene.quiet.pk}/").content.decode()
    assert "Rules changed for this patient" in shown
    assert "flares often" in shown
    shown = nurse.get(number).content.decode()
    assert "<strong>3</strong>" in shown
    fields = {"default": "yes", "value": "", "until": "", "seen": seen_on(shown)}
    assert "Saved." in send(nurse, number, **fields)
    assert (
        "Rules changed"
        not in nurse.get(f"/patients/{scene.quiet.pk}/").content.decode()
    )
    # Chosen anew after that: the page has seen it, so nobody was faster.
    shown = nurse.get(number).content.decode()
    assert "Saved." in send(nurse, number, seen=seen_on(shown))
    assert RuleOverride.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": "99"}, "less than or equal to"),
        ({"until": ""}, "This field is required"),
        ({"until": (TODAY + timedelta(days=400)).isoformat()}, "Say until when"),
        ({"why": " "}, "This field is required"),
    ],
)
def test_what_is_refused_stays_typed(nurse, number, fields, said):
    shown = send(nurse, number, **fields)
    assert said in shown
    if "why" not in fields:
        assert "flares often" in shown
    assert not RuleOverride.objects.exists()


def test_a_colleague_who_was_faster_is_seen(nurse, scene, number):
    send(nurse, number, value="2.5", why="the first word")
    shown = send(nurse, number)
    assert "a colleague chose something else" in shown
    assert "the first word" in shown
    assert "flares often" in shown
    assert "Saved." in send(nurse, number, seen=seen_on(shown))


def test_only_clinicians_of_the_patient_choose_and_only_what_is_tunable(
    nurse, client, scene, page, number
):
    assert nurse.get(f"{page}R05/enabled/").status_code == 404
    assert "R05 " not in nurse.get(page).content.decode()
    client.force_login(make_clinician())
    assert client.get(number).status_code == 404
    assert client.post(number, {}).status_code == 404


def test_a_flag_shows_what_was_chosen_for_the_patient(nurse, scene):
    flag = scene.urgent.flags.get()
    told = {"rule": flag.rule, "setting": "rise_points", "value": 3.0, "until": SOON}
    usual = {
        "signal": "test_heel_walk",
        "side": "left",
        "from": TODAY.isoformat(),
        "value": 2.0,
    }
    evidence = flag.evidence | {"own_numbers": [told], "baselines": [usual]}
    Flag.objects.filter(pk=flag.pk).update(evidence=evidence)
    shown = nurse.get(f"/patients/{scene.urgent.patient_id}/").content.decode()
    assert "rise points, for this patient" in shown
    assert "heel walk, left leg, accepted" in shown


def test_no_query_count_grows_with_the_numbers(
    nurse, number, page, django_assert_max_num_queries
):
    for name in ("rise_points", "refractory_days"):
        send(nurse, number.replace("rise_points", name))
    with django_assert_max_num_queries(12):
        nurse.get(page)


def groups(page: str) -> dict[str, bool]:
    """Return the rules that a page shows, and which of them stand open."""
    found = re.findall(r'<details class="rule"( open)?><summary><h2 id="(R\d+)-', page)
    return {rule: bool(opened) for opened, rule in found}


def test_rules_are_closed_but_those_with_an_own_number(nurse, page, number):
    shown = groups(nurse.get(page).content.decode())
    assert len(shown) > 5
    assert not any(shown.values())
    send(nurse, number)
    shown = groups(nurse.get(page).content.decode())
    assert [rule for rule, opened in shown.items() if opened] == ["R11"]


@pytest.mark.parametrize(
    ("wish", "rules"),
    [
        ("only_set=on", {"R11"}),
        ("text=r11", {"R11"}),
        ("text=zzz", set()),
        ("text=" + "x" * 200, None),
    ],
)
def test_a_filter_leaves_what_is_asked_for_open(nurse, page, number, wish, rules):
    send(nurse, number)
    shown = groups(nurse.get(f"{page}?{wish}").content.decode())
    if rules is None:  # a filter that is no filter leaves everything
        assert len(shown) > 5
        return
    assert shown == dict.fromkeys(rules, True)


def test_the_filter_reads_the_words_of_the_page(nurse, page):
    german = {"headers": {"Accept-Language": "de"}}
    shown = groups(nurse.get(f"{page}?text=schmerz", **german).content.decode())
    assert 0 < len(shown) < 15
    assert not groups(nurse.get(f"{page}?text=schmerz").content.decode())
