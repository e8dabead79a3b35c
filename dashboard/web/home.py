"""The first page: the worklist for staff, a friendly page for a patient."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alerts.domain import targets
from dashboard.domain import worklist_filter
from dashboard.selectors import patient as patients
from dashboard.selectors.saved_views import views_of
from dashboard.selectors.staff import account, colleagues
from dashboard.selectors.worklist import teams_seen, worklist
from dashboard.web.doors import signed_in, staff_only
from tracker.domain.roles import CLINICIAN
from tracker.selectors import access


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponseBase:
    """Show the page that belongs to this account."""
    if access.is_staff_of_a_clinic(request.user):
        return worklist_page(request, worklist_context(request))
    diaries = patients.own_diaries(request.user)
    if not diaries:
        return render(request, "dashboard/no_clinic.html")
    return render(request, "dashboard/own.html", {"diaries": diaries})


@require_safe
@staff_only
def worklist_part(request: HttpRequest) -> HttpResponseBase:
    """Return the worklist alone, for the filter and for whatever keeps it fresh."""
    return render(request, "dashboard/parts/worklist.html", worklist_context(request))


def worklist_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Return the whole page around a worklist."""
    me = account(request.user)
    around = {"colleagues": colleagues(me), "views": views_of(me)}
    return render(request, "dashboard/worklist.html", context | around)


def worklist_context(
    request: HttpRequest, shown: QueryDict | None = None, *, said: str = ""
) -> dict[str, Any]:
    """Return what the worklist templates need; `shown` in place of the address."""
    asked = request.GET if shown is None else shown
    page = asked.get("page", "1")
    now = timezone.now()
    chosen = worklist_filter.read(asked)
    return {
        "worklist": worklist(request.user, chosen=chosen, page=page, now=now),
        "chosen": chosen,
        "query": chosen.query,
        "teams": teams_seen(request.user),
        "tiers": targets.ALERTING,
        "may_act": access.clinics_of(request.user, role=CLINICIAN).exists(),
        "said": said,
        "now": now,
        "live": settings.LIVE_STREAMS > 0,
    }
