"""People come to a clinic, change their teams and go; nobody leaves an alert behind."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from alerts.services import answering
from tests import factories
from tests.integration.alerts.conftest import Ward, make_alert, make_ward
from tracker.models import CareTeam, Invitation, Membership, RoleOffer, User
from tracker.services import enrolment


pytestmark = pytest.mark.django_db

PAGE = "/clinic/people/"


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def boss(ward: Ward, client: Client) -> Client:
    client.force_login(ward.administrator)
    return client


def send(client: Client, address: str, **body) -> str:
    answer = client.post(address, body, follow=True)
    assert answer.status_code == 200, address
    return answer.content.decode()


def member(user: User) -> Membership:
    return Membership.objects.get(user=user)


def taken_alert(ward: Ward, by: User) -> Alert:
    alert = make_alert(ward)
    return answering.acknowledge(alert.pk, by=by, now=timezone.now())


def test_a_new_person_gets_a_mail_to_choose_a_password(boss: Client, ward: Ward):
    wish = {"email": "New@clinic.example", "name": "Nia New", "role": "clinician"}
    page = send(boss, f"{PAGE}new/", **wish)
    assert "Nia New is clinician now, and gets a mail" in page
    found = User.objects.get(email="new@clinic.example")
    assert not found.has_usable_password()
    (sent,) = mail.outbox
    assert sent.to == ["new@clinic.example"]
    assert "/accounts/password/reset/key/" in sent.body
    mail.outbox.clear()
    again = send(boss, f"{PAGE}new/", **wish)
    assert "Nia New is clinician now." in again
    assert Membership.objects.filter(user=found, clinic=ward.clinic).count() == 1
    assert not mail.outbox


def asked(boss: Client, user: User) -> RoleOffer:
    boss.post(f"{PAGE}new/", {"email": user.email, "name": "N", "role": "clinician"})
    return RoleOffer.objects.get(user=user, answered_at=None)


def as_(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_somebody_with_an_account_is_asked_first(boss: Client, ward: Ward):
    patient = factories.make_patient().user
    wish = {"email": patient.email.upper(), "name": "Made Up", "role": "clinician"}
    page = send(boss, f"{PAGE}new/", **wish)
    assert "has an account already, and is asked by mail" in page
    assert patient.name not in page
    (sent,) = mail.outbox
    assert sent.to == [patient.email]
    assert "/joining/" in sent.body
    assert not Membership.objects.filter(user=patient).exists()
    offer = RoleOffer.objects.get(user=patient)
    theirs = as_(patient)
    assert ward.clinic.name in theirs.get("/joining/").content.decode()
    theirs.post(f"/joining/{offer.pk}/yes/")
    assert Membership.objects.get(user=patient).clinic == ward.clinic
    assert theirs.post(f"/joining/{offer.pk}/no/").status_code == 404


def test_the_question_is_in_the_language_of_who_is_asked(boss: Client, ward: Ward):
    doctor = factories.make_clinician()
    User.objects.filter(pk=doctor.pk).update(language="de")
    asked(boss, doctor)
    (sent,) = mail.outbox
    assert sent.subject == "Rootwatch: eine Klinik fragt Sie"


def test_an_offer_is_refused_taken_back_or_too_old(boss: Client, ward: Ward):
    doctor = factories.make_clinician()
    theirs = as_(doctor)
    offer = asked(boss, doctor)
    theirs.post(f"/joining/{offer.pk}/no/")
    offer.refresh_from_db()
    assert offer.was_taken is False
    offer = asked(boss, doctor)
    assert asked(boss, doctor) == offer
    assert doctor.email in boss.get(PAGE).content.decode()
    send(boss, f"{PAGE}offers/{offer.pk}/withdrawal/")
    assert theirs.post(f"/joining/{offer.pk}/yes/").status_code == 404
    offer = asked(boss, doctor)
    RoleOffer.objects.update(expires_at=timezone.now())
    assert theirs.post(f"/joining/{offer.pk}/yes/").status_code == 404
    assert not doctor.memberships.filter(clinic=ward.clinic).exists()


def test_nobody_answers_for_somebody_else(boss: Client, ward: Ward):
    offer = asked(boss, factories.make_clinician())
    nosy = as_(factories.make_clinician())
    for answer in ("yes", "no", "perhaps"):
        assert nosy.post(f"/joining/{offer.pk}/{answer}/").status_code == 404
    other = as_(make_ward().administrator)
    assert other.post(f"{PAGE}offers/{offer.pk}/withdrawal/").status_code == 404
    offer.refresh_from_db()
    assert offer.answered_at is None


def test_a_colleague_gets_a_second_role_at_once(boss: Client, ward: Ward):
    wish = {"email": ward.duty.email, "name": "N", "role": "administrator"}
    assert "administrator now" in send(boss, f"{PAGE}new/", **wish)
    assert not mail.outbox
    assert ward.duty.memberships.filter(role="administrator").exists()


@pytest.mark.parametrize(
    "body",
    [
        {"email": "x", "name": "N", "role": "clinician"},
        {"email": "a@b.example", "name": "", "role": "clinician"},
        {"email": "a@b.example", "name": "N", "role": "superuser"},
    ],
)
def test_what_cannot_be_adds_nobody(boss: Client, body: dict[str, str]):
    before = Membership.objects.count()
    assert 'class="error"' in send(boss, f"{PAGE}new/", **body)
    assert Membership.objects.count() == before


def test_whoever_leaves_the_team_leaves_no_alert_behind(boss: Client, ward: Ward):
    mine, theirs = taken_alert(ward, ward.duty), make_alert(ward, category="vascular")
    theirs = answering.acknowledge(theirs.pk, by=ward.second, now=timezone.now())
    send(boss, f"{PAGE}{member(ward.duty).pk}/teams/")
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.state, mine.acknowledged_by) == ("open", None)
    assert mine.log.get(action="reopen").detail == {"because": "left"}
    assert (theirs.state, theirs.acknowledged_by) == ("acknowledged", ward.second)


def test_whoever_leaves_the_clinic_leaves_no_alert_behind(boss: Client, ward: Ward):
    alert = taken_alert(ward, ward.duty)
    page = send(boss, f"{PAGE}{member(ward.duty).pk}/removal/")
    assert "open again" in page
    assert not Membership.objects.filter(user=ward.duty).exists()
    alert.refresh_from_db()
    assert alert.state == "open"
    told = alert.deliveries.filter(step__gte=1, wave=alert.wave_count)
    assert ward.duty.pk not in told.values_list("recipient", flat=True)


def test_a_patient_who_gets_another_team_is_handed_over(boss: Client, ward: Ward):
    alert = taken_alert(ward, ward.duty)
    other = factories.make_team(ward.clinic)
    doctor = factories.make_clinician(team=other)
    address = f"/patients/{ward.patient.pk}/team/"
    assert (
        f'value="{other.pk}"'
        in boss.get(f"/patients/{ward.patient.pk}/").content.decode()
    )
    send(boss, address, team=other.pk)
    alert.refresh_from_db()
    ward.patient.refresh_from_db()
    assert (ward.patient.care_team, alert.state) == (other, "open")
    told = alert.deliveries.filter(step__gte=1, wave=alert.wave_count)
    assert set(told.values_list("recipient", flat=True)) == {doctor.pk}
    stranger = factories.make_team()
    assert boss.post(address, {"team": stranger.pk}).status_code == 404


def test_the_last_administrator_stays(boss: Client, ward: Ward):
    mine = member(ward.administrator)
    assert "keeps one administrator" in send(boss, f"{PAGE}{mine.pk}/removal/")
    factories.make_administrator(ward.clinic)
    boss.post(f"{PAGE}{mine.pk}/removal/")
    assert not Membership.objects.filter(pk=mine.pk).exists()


def test_teams_are_made_and_renamed(boss: Client, ward: Ward):
    send(boss, "/clinic/teams/", name="  Neck   team ")
    team = CareTeam.objects.get(name="Neck team")
    assert "of this name already" in send(boss, "/clinic/teams/", name="Neck team")
    send(boss, f"/clinic/teams/{team.pk}/", name="Spine team")
    team.refresh_from_db()
    assert team.name == "Spine team"
    for bad in ("", " ", "x" * 201):
        send(boss, "/clinic/teams/", name=bad)
    assert CareTeam.objects.filter(clinic=ward.clinic).count() == 2


def test_what_belongs_to_another_clinic_is_not_there(boss: Client, ward: Ward):
    other = make_ward()
    theirs = member(other.duty)
    invitation, _ = enrolment.invite(
        patient_name="Theirs",
        clinic=other.clinic,
        care_team=None,
        created_by=other.administrator,
        now=timezone.now(),
    )
    for address, body in (
        (f"{PAGE}{theirs.pk}/removal/", {}),
        (f"{PAGE}{theirs.pk}/teams/", {}),
        (f"{PAGE}{member(ward.duty).pk}/teams/", {"team": other.team.pk}),
        (f"/clinic/teams/{other.team.pk}/", {"name": "Mine now"}),
        (f"/patients/{other.patient.pk}/team/", {"team": ward.team.pk}),
        (f"/clinic/invitations/{invitation.pk}/cancellation/", {}),
    ):
        assert boss.post(address, body).status_code == 404, address
    assert Membership.objects.filter(pk=theirs.pk).exists()
    assert member(ward.duty).care_teams.get() == ward.team


def test_an_invitation_is_a_picture_and_can_be_cancelled(boss: Client):
    page = send(boss, "/clinic/invitations/", patient_name="Ina Invited")
    code = re.search(r"<code>([^<]+)</code>", page)
    assert code
    assert page.count("<svg") == 1
    assert "style=" not in page[page.index('class="qr"') : page.index("</svg>")]
    invitation = Invitation.objects.get(patient_name="Ina Invited")
    assert "Ina Invited" in boss.get("/clinic/").content.decode()
    send(boss, f"/clinic/invitations/{invitation.pk}/cancellation/")
    assert "Ina Invited" not in boss.get("/clinic/").content.decode()
    answer = Client().post(
        "/api/v1/enrolments", {"code": code[1]}, content_type="application/json"
    )
    assert answer.status_code >= 400
    again = boss.post(f"/clinic/invitations/{invitation.pk}/cancellation/")
    assert again.status_code == 404
