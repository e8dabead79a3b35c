"""Addresses of the analysis below /api/v1/."""

from __future__ import annotations

from django.urls import path

from analytics.api import hints, own_rules, responses, views


urlpatterns = [
    path("flags", views.OwnFlags.as_view()),
    path("flags/<uuid:flag_id>", views.OneFlag.as_view()),
    path("patients/<uuid:patient_id>/flags", views.PatientFlags.as_view()),
    path("patients/<uuid:patient_id>/hints", hints.PatientHints.as_view()),
    path(
        "patients/<uuid:patient_id>/treatment-responses",
        responses.TreatmentResponses.as_view(),
    ),
    path("patients/<uuid:patient_id>/rules", own_rules.PatientRules.as_view()),
    path(
        "patients/<uuid:patient_id>/rules/history",
        own_rules.PatientRulesHistory.as_view(),
    ),
    path("clinics/<int:clinic_id>/rules", views.ClinicRules.as_view()),
    path("clinics/<int:clinic_id>/rules/history", views.ClinicRulesHistory.as_view()),
]
