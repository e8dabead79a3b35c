"""Addresses of the tracker below /api/v1/, one block for each subject."""

from __future__ import annotations

from django.urls import path

from tracker.api.views import (
    caregivers,
    clinical,
    diary,
    enrolment,
    live,
    me,
    patients,
    quarantine,
    rules,
    rxdb,
    sync,
    watermelon,
)


_PATIENT = "patients/<uuid:patient_id>"
_EPISODE = "episodes/<uuid:episode_id>"

urlpatterns = [
    # --- coming in, and oneself
    path("consent", enrolment.ConsentText.as_view()),
    path("enrolments", enrolment.Enrolments.as_view()),
    path("invitations", enrolment.Invitations.as_view()),
    path("me", me.Me.as_view()),
    path("me/clinic", me.MyClinic.as_view()),
    path("me/consent", me.MyConsent.as_view()),
    path("me/consent/withdraw", me.MyConsentWithdrawal.as_view()),
    # --- caregivers
    path("caregivers", caregivers.CaregiverEnrolments.as_view()),
    path("me/caregivers", caregivers.MyCaregivers.as_view()),
    path(
        "me/caregivers/<int:caregiver_id>/revoke",
        caregivers.MyCaregiverRevocation.as_view(),
    ),
    path("me/caregivers/codes", caregivers.MyCaregiverCodes.as_view()),
    path(
        "me/caregivers/codes/<int:code_id>/cancel",
        caregivers.MyCaregiverCodeCancellation.as_view(),
    ),
    path("me/patients", caregivers.SyncedPatients.as_view()),
    path("me/patients/<uuid:patient_id>/leave", caregivers.Leaving.as_view()),
    path(f"{_PATIENT}/caregivers", caregivers.PatientCaregivers.as_view()),
    path(f"{_PATIENT}/caregivers/codes", caregivers.PatientCaregiverCodes.as_view()),
    path(
        f"{_PATIENT}/caregivers/codes/<int:code_id>/cancel",
        caregivers.PatientCaregiverCodeCancellation.as_view(),
    ),
    path(
        f"{_PATIENT}/caregivers/<int:caregiver_id>/revoke",
        caregivers.PatientCaregiverRevocation.as_view(),
    ),
    # --- sync and the published rules
    path("sync", sync.SyncView.as_view()),
    path("sync/digest", sync.SyncDigestView.as_view()),
    path("sync/status", sync.SyncStatusView.as_view()),
    path("sync/watermelon", watermelon.WatermelonView.as_view()),
    path("sync/rxdb/<str:collection>/pull", rxdb.RxdbPull.as_view()),
    path("sync/rxdb/<str:collection>/push", rxdb.RxdbPush.as_view()),
    path("sync/rxdb/<str:collection>/stream", live.RxdbStream.as_view()),
    path("sync/stream", live.SyncStream.as_view()),
    path("rules", rules.RulesView.as_view()),
    # --- patients and their diary, read by staff
    path("patients", patients.Patients.as_view()),
    path(_PATIENT, patients.OnePatient.as_view()),
    path(f"{_PATIENT}/diary/<str:collection>", diary.Diary.as_view()),
    path(
        f"{_PATIENT}/diary/<str:collection>/<str:entry_id>/revisions",
        diary.Revisions.as_view(),
    ),
    path(f"{_PATIENT}/quarantine", quarantine.PatientQuarantine.as_view()),
    path(
        "quarantine/<int:quarantine_id>/resolve",
        quarantine.QuarantineResolution.as_view(),
    ),
    # --- clinical records
    path(f"{_PATIENT}/episodes", clinical.Episodes.as_view()),
    path(f"{_PATIENT}/messages", clinical.Messages.as_view()),
    path(_EPISODE, clinical.OneEpisode.as_view()),
    path(f"{_EPISODE}/exams", clinical.Exams.as_view()),
    path(f"{_EPISODE}/imaging", clinical.Imaging.as_view()),
    path(f"{_EPISODE}/neurophysiology", clinical.Neurophysiology.as_view()),
    path(f"{_EPISODE}/treatments", clinical.Treatments.as_view()),
    path(f"{_EPISODE}/treatments/<uuid:treatment_id>", clinical.OneTreatment.as_view()),
    path(f"{_EPISODE}/outcomes", clinical.Outcomes.as_view()),
    path(f"{_EPISODE}/baselines", clinical.Baselines.as_view()),
    path(
        f"{_EPISODE}/baselines/<uuid:baseline_id>/withdraw",
        clinical.BaselineWithdrawal.as_view(),
    ),
]
