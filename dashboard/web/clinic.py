"""The administrators' page: people, invitations, on call, what is stuck."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboard.charts.qr import qr_svg
from dashboard.domain import words
from dashboard.selectors import clinic as clinics
from dashboard.selectors.staff import account
from dashboard.web.clinics import administered
from dashboard.web.doors import staff_only
from dashboard.web.forms import InvitationForm
from tracker.errors import ClinicNotActive
from tracker.services import enrolment


@require_safe
@staff_only
def clinic_page(request: HttpRequest) -> HttpResponseBase:
    """Show a clinic that the account administers."""
    return render(request, "dashboard/clinic.html", _context(request))


@require_POST
@never_cache
@staff_only
def invite(request: HttpRequest) -> HttpResponseBase:
    """Make an invitation and show its code this one time."""
    clinic = administered(request)
    teams = {team.pk: team for team in clinics.teams_of(clinic)}
    form = InvitationForm(
        request.POST, teams=[(team.pk, team.name) for team in teams.values()]
    )
    if not form.is_valid():
        return render(request, "dashboard/clinic.html", _context(request, form=form))
    name = form.cleaned_data["patient_name"]
    if clinic.activated_at is None:
        messages.warning(request, words.said(ClinicNotActive.title))
        return redirect("dashboard:clinic")
    _, code = enrolment.invite(
        patient_name=name,
        clinic=clinic,
        care_team=teams.get(form.cleaned_data["care_team"]),
        created_by=account(request.user),
        now=timezone.now(),
    )
    context = _context(request) | {
        "new_code": code,
        "new_name": name,
        "new_qr": qr_svg(code),
    }
    return render(request, "dashboard/clinic.html", context)


def _context(
    request: HttpRequest, *, form: InvitationForm | None = None
) -> dict[str, Any]:
    clinic = administered(request)
    return {"overview": clinics.overview(clinic, now=timezone.now()), "form": form}
