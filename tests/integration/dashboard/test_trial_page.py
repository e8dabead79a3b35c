"""Administrators try a number on their clinic's diaries and read counts, no names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from analytics.domain.comparison import Comparison, Row
from analytics.models import RuleTrial
from analytics.services import trials
from tests.factories import CANARY, make_administrator, make_clinic, make_patient
from tests.integration.alerts.conftest import Ward, make_ward


pytestmark = pytest.mark.django_db

NUMBER = "/clinic/rules/R11/rise_points/"


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def boss(ward: Ward, client: Client) -> Client:
    client.force_login(ward.administrator)
    return client


def begin(client: Client, **fields: str | int) -> str:
    """Ask for a trial and return the page that follows."""
    body = {"value": "2.5", "window": 90} | fields
    answer = client.post(f"{NUMBER}trials/", body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(client: Client, trial: RuleTrial, **headers: str) -> str:
    answer = client.get(f"/clinic/trials/{trial.pk}/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def end(trial: RuleTrial, **counts: int) -> None:
    """Let workers have computed so many patients, with an urgent flag lost."""
    rows = (Row(tier="urgent", rule="R12", now=9, then=7, lost=2, patients_now=5),)
    held = trials.claim(trial.pk, timezone.now())
    assert held is not None
    trials.move_on(
        held,
        [],
        Comparison(rows=rows, **counts),
        engine_version="1",
        now=timezone.now(),
    )


def test_a_trial_is_asked_for_watched_read_and_applied(
    boss: Client, ward: Ward
) -> None:
    make_patient(ward.clinic)
    page = begin(boss)
    trial = RuleTrial.objects.get()
    days = trial.last_on - trial.first_on
    assert (trial.value, trial.patient_count, days.days) == (2.5, 2, 89)
    assert 'hx-trigger="every 2s"' in page
    assert "0 of 2 patients computed" in page
    assert "A trial is under way" in boss.get(NUMBER).content.decode()

    end(trial, patients=2, patient_days=1400, flagged_now=5)
    part = page_of(boss, trial, HX_Request="true")
    assert "<html" not in part
    assert "hx-trigger" not in part  # the asking ends with the trial
    assert "2 emergency or urgent flags would not have been raised." in part
    assert "4.50 → 3.50" in part
    page = page_of(boss, trial)
    assert not any(each.name in page for each in ward.clinic.patients.all())
    assert "0 gained, 2 lost" in boss.get(NUMBER).content.decode()
    assert f'href="{NUMBER}?value=2.5"' in part
    form = boss.get(f"{NUMBER}?value=2.5").content.decode()
    assert 'value="2.5"' in form


def test_too_little_time_gives_counts_and_no_rate(boss: Client) -> None:
    begin(boss)
    trial = RuleTrial.objects.get()
    end(trial, patients=1, patient_days=693)
    page = page_of(boss, trial)
    assert "Too little time to judge a rate" in page
    assert "→ 0.00" not in page


def test_a_trial_says_when_other_numbers_are_in_force_by_now(boss: Client) -> None:
    begin(boss)
    trial = RuleTrial.objects.get()
    end(trial)
    assert "have changed since this trial" not in page_of(boss, trial)
    boss.post(NUMBER, {"value": "3", "why": CANARY, "seen": 0})
    assert "have changed since this trial" in page_of(boss, trial)


def test_a_trial_is_cancelled_and_a_dead_one_says_so(boss: Client) -> None:
    begin(boss)
    trial = RuleTrial.objects.get()
    assert "Another trial is under way" in begin(boss, value="3")
    answer = boss.post(f"/clinic/trials/{trial.pk}/cancellation/", follow=True)
    assert "Cancelled before its end." in answer.content.decode()

    begin(boss)
    dead = RuleTrial.objects.latest("pk")
    now = timezone.now()
    for _ in range(trials.MOST_ATTEMPTS + 1):
        trials.claim(dead.pk, now)
        now += timedelta(minutes=7)
    assert "could not be computed" in page_of(boss, dead)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "2"}, "would change nothing"),
        ({"value": "3.1"}, "less than or equal to 3"),
        ({"window": "91"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_tried_is_refused(boss: Client, fields, words) -> None:
    assert words in begin(boss, **fields)
    assert not RuleTrial.objects.exists()


def test_the_trial_of_another_clinic_is_not_there(boss: Client, client: Client) -> None:
    begin(boss)
    trial = RuleTrial.objects.get()
    client.force_login(make_administrator(make_clinic()))
    assert client.get(f"/clinic/trials/{trial.pk}/").status_code == 404
    assert client.post(f"/clinic/trials/{trial.pk}/cancellation/").status_code == 404
    trial.refresh_from_db()
    assert not trial.ended


def test_the_number_of_queries_does_not_grow_with_the_trials(
    boss: Client, django_assert_max_num_queries
) -> None:
    for value in ("2.5", "3", "1.5"):
        begin(boss, value=value)
        end(RuleTrial.objects.latest("pk"))
    for address in (NUMBER, f"/clinic/trials/{RuleTrial.objects.latest('pk').pk}/"):
        with django_assert_max_num_queries(13):
            assert boss.get(address).status_code == 200
