"""The addresses of the dashboard."""

from __future__ import annotations

from django.urls import path

from dashboard.web import (
    answers,
    baselines,
    being_told,
    browser,
    caregivers,
    clinic,
    figures,
    handing_over,
    home,
    joining,
    language,
    live,
    on_call,
    own_rules,
    papers,
    patient,
    people,
    recording,
    rota,
    rules,
    saved_views,
)


app_name = "dashboard"

urlpatterns = [
    path("", home.home, name="home"),
    path("language/", language.choose, name="language"),
    path("told/", being_told.being_told_page, name="being-told"),
    path("told/always/", being_told.no_quiet_hours, name="no-quiet-hours"),
    path("told/worker.js", browser.worker, name="worker"),
    path("told/here/", browser.tell_here, name="tell-here"),
    path("told/anew/", browser.told_anew, name="told-anew"),
    path("told/ways/<int:point_id>/removal/", browser.remove_way, name="remove-way"),
    path("events/", live.events, name="events"),
    path("worklist/", home.worklist_part, name="worklist"),
    path("patients/<uuid:patient_id>/", patient.patient_page, name="patient"),
    path("patients/<uuid:patient_id>/charts.json", patient.charts_json, name="charts"),
    path(
        "patients/<uuid:patient_id>/looking-back/",
        patient.looking_back,
        name="looking-back",
    ),
    path("patients/<uuid:patient_id>/alerts/", patient.alerts_part, name="alerts"),
    path(
        "patients/<uuid:patient_id>/referral.pdf", papers.referral_pdf, name="referral"
    ),
    path("patients/<uuid:patient_id>/visit.pdf", papers.visit_pdf, name="visit"),
    path("patients/<uuid:patient_id>/diary.zip", papers.diary_csv, name="diary-csv"),
    path("patients/<uuid:patient_id>/diary.xlsx", papers.diary_xlsx, name="diary-xlsx"),
    path(
        "patients/<uuid:patient_id>/record/<str:kind>/", recording.record, name="record"
    ),
    path(
        "patients/<uuid:patient_id>/treatments/<uuid:treatment_id>/",
        recording.treatment,
        name="treatment",
    ),
    path(
        "patients/<uuid:patient_id>/baselines/new/",
        baselines.accept,
        name="accept-baseline",
    ),
    path(
        "patients/<uuid:patient_id>/baselines/not-now/",
        baselines.not_now,
        name="put-off",
    ),
    path(
        "patients/<uuid:patient_id>/baselines/<uuid:baseline_id>/withdrawal/",
        baselines.withdraw,
        name="withdraw-baseline",
    ),
    path(
        "patients/<uuid:patient_id>/caregivers/",
        caregivers.caregivers_page,
        name="caregivers",
    ),
    path(
        "patients/<uuid:patient_id>/caregivers/<int:caregiver_id>/end/",
        caregivers.end,
        name="caregiver-end",
    ),
    path(
        "patients/<uuid:patient_id>/caregivers/codes/<int:code_id>/cancellation/",
        caregivers.cancel,
        name="caregiver-code-cancellation",
    ),
    path("patients/<uuid:patient_id>/rules/", own_rules.rules_page, name="own-rules"),
    path(
        "patients/<uuid:patient_id>/rules/<str:rule_id>/<str:setting>/",
        own_rules.number,
        name="own-number",
    ),
    path("worklist/views/", saved_views.save, name="save-view"),
    path(
        "worklist/views/<int:view_id>/removal/", saved_views.forget, name="forget-view"
    ),
    path("alerts/hand-over/", handing_over.hand_over_chosen, name="hand-over"),
    path(
        "alerts/<uuid:alert_id>/acknowledge/", answers.acknowledge, name="acknowledge"
    ),
    path(
        "alerts/<uuid:alert_id>/called-back/", answers.called_back, name="called-back"
    ),
    path("alerts/<uuid:alert_id>/notes/", answers.write_note, name="write-note"),
    path("alerts/<uuid:alert_id>/snooze/", answers.snooze, name="snooze"),
    path("alerts/<uuid:alert_id>/hand-over/", answers.hand_over, name="hand-over-one"),
    path("alerts/<uuid:alert_id>/resolve/", answers.resolve, name="resolve"),
    path("clinic/", clinic.clinic_page, name="clinic"),
    path("clinic/figures/", figures.figures_page, name="figures"),
    path("clinic/figures/charts.json", figures.charts_json, name="figures-charts"),
    path("clinic/figures/months.csv", figures.months_csv, name="figures-csv"),
    path("clinic/on-call/", rota.on_call_page, name="on-call"),
    path("clinic/on-call/<str:what>/", rota.add, name="on-call-add"),
    path(
        "clinic/on-call/<str:what>/<int:row_id>/removal/",
        rota.remove,
        name="on-call-removal",
    ),
    path("clinic/people/", people.people_page, name="people"),
    path("clinic/people/new/", people.add, name="members"),
    path(
        "clinic/people/offers/<int:offer_id>/withdrawal/",
        people.take_back_offer,
        name="offer-withdrawal",
    ),
    path("joining/", joining.joining_page, name="joining"),
    path("joining/<int:offer_id>/<str:answer>/", joining.answer, name="joining-answer"),
    path(
        "clinic/people/<int:membership_id>/removal/",
        people.remove,
        name="member-removal",
    ),
    path(
        "clinic/people/<int:membership_id>/teams/",
        people.set_teams,
        name="member-teams",
    ),
    path("clinic/teams/", people.name_team, name="teams"),
    path("clinic/teams/<int:team_id>/", people.name_team, name="team"),
    path("patients/<uuid:patient_id>/team/", people.give_team, name="give-team"),
    path(
        "clinic/invitations/<int:invitation_id>/cancellation/",
        people.cancel_invitation,
        name="cancel-invitation",
    ),
    path("clinic/rules/", rules.rules_page, name="rules"),
    path("clinic/rules/<str:rule_id>/<str:setting>/", rules.number, name="rule-number"),
    path(
        "clinic/rules/<str:rule_id>/<str:setting>/trials/",
        rules.try_number,
        name="try-number",
    ),
    path("clinic/trials/<int:trial_id>/", rules.trial_page, name="trial"),
    path(
        "clinic/trials/<int:trial_id>/cancellation/",
        rules.stop_trial,
        name="stop-trial",
    ),
    path("clinic/simulator/", on_call.simulator, name="simulator"),
    path("clinic/activation/", on_call.activate, name="activate"),
    path("clinic/invitations/", clinic.invite, name="invite"),
]
