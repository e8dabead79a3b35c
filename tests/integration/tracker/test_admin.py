"""The admin: for superusers, read-only where phones wrote, heard of by phones."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.factories import (
    CANARY,
    make_baseline,
    make_clinician,
    make_entry,
    make_episode,
    make_message,
    make_patient,
    make_quarantined,
    make_superuser,
    make_treatment,
)
from tracker import models
from tracker.models import Exam, Message, PainLog, SyncCounter, Treatment, User


pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label == "tracker"]
READ_ONLY = (
    models.AcceptedBaseline,
    models.Entry,
    models.Caregiver,
    models.CaregiverInvitation,
    models.ClinicMove,
    models.Consent,
    models.Invitation,
    models.SyncCounter,
    models.SyncCursor,
    models.Device,
    models.Quarantine,
    models.Heartbeat,
    models.RoleOffer,
)


@pytest.fixture
def operator():
    client = Client()
    client.force_login(make_superuser())
    return client


def url(model, page, *args):
    return reverse(f"admin:tracker_{model._meta.model_name}_{page}", args=args)


def test_every_table_is_there():
    from django.apps import apps

    own = {
        model
        for model in apps.get_app_config("tracker").get_models()
        if not hasattr(model, "pgh_tracked_model") and not model._meta.auto_created
    }
    assert own - set(OURS) == {models.ExamFinding}  # stands inside its exam


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_and_form_opens_for_a_superuser_only(model, operator):
    episode = make_episode()
    make_treatment(episode)
    make_message(episode.patient)
    make_baseline(episode)
    make_quarantined(episode.patient)
    make_entry(PainLog, episode.patient, local_day=date(2026, 3, 1))
    assert operator.get(url(model, "changelist")).status_code == 200
    if row := model._default_manager.first():
        assert operator.get(url(model, "change", row.pk)).status_code == 200
    add = 403 if issubclass(model, (*READ_ONLY, models.Patient)) else 200
    assert operator.get(url(model, "add")).status_code == add

    staff = make_clinician(is_staff=True)
    insider = Client()
    insider.force_login(staff)
    assert insider.get(url(model, "changelist")).status_code == 403


def test_an_entry_shows_its_revisions_and_cannot_be_touched(operator):
    entry = make_entry(
        PainLog, make_patient(), local_day=date(2026, 3, 1), note=f"{CANARY} first"
    )
    PainLog.objects.filter(pk=entry.pk).update(note="second", revision=2)
    page = operator.get(url(PainLog, "change", entry.pk)).content.decode()
    assert f"{CANARY} first" in page
    assert "second" in page
    assert operator.post(url(PainLog, "change", entry.pk), {}).status_code == 403
    assert operator.post(url(PainLog, "delete", entry.pk), {}).status_code == 403


def exam_form(episode, grade):
    return {
        "episode": episode.pk,
        "examined_on": "2026-03-02",
        "findings-TOTAL_FORMS": 1,
        "findings-INITIAL_FORMS": 0,
        "findings-0-kind": "power",
        "findings-0-location": "L5",
        "findings-0-side": "left",
        "findings-0-grade": grade,
    }


def test_an_exam_is_recorded_with_its_findings(operator):
    episode = make_episode()
    before = SyncCounter.objects.get(patient=episode.patient).diary_seq
    wrong = operator.post(url(Exam, "add"), exam_form(episode, 6))
    assert "The grade of power is from 0 to 5." in wrong.content.decode()
    assert not Exam.objects.exists()
    assert operator.post(url(Exam, "add"), exam_form(episode, 5)).status_code == 302
    exam = Exam.objects.get()
    assert exam.recorded_by.is_superuser
    assert exam.findings.get().grade == 5
    assert SyncCounter.objects.get(patient=episode.patient).diary_seq > before


def test_a_treatment_takes_its_number(operator):
    episode = make_episode()
    form = {"episode": episode.pk, "kind": "medication", "started_on": "2026-03-02"}
    assert operator.post(url(Treatment, "add"), form).status_code == 302
    first = Treatment.objects.get()
    assert first.patient == episode.patient
    late = operator.post(
        url(Treatment, "change", first.pk), form | {"ended_on": "2026-03-01"}
    )
    assert late.status_code == 200  # the form again, with what is wrong
    operator.post(url(Treatment, "change", first.pk), form | {"ended_on": "2026-03-09"})
    after = Treatment.objects.get()
    assert after.ended_on == date(2026, 3, 9)
    assert after.seq == first.seq + 1


def test_a_bad_episode_is_a_form_error(operator):
    form = {
        "patient": make_patient().pk,
        "suspected_cause": "unknown",
        "level": "unknown",
        "onset_on": "2026-03-02",
        "closed_on": "2026-03-01",
    }
    assert operator.post(url(models.Episode, "add"), form).status_code == 200
    form["closed_on"] = "2026-03-03"
    assert operator.post(url(models.Episode, "add"), form).status_code == 302


def test_a_message_is_sent_by_whoever_adds_it(operator):
    patient = make_patient()
    form = {"patient": patient.pk, "text": f"{CANARY} hello"}
    assert operator.post(url(Message, "add"), form).status_code == 302
    message = Message.objects.get()
    assert message.sent_by.is_superuser
    assert message.seq == SyncCounter.objects.get(patient=patient).seq


def test_a_new_account_has_no_password(operator):
    form = {"email": "Canary.New@Example.org", "name": CANARY}
    assert operator.post(url(User, "add"), form).status_code == 302
    user = User.objects.get(email="canary.new@example.org")
    assert not user.has_usable_password()
