"""How people come in: the code read off the screen, the link in the mail."""

from __future__ import annotations

import base64
import re

import pytest
import qrcode
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import forget_session, log_in
from tests.browser.test_accessibility import broken_rules
from tracker.domain import consent
from tracker.models import Patient


pytestmark = pytest.mark.slow

#: What a camera would see of the picture: the brightness in the middle of each square.
SQUARES = """async ([shot, count]) => {
  const picture = new Image();
  picture.src = `data:image/png;base64,${shot}`;
  await picture.decode();
  const paper = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  paper.drawImage(picture, 0, 0);
  const at = (place, size) => Math.floor((place + 0.5) * size / count);
  const isDark = (x, y) => paper.getImageData(at(x, picture.width), at(y, picture.height), 1, 1).data[1] < 128;
  return Array.from({ length: count }, (_, y) => Array.from({ length: count }, (_, x) => isDark(x, y)));
}"""


@pytest.fixture
def boss(scene):
    return factories.make_administrator(scene.quiet.clinic, email="boss@clinic.example")


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def invited(page: Page, address: str, name: str) -> str:
    """Invite a patient on the clinic's page; return the code that is shown."""
    page.goto(f"{address}/clinic/")
    page.get_by_label("Name of the patient").fill(name)
    button(page, "Make an invitation").click()
    return page.locator(".code-shown code").inner_text()


def enrol(page: Page, address: str, code: str, email: str):
    """Do what the app does with a code that it has read."""
    told = {
        "code": code,
        "email": email,
        "password": factories.PASSWORD,
        "consent_version": consent.VERSION,
        "timezone": "Europe/Berlin",
    }
    return page.request.post(f"{address}/api/v1/enrolments", data=told)


def choose_password(page: Page, link: str) -> None:
    page.goto(link)
    field = page.get_by_label("New Password:", exact=True)
    expect(field).to_have_accessible_description(re.compile("at least 12 characters"))
    field.fill(factories.PASSWORD)
    page.get_by_label("New Password (again):").fill(factories.PASSWORD)
    assert broken_rules(page) == []
    button(page, "Change Password").click()
    expect(page.get_by_text("Your password is now changed.")).to_be_visible()


def set_up_second_factor(page: Page) -> None:
    """Do what the page asks for, with what an authenticator app would show."""
    page.wait_for_url("**/accounts/2fa/")
    page.get_by_role("link", name="Activate").click()
    page.get_by_label("Password").fill(factories.PASSWORD)
    button(page, "Confirm").click()
    secret = page.locator("#authenticator_secret").input_value()
    step = int(timezone.now().timestamp()) // 30
    code = format_hotp_value(hotp_value(secret, step))
    page.get_by_label("Authenticator code").fill(code)
    button(page, "Activate").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()


@pytest.mark.parametrize(
    "media",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"color_scheme": "dark", "forced_colors": "active"},
    ],
    ids=["light", "dark", "forced"],
)
def test_the_picture_on_the_screen_is_the_code(page, context, live_server, boss, media):
    log_in(page, live_server.url, boss.email)
    page.emulate_media(**media)
    code = invited(page, live_server.url, "Nele New")
    meant = qrcode.QRCode(border=2, error_correction=qrcode.ERROR_CORRECT_M)
    meant.add_data(code)
    squares = meant.get_matrix()
    shot = base64.b64encode(page.locator(".code-shown .qr svg").screenshot()).decode()
    elsewhere = context.new_page()  # the policy of our pages lets no picture in
    assert elsewhere.evaluate(SQUARES, [shot, len(squares)]) == squares


def test_an_invited_patient_enrols_and_logs_in(page, live_server, boss, complaints):
    address, nele = live_server.url, "nele@home.example"
    log_in(page, address, boss.email)
    code = invited(page, address, "Nele New")
    expect(page.get_by_role("button", name="Cancel (Nele New)")).to_be_visible()
    forget_session(page)
    assert enrol(page, address, code, nele).status == 201
    assert enrol(page, address, code, "thief@home.example").status == 400
    log_in(page, address, nele)
    expect(page.get_by_role("heading", name="Hello Nele New")).to_be_visible()
    expect(page.get_by_text("Nobody watches this diary all day.")).to_be_visible()
    assert broken_rules(page) == []
    forget_session(page)
    log_in(page, address, boss.email)
    expect(page.get_by_role("link", name="Nele New")).to_be_visible()
    page.goto(f"{address}/clinic/")  # the code is used: nothing is left to cancel
    expect(page.get_by_role("button", name="Cancel (Nele New)")).to_have_count(0)
    assert Patient.objects.get(name="Nele New").clinic == boss.memberships.get().clinic
    assert complaints == []


def test_a_cancelled_code_lets_nobody_in(page, live_server, boss):
    log_in(page, live_server.url, boss.email)
    code = invited(page, live_server.url, "Nele New")
    page.get_by_role("button", name="Cancel (Nele New)").click()
    expect(page.get_by_text("its code opens nothing")).to_be_visible()
    forget_session(page)
    assert enrol(page, live_server.url, code, "nele@home.example").status == 400
    assert not Patient.objects.filter(name="Nele New").exists()


def test_a_new_colleague_comes_by_the_link_in_the_mail(
    page, live_server, scene, boss, complaints, settings
):
    address = live_server.url
    log_in(page, address, boss.email)
    page.goto(f"{address}/clinic/people/")
    page.get_by_label("E-mail").fill("nils@clinic.example")
    page.get_by_label("Name", exact=True).fill("Nils Newcomer")
    page.get_by_label("Role").select_option("clinician")
    button(page, "Add the person").click()
    expect(page.get_by_text("is clinician now, and gets a mail")).to_be_visible()
    (sent,) = mail.outbox
    assert sent.to == ["nils@clinic.example"]
    (link,) = re.findall(r"http\S+", sent.body)
    assert link.startswith(address)

    forget_session(page)
    settings.REQUIRE_CLINICIAN_MFA = True
    choose_password(page, link)
    page.goto(address)
    page.get_by_label("E-mail").fill("nils@clinic.example")
    page.get_by_label("Password").fill(factories.PASSWORD)
    button(page, "Log in").click()
    set_up_second_factor(page)
    page.goto(address)
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    page.goto(link)  # it was for one use
    expect(page.get_by_label("New Password:", exact=True)).to_have_count(0)
    assert complaints == []
