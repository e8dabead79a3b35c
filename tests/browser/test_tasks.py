"""Further tasks in a real browser: studies, numbers, papers, people, invitations."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from analytics.models import RuleOverride
from tests import factories
from tests.browser.conftest import log_in
from tracker.models import (
    AcceptedBaseline,
    CareTeam,
    Imaging,
    Invitation,
    Membership,
    Neurophysiology,
    Outcome,
    User,
)


pytestmark = pytest.mark.slow


@pytest.fixture
def patient(live_server, scene) -> str:
    return f"{live_server.url}/patients/{scene.emergency.patient_id}/"


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_studies_and_how_it_turned_out(logged_in, patient):
    page = logged_in
    page.goto(patient)
    page.get_by_role("link", name="Imaging").click()
    page.get_by_label("What").select_option("MRI")
    page.get_by_label("Level").select_option("L4/L5")
    page.get_by_label("Finding").fill("Sequester behind L5.")
    button(page, "Save the imaging").click()
    expect(page.get_by_text("MRI L4/L5: Sequester behind L5.")).to_be_visible()

    page.get_by_role("link", name="Nerve study").click()
    page.get_by_label("What").select_option("EMG")
    page.get_by_label("Finding").fill("Fibrillations in L5.")
    button(page, "Save the study").click()
    expect(page.get_by_text("EMG: Fibrillations in L5.")).to_be_visible()

    page.get_by_role("link", name="Outcome").click()
    page.get_by_label("What").select_option("Improved")
    page.get_by_label("Note").fill("Walks to the shop.")
    button(page, "Save the outcome").click()
    expect(page.get_by_text("Walks to the shop.")).to_be_visible()
    made = (Imaging, Neurophysiology, Outcome)
    assert [model.objects.count() for model in made] == [1, 1, 1]


def test_a_treatment_ends(logged_in, patient):
    page = logged_in
    page.goto(patient)
    page.get_by_role("link", name="Physiotherapy").click()
    page.get_by_label("Ended on").fill(f"{timezone.now():%Y-%m-%d}")
    button(page, "Save the change").click()
    expect(page.get_by_text("The treatment is changed.")).to_be_visible()
    expect(page.get_by_text("physiotherapy ended")).to_be_visible()


def test_an_accepted_baseline_is_withdrawn(logged_in, live_server, scene):
    page = logged_in
    factories.make_baseline(factories.make_episode(scene.quiet))
    page.goto(f"{live_server.url}/patients/{scene.quiet.pk}/")
    page.get_by_role("link", name="Withdraw").first.click()
    page.get_by_label("Why").fill("It was the other leg.")
    button(page, "Withdraw").click()
    expect(page.get_by_text("It was the other leg.")).to_be_visible()
    assert AcceptedBaseline.objects.get().withdrawn_why == "It was the other leg."


def test_a_number_for_one_patient(logged_in, patient):
    page = logged_in
    page.goto(patient)
    page.get_by_role("link", name="Rules").click()
    page.locator("summary", has_text="R11").click()
    page.locator("a[href$='/R11/rise_points/']").click()
    page.get_by_label("Value").fill("2.5")
    until = timezone.now() + timedelta(days=30)
    page.get_by_label("Up to and with").fill(f"{until:%Y-%m-%d}")
    page.get_by_label("Why").fill("Known flares.")
    button(page, "Save").click()
    expect(page.get_by_text("Known flares.")).to_be_visible()
    assert RuleOverride.objects.get().value == 2.5
    page.goto(patient)
    expect(page.get_by_text("2.5")).to_be_visible()


def test_papers_and_files_are_downloaded(logged_in, patient):
    page = logged_in
    page.goto(patient)
    begins = {
        "Referral summary (PDF)": b"%PDF",
        "Before the visit (PDF)": b"%PDF",
        "Diary as Excel": b"PK",
        "Diary as CSV": b"PK",
    }
    for name, magic in begins.items():
        link = page.get_by_role("link", name=name)
        answer = page.request.get(link.evaluate("link => link.href"))
        content = answer.body()
        assert content.startswith(magic), name
        assert "Ana" not in answer.headers["content-disposition"]  # no name in files
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert any(name.endswith(".csv") for name in names)


def test_an_administrator_invites_a_patient(page, live_server, scene, complaints):
    boss = factories.make_administrator(scene.quiet.clinic)
    log_in(page, live_server.url, boss.email)
    page.goto(f"{live_server.url}/clinic/")
    page.get_by_label("Name of the patient").fill("Nele New")
    page.get_by_label("Care team", exact=True).select_option(scene.quiet.care_team.name)
    button(page, "Make an invitation").click()
    expect(page.locator(".code-shown .qr svg")).to_be_visible()
    expect(page.locator(".code-shown code")).not_to_be_empty()
    assert Invitation.objects.filter(patient_name="Nele New").count() == 1
    page.goto(f"{live_server.url}/clinic/")
    expect(page.locator(".code-shown")).to_have_count(0)  # this one time
    page.get_by_role("button", name="Cancel (Nele New)").click()
    expect(page.get_by_role("button", name="Cancel (Nele New)")).to_have_count(0)
    assert complaints == []


def test_an_administrator_cares_for_people_and_teams(
    page, live_server, scene, complaints
):
    boss = factories.make_administrator(scene.quiet.clinic)
    log_in(page, live_server.url, boss.email)
    page.goto(f"{live_server.url}/clinic/people/")
    page.get_by_label("E-mail").fill("new@clinic.example")
    page.get_by_label("Name", exact=True).fill("Nils Newcomer")
    page.get_by_label("Role").select_option("clinician")
    button(page, "Add the person").click()
    line = page.locator(".decided li", has_text="Nils Newcomer")
    expect(line).to_contain_text("never logged in")

    page.get_by_label("Name of a new team").fill("Cervical team")
    button(page, "Make the team").click()
    team = page.locator(".decided li", has_text="Cervical team")
    expect(team.last).to_contain_text("people: 0")

    line.locator("summary").click()
    line.get_by_label("Cervical team").check()
    button(line, "Save the teams").click()
    expect(team.last).to_contain_text("people: 1")
    line.locator("summary").click()
    button(line, "Take the role away").click()
    expect(line).to_have_count(0)
    assert not Membership.objects.filter(user__name="Nils Newcomer").exists()
    assert CareTeam.objects.filter(name="Cervical team").exists()
    assert User.objects.get(name="Nils Newcomer").email == "new@clinic.example"
    assert complaints == []
