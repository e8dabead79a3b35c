"""Who administers two clinics sees and changes one of them at a time, the one named."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Holiday
from analytics.models import RuleTrial
from analytics.services.trials import begin_trial
from tests import factories
from tests.integration.alerts.conftest import Ward, make_ward
from tracker.models import CareTeam, Invitation, Membership


pytestmark = pytest.mark.django_db

PAGES = (
    "/clinic/",
    "/clinic/people/",
    "/clinic/on-call/",
    "/clinic/rules/",
    "/clinic/rules/R11/rise_points/",
    "/clinic/simulator/",
    "/clinic/figures/",
)


@pytest.fixture
def wards() -> list[Ward]:
    both = [make_ward(), make_ward()]
    for ward, name in zip(both, ("Altona", "Bergen"), strict=True):
        ward.clinic.name = f"{name} clinic"
        ward.clinic.save()
        ward.team.name = f"{name} team"
        ward.team.save()
    return both


@pytest.fixture
def boss(wards: list[Ward], client: Client) -> Client:
    first, second = wards
    user = first.administrator
    Membership.objects.create(user=user, clinic=second.clinic, role="administrator")
    client.force_login(user)
    return client


class Forms(HTMLParser):
    """Collects the fields of each form that changes something of a clinic."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append({"action": has.get("action", "")})
        elif tag == "input" and self.found:
            self.found[-1][has.get("name", "")] = has.get("value", "")


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def main_of(page: str) -> str:
    """Return the page without the names of the choice itself."""
    page = page.split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r'<nav class="ranges" aria-label="Clinic">.*?</nav>', "", page)


@pytest.mark.parametrize("address", PAGES)
def test_each_page_is_about_the_chosen_clinic_alone(boss, wards, address) -> None:
    for ward, other in (wards, reversed(wards)):
        page = text_of(boss, f"{address}?clinic={ward.clinic.pk}")
        assert f"?clinic={other.clinic.pk}" in page
        assert ward.clinic.name in main_of(page)
        name = other.clinic.name.split()[0]
        assert name not in main_of(page)
        again = text_of(boss, address)
        assert name not in main_of(again)
        forms = Forms()
        forms.feed(main_of(page))
        for form in forms.found:
            assert form.get("clinic") == str(ward.clinic.pk), form["action"]


def send(boss: Client, address: str, ward: Ward, **body: Any) -> int:
    return boss.post(address, {"clinic": ward.clinic.pk, **body}).status_code


def test_a_form_acts_on_the_clinic_that_it_showed(boss, wards) -> None:
    shown, other = wards
    text_of(boss, f"/clinic/?clinic={other.clinic.pk}")  # in another window
    send(boss, "/clinic/invitations/", shown, patient_name="Mia")
    send(boss, "/clinic/teams/", shown, name="New team")
    send(boss, "/clinic/on-call/holidays/", shown, day="2031-01-01", name="New year")
    wish = {"email": "nia@clinic.example", "name": "Nia", "role": "clinician"}
    send(boss, "/clinic/people/new/", shown, **wish)
    made: tuple[Any, ...] = (
        *Invitation.objects.filter(patient_name="Mia"),
        *CareTeam.objects.filter(name="New team"),
        *Holiday.objects.filter(name="New year"),
        *Membership.objects.filter(user__email="nia@clinic.example"),
    )
    assert [each.clinic_id for each in made] == [shown.clinic.pk] * 4
    assert shown.clinic.name in main_of(text_of(boss, "/clinic/"))


def test_a_form_of_a_strange_clinic_changes_nothing(boss, wards) -> None:
    strange = make_ward()
    strange.clinic.name = "Strange clinic"
    strange.clinic.save()
    for clinic in (strange.clinic.pk, "x", ""):
        body = {"clinic": clinic, "name": "Nobody's"}
        assert boss.post("/clinic/teams/", body).status_code == 404
    assert not CareTeam.objects.filter(name="Nobody's").exists()
    page = text_of(boss, f"/clinic/?clinic={strange.clinic.pk}")
    assert "Strange clinic" not in page


def test_what_belongs_to_a_clinic_is_found_whichever_is_chosen(boss, wards) -> None:
    first, second = wards
    user = first.administrator
    trial = begin_trial(
        second.clinic,
        choice=("R11", "rise_points", 2.5),
        window_days=90,
        by=user,
        now=timezone.now(),
    )
    text_of(boss, f"/clinic/?clinic={first.clinic.pk}")
    page = text_of(boss, f"/clinic/trials/{trial.pk}/")
    assert first.clinic.name not in page
    boss.post(f"/clinic/trials/{trial.pk}/cancellation/")
    assert RuleTrial.objects.get(pk=trial.pk).ended == "cancelled"
    team = factories.make_team(second.clinic)
    patient = factories.make_patient(team=second.team)
    boss.post(f"/patients/{patient.pk}/team/", {"team": team.pk})
    patient.refresh_from_db()
    assert patient.care_team == team


def test_a_clinician_elsewhere_reads_that_rota_and_changes_none(boss, wards) -> None:
    first, _second = wards
    ward = make_ward()
    ward.clinic.name = "Celle clinic"
    ward.clinic.save()
    user = first.administrator
    Membership.objects.create(user=user, clinic=ward.clinic, role="clinician")
    page = text_of(boss, f"/clinic/on-call/?clinic={ward.clinic.pk}")
    assert "Celle clinic" in main_of(page)
    assert "Add a holiday" not in page
    body = {"day": "2031-01-01", "name": "New year"}
    assert send(boss, "/clinic/on-call/holidays/", ward, **body) == 404
    assert first.clinic.name in main_of(text_of(boss, "/clinic/people/"))
