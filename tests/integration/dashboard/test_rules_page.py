"""Administrators choose numbers of the rules on a page, within limits and with why."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from analytics.models import RuleOverride
from tests.factories import make_administrator, make_clinic
from tests.integration.alerts.conftest import Ward, make_ward


pytestmark = pytest.mark.django_db

PAGE = "/clinic/rules/"
NUMBER = f"{PAGE}R11/rise_points/"


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def boss(ward: Ward, client: Client) -> Client:
    client.force_login(ward.administrator)
    return client


def send(client: Client, address: str = NUMBER, **fields: str | int) -> str:
    """Post a form, follow the way, and return the page."""
    body = {"value": "2.5", "why": "many flares here", "seen": 0} | fields
    answer = client.post(address, body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def seen_on(page: str) -> int:
    (seen,) = re.findall(r'name="seen" value="(\d+)"', page)
    return int(seen)


def test_a_number_is_chosen_once_shown_and_put_back(boss: Client, ward: Ward) -> None:
    for _ in range(2):  # a form sent twice is one choice
        assert "Saved." in send(boss)
    made = RuleOverride.objects.get()
    assert (made.clinic, made.changed_by) == (ward.clinic, ward.administrator)
    assert "many flares here" in boss.get(PAGE).content.decode()
    page = boss.get(NUMBER).content.decode()
    assert "<strong>2.5</strong>" in page

    assert "Saved." in send(boss, default="yes", value="", seen=seen_on(page))
    values = RuleOverride.objects.order_by("pk").values_list("value", flat=True)
    assert list(values) == [2.5, None]


def test_a_colleague_who_was_faster_is_seen_and_not_overwritten(
    boss: Client, ward: Ward
) -> None:
    send(boss)
    other = Client()
    other.force_login(make_administrator(ward.clinic))
    page = send(other, value="3", why="later")
    assert "a colleague chose something else" in page
    assert 'value="3"' in page
    assert "many flares here" in page
    assert RuleOverride.objects.count() == 1
    assert "Saved." in send(other, value="3", why="later", seen=seen_on(page))


def test_a_rule_is_switched_off_where_that_is_allowed(boss: Client, ward: Ward) -> None:
    assert "Saved." in send(boss, f"{PAGE}R15/enabled/", value="0")
    assert RuleOverride.objects.get().value == 0
    assert boss.get(f"{PAGE}R06/enabled/").status_code == 404
    assert boss.get(f"{PAGE}R01/enabled/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "3.1"}, "less than or equal to 3"),
        ({"value": "nan"}, "Enter a number"),
        ({"value": ""}, "This field is required"),
        ({"why": " "}, "This field is required"),
    ],
)
def test_what_cannot_be_is_refused_and_kept_typed(
    boss: Client, fields: dict, words: str
) -> None:
    page = send(boss, **fields)
    assert words in page
    assert "why" in fields or "many flares here" in page
    assert not RuleOverride.objects.exists()


def test_other_clinics_and_clinicians_see_nothing_of_it(
    boss: Client, ward: Ward, client: Client
) -> None:
    send(boss)
    client.force_login(make_administrator(make_clinic()))
    assert "many flares here" not in client.get(NUMBER).content.decode()
    client.force_login(ward.duty)
    assert client.post(NUMBER, {}).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_choices(
    boss: Client, django_assert_max_num_queries
) -> None:
    for value in ("2.5", "2", "2.5", "2"):
        send(boss, value=value, seen=seen_on(boss.get(NUMBER).content.decode()))
    for address in (PAGE, NUMBER):
        with django_assert_max_num_queries(11):
            assert boss.get(address).status_code == 200
