"""The simulator: who would be told of an alert, and activating a clinic."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from alerts.errors import ClinicReachesNobody
from alerts.selectors import on_call
from alerts.services import covering
from dashboard.domain import words
from dashboard.selectors import clinic as clinics
from dashboard.selectors.on_call import lines
from dashboard.web.clinics import administered
from dashboard.web.doors import staff_only
from dashboard.web.forms import SimulationForm


@require_safe
@staff_only
def simulator(request: HttpRequest) -> HttpResponseBase:
    """Show what would happen to an alert that nobody answers."""
    clinic = administered(request)
    zone = ZoneInfo(clinic.timezone)
    teams = [(team.pk, team.name) for team in clinics.teams_of(clinic)]
    asked = request.GET if "tier" in request.GET else _now(zone)
    form = SimulationForm(asked, teams=teams)
    context: dict[str, Any] = {"form": form, "clinic": clinic}
    if form.is_valid():
        wish = form.cleaned_data
        told = on_call.simulate(
            clinic,
            on_call.team_of(clinic, wish["care_team"]),
            tier=wish["tier"],
            raised_at=wish["at"].replace(tzinfo=zone),
        )
        context |= {"told": told, "lines": lines(told)}
    return render(request, "dashboard/simulator.html", context)


@require_POST
@staff_only
def activate(request: HttpRequest) -> HttpResponseBase:
    """Let the clinic invite patients, if its alerts reach somebody."""
    clinic = administered(request)
    try:
        covering.activate(clinic, now=timezone.now())
    except ClinicReachesNobody as refusal:
        messages.warning(request, words.said(refusal.title))
    return redirect("dashboard:clinic")


def _now(zone: ZoneInfo) -> dict[str, str]:
    now: datetime = timezone.now().astimezone(zone)
    return {"tier": "urgent", "at": f"{now:%Y-%m-%dT%H:%M}"}
