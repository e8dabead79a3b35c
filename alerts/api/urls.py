"""Addresses of alerts below /api/v1/."""

from __future__ import annotations

from django.urls import path

from alerts.api import contacts, on_call, quiet, rota, views


_CLINIC = "clinics/<int:clinic_id>"
_ALERT = "alerts/<uuid:alert_id>"

urlpatterns = [
    path("alerts", views.Alerts.as_view()),
    path(_ALERT, views.OneAlert.as_view()),
    path(f"{_ALERT}/acknowledge", views.Acknowledgement.as_view()),
    path(f"{_ALERT}/snooze", views.Snooze.as_view()),
    path(f"{_ALERT}/called-back", views.CalledBack.as_view()),
    path(f"{_ALERT}/notes", views.Notes.as_view()),
    path(f"{_ALERT}/hand-over", views.HandOver.as_view()),
    path(f"{_ALERT}/resolve", views.Resolution.as_view()),
    path("me/quiet-hours", quiet.OwnQuietHours.as_view()),
    path(f"{_CLINIC}/escalation", rota.ClinicPolicies.as_view()),
    path(f"{_CLINIC}/shifts", rota.ClinicShifts.as_view()),
    path(f"{_CLINIC}/covers", rota.ClinicCovers.as_view()),
    path(f"{_CLINIC}/holidays", rota.ClinicHolidays.as_view()),
    *(
        path(
            f"{_CLINIC}/{kind}/<int:row_id>",
            rota.ClinicRotaRow.as_view(kind=kind),
        )
        for kind in ("shifts", "covers", "holidays")
    ),
    path(f"{_CLINIC}/teams/<int:team_id>/on-duty", rota.OnDuty.as_view()),
    path(f"{_CLINIC}/coverage", on_call.ClinicCoverage.as_view()),
    path(f"{_CLINIC}/activate", on_call.ClinicActivation.as_view()),
    path(f"{_CLINIC}/response-times", on_call.ClinicResponseTimes.as_view()),
    path(f"{_CLINIC}/simulation", on_call.ClinicSimulation.as_view()),
    path(f"{_ALERT}/log", views.Log.as_view()),
    path("me/contacts", contacts.Contacts.as_view()),
    path("me/contacts/<int:point_id>", contacts.OneContact.as_view()),
    path("me/messages/<uuid:message_id>/receipt", contacts.Receipt.as_view()),
]
