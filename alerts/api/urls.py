"""Addresses of alerts below /api/v1/."""

from __future__ import annotations

from django.urls import path

from alerts.api import on_call, views


_CLINIC = "clinics/<int:clinic_id>"
_ALERT = "alerts/<uuid:alert_id>"

urlpatterns = [
    path("alerts", views.Alerts.as_view()),
    path(_ALERT, views.OneAlert.as_view()),
    path(f"{_ALERT}/acknowledge", views.Acknowledgement.as_view()),
    path(f"{_ALERT}/snooze", views.Snooze.as_view()),
    path(f"{_ALERT}/resolve", views.Resolution.as_view()),
    path(f"{_CLINIC}/coverage", on_call.ClinicCoverage.as_view()),
    path(f"{_CLINIC}/activate", on_call.ClinicActivation.as_view()),
    path(f"{_CLINIC}/simulation", on_call.ClinicSimulation.as_view()),
    path(f"{_ALERT}/log", views.Log.as_view()),
]
