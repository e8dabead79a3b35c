"""The pages of the dashboard: who sees what, in which order, at which cost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert
from analytics.models import AnalysisState
from tests import clinic_scene, factories
from tests.clinic_scene import Scene
from tracker.models import Heartbeat, Invitation, PainLog
from tracker.services.heartbeat import beat


pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def scene() -> Scene:
    return clinic_scene.make_scene(now=timezone.now())


@pytest.fixture
def nurse(scene, client):
    client.force_login(scene.nurse)
    return client


def names_in_order(text: str, *names: str) -> list[str]:
    return sorted(names, key=text.index)


def answer(client, alert, what: str, **data):
    url = reverse(f"dashboard:{what}", args=[alert.pk])
    return client.post(url, data, headers=HTMX)


class TestWorklist:
    def test_stands_in_order_of_need(self, nurse):
        page = nurse.get("/").content.decode()
        names = names_in_order(page, "Dora Quiet", "Cleo Creep", "Ben Numb", "Ana Drop")
        assert names == ["Ana Drop", "Ben Numb", "Cleo Creep", "Dora Quiet"]

    def test_says_why_where_and_since_when(self, nurse):
        page = nurse.get("/").content.decode()
        assert "Left heel walk fell from 3 to 1 of 3" in page
        assert "L5 or L4, left" in page
        assert "Answer by" in page
        assert "Examine by" in page
        assert "Waiting 1 h" in page

    def test_within_a_tier_the_earlier_deadline_comes_first(self, nurse, scene):
        now = timezone.now()
        first = factories.make_patient(team=scene.quiet.care_team, name="Early Bird")
        clinic_scene.make_alert(first, tier="emergency", hours=2, now=now)
        page = nurse.get("/").content.decode()
        assert page.index("Early Bird") < page.index("Ana Drop")

    def test_of_one_deadline_the_sooner_examination_comes_first(self, nurse, scene):
        now = timezone.now()
        later = factories.make_patient(team=scene.quiet.care_team, name="Late Exam")
        sooner = factories.make_patient(team=scene.quiet.care_team, name="Soon Exam")
        for patient, hours in ((later, 72), (sooner, 24)):
            clinic_scene.make_alert(
                patient,
                tier="urgent",
                hours=1,
                now=now,
                examine_by=now + timedelta(hours=hours),
            )
        page = nurse.get("/").content.decode()
        assert page.index("Soon Exam") < page.index("Late Exam")

    def test_a_side_alone_is_not_called_a_root(self, nurse, scene):
        scene.soon.flags.update(likely_roots={})
        page = nurse.get("/").content.decode()
        assert "Side <strong>left</strong>" in page
        assert "Likely root <strong>left</strong>" not in page

    def test_an_entry_is_as_old_as_it_is_however_late_it_came(self, nurse, scene):
        now = timezone.now()
        factories.make_entry(
            PainLog,
            scene.quiet,
            recorded_at=now - timedelta(days=3, minutes=1),
            local_day=(now - timedelta(days=3)).date(),
        )
        assert "3 d ago" in nurse.get("/").content.decode()

    def test_costs_the_same_number_of_queries_for_many_rows(self, nurse, scene):
        nurse.get("/")
        with CaptureQueriesContext(connection) as few:
            nurse.get("/")
        now = timezone.now()
        for number in range(12):
            patient = factories.make_patient(team=scene.quiet.care_team)
            if number % 2:
                clinic_scene.make_alert(patient, tier="soon", hours=number, now=now)
        with CaptureQueriesContext(connection) as many:
            nurse.get("/")
        assert len(many) == len(few)
        assert len(many) <= 20

    def test_tells_how_long_a_danger_waits_that_became_more_urgent(self, nurse, scene):
        now = timezone.now()
        mild, worse = (
            clinic_scene.make_alert(
                scene.quiet, tier=tier, hours=hours, now=now, **fields
            )
            for tier, hours, fields in (
                ("soon", 9, {"state": "superseded"}),
                ("emergency", 1, {}),
            )
        )
        Alert.objects.filter(pk=mild.pk).update(superseded_by=worse)
        page = nurse.get("/").content.decode()
        assert "Waiting 9 h" in page
        assert "more urgent for 1 h" in page
        Alert.objects.filter(pk=mild.pk).update(acknowledged_at=now)
        assert "more urgent for" not in nurse.get("/").content.decode()

    def test_warns_when_the_sweep_is_late(self, nurse):
        assert "Alerts are delayed" not in nurse.get("/").content.decode()
        beat("alerts.sweep", now=timezone.now() - timedelta(minutes=3))
        assert "Alerts are delayed" in nurse.get("/worklist/").content.decode()
        Heartbeat.objects.all().delete()
        assert "Alerts are delayed" in nurse.get("/worklist/").content.decode()

    def test_warns_when_an_alert_is_behind_schedule(self, nurse, scene):
        now = timezone.now()
        late = now - timedelta(minutes=3)
        clinic_scene.make_flag(scene.quiet, tier="urgent", at=late)
        assert "Alerts are delayed" in nurse.get("/worklist/").content.decode()

    def test_an_empty_clinic_is_told_so(self, client):
        client.force_login(factories.make_clinician())
        page = client.get("/").content.decode()
        assert "Nobody waits for an answer" in page
        assert "No patients yet" in page


class TestAnswers:
    def test_acknowledging_moves_the_row(self, nurse, scene):
        page = answer(nurse, scene.emergency, "acknowledge").content.decode()
        assert "You have acknowledged the alert of Ana Drop" in page
        assert page.index("Acknowledged, not resolved") < page.index(
            "<strong>Nora Nurse</strong> has it"
        )

    def test_the_second_is_told_who_was_first(self, nurse, scene):
        other = Client()
        other.force_login(scene.colleague)
        answer(other, scene.emergency, "acknowledge")
        response = answer(nurse, scene.emergency, "acknowledge")
        assert response.status_code == 200
        assert "Sam Surgeon acknowledged it at" in response.content.decode()

    def test_resolving_needs_an_outcome_and_keeps_the_note(self, nurse, scene):
        page = answer(
            nurse, scene.urgent, "resolve", note="typed a lot", **{"from": "patient"}
        ).content.decode()
        assert "Not resolved yet" in page
        assert "typed a lot" in page
        scene.urgent.refresh_from_db()
        assert scene.urgent.state != "resolved"

    def test_resolving_writes_outcome_and_note(self, nurse, scene):
        answer(
            nurse,
            scene.urgent,
            "resolve",
            outcome="examined_referred",
            note="MRI tomorrow",
        )
        scene.urgent.refresh_from_db()
        assert scene.urgent.state == "resolved"
        assert scene.urgent.outcome_note == "MRI tomorrow"
        assert scene.urgent.resolved_by == scene.nurse

    def test_without_htmx_it_returns_to_the_page(self, nurse, scene):
        url = reverse("dashboard:acknowledge", args=[scene.emergency.pk])
        assert nurse.post(url).headers["Location"] == "/"

    def test_an_administrator_who_treats_nobody_changes_nothing(self, scene, client):
        client.force_login(factories.make_administrator(scene.quiet.clinic))
        page = answer(client, scene.emergency, "acknowledge").content.decode()
        assert "only a clinician of the care team" in page
        scene.emergency.refresh_from_db()
        assert scene.emergency.state == "open"


class TestPatientPage:
    def test_draws_what_is_usual_and_never_a_guess(self, nurse, scene):
        AnalysisState.objects.update_or_create(
            patient_id=scene.emergency.patient_id,
            defaults={
                "due_at": timezone.now(),
                "baselines": {
                    "leg_pain|left": {"center": 6.0, "low": 5.0, "high": 7.0},
                    "heel_walk|left": 3.0,
                },
            },
        )
        url = reverse("dashboard:charts", args=[scene.emergency.patient_id])
        charts = {chart["key"]: chart for chart in nurse.get(url).json()["charts"]}
        usual = {
            key: chart["spec"]["datasets"].get("usual") for key, chart in charts.items()
        }
        assert [(row["leg"], row["low"], row["high"]) for row in usual["pain"]] == [
            ("left", 5.0, 7.0)
        ]
        assert [row["center"] for row in usual["power-heel_walk"]] == [3.0]
        assert usual["numbness"] == []

    def test_small_flares_stand_apart_from_what_matters(self, nurse, scene):
        patient = scene.emergency.patient
        flag = clinic_scene.make_flag(patient, tier="info", at=timezone.now())
        flag.explanation = "Left leg pain is 8 today"
        flag.save()
        url = reverse("dashboard:patient", args=[patient.pk])
        page = nurse.get(url).content.decode()
        assert page.index("1 flare of pain") < page.index("Left leg pain is 8 today")

    def test_shows_the_alert_down_to_its_entries(self, nurse, scene):
        url = reverse("dashboard:patient", args=[scene.emergency.patient_id])
        page = nurse.get(url).content.decode()
        assert "heel walk left, 1 of 3" in page
        assert "62 %" in page
        assert "disc herniation" in page
        assert "leaking urine (new)" in page
        assert 'class="withdrawn"' in page

    def test_a_quiet_patient_without_entries_has_a_page(self, nurse, scene):
        url = reverse("dashboard:patient", args=[scene.quiet.pk])
        page = nurse.get(url).content.decode()
        assert "No entries yet" in page
        assert "No open alerts" in page

    def test_lines_break_at_silence_and_never_show_zero(self, nurse, scene):
        url = reverse("dashboard:charts", args=[scene.emergency.patient_id])
        charts = {chart["key"]: chart for chart in nurse.get(url).json()["charts"]}
        pain = charts["pain"]["spec"]["datasets"]
        left = [row for row in pain["answers"] if row["leg"] == "left"]
        assert {row["run"] for row in left} == {"left 0", "left 1"}
        assert 0 not in {row["value"] for row in left}
        longest = max(pain["silences"], key=lambda gap: gap["label"])
        assert "no entries for" in longest["label"]
        assert "power-heel_walk" in charts
        kinds = {event["kind"] for event in pain["events"]}
        assert kinds == {"flag", "treatment"}

    def test_the_range_is_chosen(self, nurse, scene):
        url = reverse("dashboard:charts", args=[scene.emergency.patient_id])

        def first(chosen: str) -> str:
            charts = nurse.get(url, {"range": chosen}).json()["charts"]
            return charts[0]["spec"]["datasets"]["window"][0]["day"]

        assert first("all") == first("90") < first("30")
        assert first("nonsense") == first("90")


class TestAccess:
    def test_strangers_are_sent_to_the_login(self, scene, client):
        url = reverse("dashboard:patient", args=[scene.quiet.pk])
        assert client.get(url).headers["Location"].startswith("/accounts/login/")
        assert client.get(url, headers=HTMX).status_code == 401

    def test_another_clinic_and_nowhere_are_the_same_answer(self, scene, client):
        client.force_login(factories.make_clinician())
        for name in ("patient", "charts", "alerts"):
            url = reverse(f"dashboard:{name}", args=[scene.quiet.pk])
            assert client.get(url).status_code == 404
        assert answer(client, scene.emergency, "acknowledge").status_code == 404
        assert answer(client, scene.emergency, "resolve").status_code == 404

    def test_a_patient_reads_their_own_page_and_no_other(self, scene, client):
        client.force_login(scene.emergency.patient.user)
        page = client.get("/").content.decode()
        assert "Your diary lives in the app" in page
        assert "Your left foot has become weaker" in page
        url = reverse("dashboard:patient", args=[scene.emergency.patient_id])
        assert client.get(url).status_code == 404
        assert client.get("/worklist/").status_code == 404
        assert client.get("/clinic/").status_code == 404

    def test_an_account_of_no_clinic_is_told_so(self, client):
        client.force_login(factories.make_superuser())
        assert "belongs to no clinic" in client.get("/").content.decode()


class TestClinic:
    @pytest.fixture
    def admin_client(self, scene, client):
        client.force_login(factories.make_administrator(scene.quiet.clinic))
        return client

    def test_shows_people_and_what_is_stuck(self, admin_client, scene):
        factories.make_quarantined(scene.quiet)
        page = admin_client.get("/clinic/").content.decode()
        assert "Nora Nurse" in page
        assert "told first" in page
        assert "<strong>1</strong> records in quarantine" in page

    def test_shows_the_code_of_an_invitation_once(self, admin_client):
        page = admin_client.post(
            reverse("dashboard:invite"), {"patient_name": "Eva New"}
        ).content.decode()
        assert "The code for <strong>Eva New</strong>" in page
        assert Invitation.objects.filter(patient_name="Eva New").count() == 1
        assert "The code for" not in admin_client.get("/clinic/").content.decode()

    def test_a_nameless_invitation_is_refused(self, admin_client):
        page = admin_client.post(reverse("dashboard:invite"), {}).content.decode()
        assert "This field is required" in page

    def test_is_not_there_for_a_nurse(self, nurse):
        assert nurse.get("/clinic/").status_code == 404
        assert nurse.post("/clinic/invitations/").status_code == 404


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("from=2026-03-01&to=2026-03-10", 10),
        ("from=2026-03-10&to=2026-03-01", 90),
        ("from=2026-03-01", 90),
        ("from=x&to=%00", 90),
        ("from=0001-01-01&to=9999-12-31", 90),
        ("range=30", 30),
    ],
)
def test_charts_show_the_days_that_are_asked_for(nurse, scene, query, days):
    address = f"/patients/{scene.emergency.patient_id}/"
    drawn = nurse.get(f"{address}charts.json?{query}").json()["charts"]
    first, last = (
        datetime.fromisoformat(each["day"])
        for each in drawn[0]["spec"]["datasets"]["window"]
    )
    assert (last - first).days + 1 == days
    assert nurse.get(f"{address}?{query}").status_code == 200
