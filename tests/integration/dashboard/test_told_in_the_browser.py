"""A browser is subscribed on the page: the same rows as by the API, and only one's own."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import ContactPoint, Delivery
from tests.integration.alerts.conftest import Ward, make_alert, make_ward


pytestmark = pytest.mark.django_db

PAGE, HERE = "/told/", "/told/here/"
ADDRESS = "https://push.example/send/a1"
KEYS = {"p256dh": "A" * 87, "auth": "B" * 22}
SUBSCRIPTION = {"address": ADDRESS, **KEYS}


@pytest.fixture(autouse=True)
def _key(settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def duty(ward: Ward, client: Client) -> Client:
    client.force_login(ward.duty)
    return client


def in_use(user: Any) -> list[str]:
    rows = ContactPoint.objects.filter(user=user, retired_at=None).order_by("pk")
    return list(rows.values_list("address", flat=True))


def test_the_account_is_told_in_it_from_then_on(ward, duty):
    page = duty.post(HERE, SUBSCRIPTION, follow=True).content.decode()
    assert "You are told in this browser from now on." in page
    point = ContactPoint.objects.get()
    assert (point.user, point.kind, point.address, {**KEYS, **point.keys}) == (
        ward.duty,
        "web_push",
        ADDRESS,
        point.keys,
    )
    assert f'data-print="{sha256(ADDRESS.encode()).hexdigest()}"' in page
    assert ADDRESS not in page
    make_alert(ward)
    assert Delivery.objects.filter(recipient=ward.duty, channel="web_push").exists()


def test_twice_is_once_and_newer_keys_count(ward, duty):
    duty.post(HERE, SUBSCRIPTION)
    duty.post(HERE, SUBSCRIPTION | {"auth": "C" * 22})
    assert ContactPoint.objects.get().keys["auth"] == "C" * 22


def test_of_many_the_newest_five_stay(ward, duty):
    for number in range(7):
        duty.post(HERE, SUBSCRIPTION | {"address": f"{ADDRESS}{number}"})
    assert in_use(ward.duty) == [f"{ADDRESS}{number}" for number in range(2, 7)]


def test_a_browser_belongs_to_whoever_switched_it_on_last(ward, duty):
    duty.post(HERE, SUBSCRIPTION)
    other = Client()
    other.force_login(ward.second)
    other.post(HERE, SUBSCRIPTION)
    assert (in_use(ward.duty), in_use(ward.second)) == ([], [ADDRESS])


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": ""},
        {"address": "http://push.example/send/a1"},
        {"address": "https://"},
        {"address": "https://push.example/\0"},
        {"address": "https://push.example/" + "a" * 2000},
        {"p256dh": "A"},
        {"auth": "?" * 22},
        {"auth": ""},
    ],
)
def test_garbage_is_refused_in_words(duty, wrong):
    page = duty.post(HERE, SUBSCRIPTION | wrong, follow=True).content.decode()
    assert "this browser cannot be told" in page
    assert not ContactPoint.objects.exists()


def test_without_a_key_the_page_says_so_and_nothing_is_taken(duty, settings):
    settings.VAPID_PRIVATE_KEY = ""
    page = duty.get(PAGE).content.decode()
    assert "This server offers no notifications in browsers." in page
    assert "Tell me in this browser" not in page
    duty.post(HERE, SUBSCRIPTION)
    assert not ContactPoint.objects.exists()


def test_somebody_removes_their_own_and_nobody_elses(ward, duty):
    mine, theirs = (
        ContactPoint.objects.create(
            user=user,
            kind="web_push",
            address=f"{ADDRESS}{user.pk}",
            created_at=timezone.now(),
        )
        for user in (ward.duty, ward.second)
    )
    assert duty.post(f"/told/ways/{theirs.pk}/removal/").status_code == 404
    assert duty.post(f"/told/ways/{mine.pk}/removal/").status_code == 302
    assert (in_use(ward.duty), len(in_use(ward.second))) == ([], 1)


def test_the_service_worker_stands_above_its_page_and_needs_no_login(db):
    answer = Client().get("/told/worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript"
    assert "showNotification" in answer.content.decode()


ANEW = "/told/anew/"
FRESH = {
    "address": "https://push.example/send/b2",
    "p256dh": "C" * 87,
    "auth": "D" * 22,
}


def test_a_subscription_that_the_browser_renews_takes_the_place_of_the_old(ward, duty):
    duty.post(HERE, SUBSCRIPTION)
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(ANEW, FRESH | {"before": ADDRESS}).status_code == 204
    assert in_use(ward.duty) == [FRESH["address"]]
    assert ContactPoint.objects.get(retired_at=None).keys["auth"] == "D" * 22


@pytest.mark.parametrize("because", ["http_410", "http_404"])
def test_also_of_one_that_the_push_service_called_dead_before(ward, duty, because):
    duty.post(HERE, SUBSCRIPTION)
    ContactPoint.objects.update(retired_at=timezone.now(), retired_because=because)
    Client().post(ANEW, FRESH | {"before": ADDRESS})
    assert in_use(ward.duty) == [FRESH["address"]]
    Client().post(ANEW, FRESH | {"before": ADDRESS, "address": ADDRESS + "x"})
    assert in_use(ward.duty) == [FRESH["address"]], "the old address proves it once"


@pytest.mark.parametrize("because", ["removed", "taken_over", "too_many", "renewed"])
def test_and_of_none_that_its_owner_does_not_want(ward, duty, because):
    duty.post(HERE, SUBSCRIPTION)
    ContactPoint.objects.update(retired_at=timezone.now(), retired_because=because)
    Client().post(ANEW, FRESH | {"before": ADDRESS})
    assert in_use(ward.duty) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"before": ADDRESS + "2"},
        {"before": ""},
        {"before": ADDRESS, "address": "http://push.example/a"},
        {"before": ADDRESS, "auth": "short"},
        {"before": ADDRESS, "address": "https://a" + "a" * 3000},
        {"before": ADDRESS, "address": ADDRESS + "\0"},
    ],
)
def test_what_proves_nothing_or_cannot_be_used_changes_and_tells_nothing(
    ward, duty, sent
):
    duty.post(HERE, SUBSCRIPTION)
    answer = Client().post(ANEW, FRESH | sent)
    assert (answer.status_code, answer.content) == (204, b"")
    assert in_use(ward.duty) == [ADDRESS]


def test_whoever_has_left_is_not_told_again(ward, duty):
    duty.post(HERE, SUBSCRIPTION)
    ward.duty.memberships.all().delete()
    type(ward.duty).objects.filter(pk=ward.duty.pk).update(is_active=False)
    Client().post(ANEW, FRESH | {"before": ADDRESS})
    assert in_use(ward.duty) == [ADDRESS]
