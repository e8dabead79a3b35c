"""How one is told: a page of one's own, with quiet hours and where messages go."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import ContactPoint, QuietHours
from tests.integration.alerts.conftest import Ward, make_ward


pytestmark = pytest.mark.django_db

PAGE = "/told/"
NIGHT = {"starts": "22:00", "ends": "06:30", "timezone": "Europe/Berlin"}


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def duty(ward: Ward, client: Client) -> Client:
    client.force_login(ward.duty)
    return client


def test_quiet_hours_are_set_seen_changed_and_given_up(ward, duty):
    page = duty.get(PAGE).content.decode()
    assert f'value="{ward.clinic.timezone}" selected' in page
    assert "Have no quiet hours" not in page
    page = duty.post(PAGE, NIGHT, follow=True).content.decode()
    assert 'value="22:00"' in page
    assert "Have no quiet hours" in page
    duty.post(PAGE, NIGHT | {"ends": "07:00"})
    row = QuietHours.objects.get()
    assert (row.user, f"{row.starts:%H:%M}", f"{row.ends:%H:%M}") == (
        ward.duty,
        "22:00",
        "07:00",
    )
    assert "Have no quiet hours" not in (
        duty.post(f"{PAGE}always/", follow=True).content.decode()
    )
    assert not QuietHours.objects.exists()


@pytest.mark.parametrize("wrong", [{"ends": "11:00"}, {"ends": ""}, {"timezone": "X"}])
def test_what_cannot_be_is_refused_and_stays_on_the_page(duty, wrong):
    page = duty.post(PAGE, NIGHT | wrong).content.decode()
    assert 'class="error"' in page
    assert 'value="22:00"' in page
    assert not QuietHours.objects.exists()


def test_the_page_names_each_way_and_shows_no_whole_number(ward, duty):
    ContactPoint.objects.create(
        user=ward.duty, kind="sms", address="+441632960123", created_at=timezone.now()
    )
    page = duty.get(PAGE).content.decode()
    assert ward.duty.email in page
    assert "ending in 0123" in page
    assert "+4416329" not in page
