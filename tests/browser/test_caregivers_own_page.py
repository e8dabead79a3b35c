"""What somebody who cares for a patient sees in the browser, and what they may not do."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import log_in
from tests.browser.test_accessibility import broken_rules
from tracker.errors import NotThePatient
from tracker.models import CaregiverInvitation, PainLog
from tracker.services import caregivers


pytestmark = pytest.mark.slow

#: What a page of ours could do with the session of its reader, from their own browser.
SEND = """async ([address, body]) => {
  const token = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="))?.split("=")[1];
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  return [answer.status, (await answer.json().catch(() => ({}))).code];
}"""


@pytest.fixture
def carer(scene):
    """Return the access of somebody who may read the diary of Ana Drop, and no more."""
    return factories.make_caregiver(scene.emergency.patient)


@pytest.fixture
def cared(page, live_server, carer) -> Page:
    log_in(page, live_server.url, carer.user.email)
    return page


def send(page: Page, address: str, body: dict | None = None) -> tuple[int, str | None]:
    status, code = page.evaluate(SEND, [address, body or {}])
    return status, code


def sync(page: Page, user, body: dict) -> tuple[int, str | None]:
    """Send what the caregiver's app would: the diary takes no session of a browser."""
    headers = {"X-Session-Token": factories.token_of(user)}
    address = f"{page.url.rstrip('/')}/api/v1/sync"
    answer = page.request.post(address, data=body, headers=headers)
    return answer.status, answer.json().get("code")


def entry(patient) -> dict:
    """Return what a phone sends with one entry of pain."""
    log = {
        "id": "6f0a54d2-5c4d-4a1e-9c3e-1d2f3a4b5c6d",
        "recorded_at": timezone.now().isoformat(),
        "site": "leg",
        "side": "left",
        "intensity": 5,
    }
    return {"cursor": None, "patient": str(patient.pk), "changes": {"pain_logs": [log]}}


def test_a_caregiver_sees_their_patient_and_nobody_else(cared, scene, complaints):
    page = cared
    expect(page.locator("h1")).to_have_text(["The diary of Ana Drop"])
    expect(page.get_by_text("You care for Ana Drop.")).to_be_visible()
    expect(page.get_by_text("Nobody watches this diary all day.")).to_be_visible()
    expect(page.locator("article.alert")).to_have_count(1)
    for other in (scene.urgent.patient, scene.soon.patient, scene.quiet):
        expect(page.get_by_text(other.name)).to_have_count(0)
    menu = page.get_by_role("navigation", name="Main menu").get_by_role("link")
    expect(menu).to_have_text(["Home", "Security"])
    assert broken_rules(page) == []
    assert complaints == []


def test_a_caregiver_of_two_sees_both_and_the_own_diary_first(
    page, live_server, scene, carer
):
    reader = scene.soon.patient.user
    factories.make_caregiver(scene.urgent.patient, reader)
    factories.make_caregiver(scene.quiet, reader)
    log_in(page, live_server.url, reader.email)
    expect(page.locator("h1")).to_have_text(
        ["Hello Cleo Creep", "The diary of Ben Numb", "The diary of Dora Quiet"]
    )
    expect(page.get_by_text("Ana Drop")).to_have_count(0)


def test_the_pages_of_the_clinic_do_not_exist_for_them(cared, live_server, scene):
    page, address = cared, live_server.url
    patient = f"{address}/patients/{scene.emergency.patient_id}/"
    for path in ("", "charts.json", "diary.zip", "referral.pdf", "caregivers/"):
        assert page.request.get(f"{patient}{path}").status == 404, path
    for path in ("worklist/", "clinic/", "clinic/figures/", "clinic/people/"):
        assert page.request.get(f"{address}/{path}").status == 404, path


def test_who_may_only_read_writes_nothing(cared, scene, carer):
    page, alert = cared, scene.emergency
    assert page.locator("main form, main button, main input").count() == 0
    before = PainLog.objects.count()
    assert send(page, "/api/v1/sync", entry(alert.patient))[0] == 401
    refused = sync(page, carer.user, entry(alert.patient))
    assert refused == (403, NotThePatient.code)
    assert PainLog.objects.count() == before
    for path in (f"/alerts/{alert.pk}/notes/", f"/alerts/{alert.pk}/acknowledge/"):
        assert send(page, path)[0] == 404, path
    codes = f"/api/v1/patients/{alert.patient_id}/caregivers"
    assert send(page, codes, {"may_write": True})[0] in (403, 404)
    assert CaregiverInvitation.objects.filter(may_write=True).count() == 0
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_who_may_write_writes_for_their_patient_alone(page, live_server, scene):
    mine, other = scene.emergency.patient, scene.quiet
    writer = factories.make_caregiver(mine, may_write=True)
    log_in(page, live_server.url, writer.user.email)
    assert sync(page, writer.user, entry(other))[0] == 404
    assert not PainLog.objects.filter(patient=other).exists()
    before = PainLog.objects.filter(patient=mine).count()
    assert sync(page, writer.user, entry(mine))[0] == 200
    assert PainLog.objects.filter(patient=mine).count() == before + 1


def test_an_ended_access_shows_nothing_at_the_next_look(cared, scene, carer):
    page, patient = cared, scene.emergency.patient
    expect(page.get_by_role("heading", name="The diary of Ana Drop")).to_be_visible()
    caregivers.revoke(patient.pk, carer.pk, by=patient.user, now=timezone.now())
    page.reload()
    expect(page.get_by_text("belongs to no clinic")).to_be_visible()
    expect(page.get_by_text("Ana Drop")).to_have_count(0)
