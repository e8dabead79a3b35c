"""The patient page, its alerts and its charts."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts.domain.notes import KINDS
from analytics.selectors.hints import hints_of
from dashboard.charts import page as charts
from dashboard.charts.body import drawing
from dashboard.selectors import baselines, diary, rules, timeline
from dashboard.selectors import patient as patients
from dashboard.selectors.body_map import body_maps
from dashboard.selectors.caregivers import readers_of
from dashboard.selectors.people import teams_to_choose
from dashboard.selectors.quality import DAYS, quality
from dashboard.selectors.reach import reach_of
from dashboard.selectors.signals import ONE_DAY
from dashboard.selectors.staff import account, team_beside
from dashboard.selectors.treatment_responses import treatment_responses
from dashboard.selectors.worklist import alerts_delayed
from dashboard.web.doors import is_htmx, staff_only
from dashboard.web.forms import ResolveForm
from tracker.errors import DiarySealed
from tracker.selectors import access
from tracker.selectors.consent import current_consent


@require_safe
@never_cache
@staff_only
def patient_page(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Show what changed, where, since when, and what was done."""
    patient = access.visible_patient(request.user, patient_id)
    today = _today(patient.timezone)
    return render(
        request,
        "dashboard/patient.html",
        {
            **alerts_context(request, patient_id),
            "consent": current_consent(patient_id),
            "age": patient.birth_year and today.year - patient.birth_year,
            "episode": patients.current_episode(patient),
            "treatments": patients.treatments(patient),
            "one_day": ONE_DAY,
            "other_teams": teams_to_choose(request.user, patient),
            **_diary(request, patient_id, today=today),
            "exams": patients.exams(patient),
            "timeline": timeline.timeline(patient),
            "flares": timeline.flares(patient),
            "readers": readers_of(patient),
            "reach": reach_of(patient, now=timezone.now()),
            "own_numbers": rules.own_numbers(patient, now=timezone.now()),
        },
    )


def _diary(request: HttpRequest, patient_id: UUID, *, today: date) -> dict[str, Any]:
    """Return what the page shows of the diary; of a sealed one nothing."""
    try:
        patient = access.patient_with_open_diary(request.user, patient_id)
    except DiarySealed:
        return {"sealed": True}
    chosen = request.GET.get("range", charts.DEFAULT_RANGE)
    window = _window(request, today)
    drawn = charts.chart_signals(patient, chosen=chosen, today=today, window=window)
    return {
        "body_maps": [
            (mapped, [drawing(mapped, "before"), drawing(mapped, "now")])
            for mapped in body_maps(patient, today=today)
        ],
        "chart_words": charts.in_words(drawn),
        "ranges": list(charts.RANGES),
        "chosen": chosen if chosen in charts.RANGES else charts.DEFAULT_RANGE,
        "window": window,
        "drawn": drawn,
        "today": today,
        "entries": diary.latest_entries(patient),
        "red_flags": diary.red_flag_history(patient),
        "hints": hints_of(patient, now=timezone.now()),
        "proposals": baselines.proposals(patient, today=today),
        "accepted": baselines.standing(patient),
    }


def _window(request: HttpRequest, today: date) -> charts.Window | None:
    asked = request.GET
    return charts.read_window(asked.get("from", ""), asked.get("to", ""), today=today)


@require_safe
@never_cache
@staff_only
def charts_json(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Return the charts of the chosen range as Vega-Lite documents."""
    try:
        patient = access.patient_with_open_diary(request.user, patient_id)
    except DiarySealed:
        return JsonResponse({"charts": []})
    today = _today(patient.timezone)
    drawn = charts.chart_signals(
        patient,
        chosen=request.GET.get("range", charts.DEFAULT_RANGE),
        today=today,
        window=_window(request, today),
    )
    return JsonResponse({"charts": charts.chart_documents(drawn)})


@require_safe
@never_cache
@staff_only
def looking_back(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Show the response to each treatment and how far the diary can be relied on.

    A part of its own, which the page asks for when it comes into sight: it reads more
    of the diary than anything else there.
    """
    try:
        patient = access.patient_with_open_diary(request.user, patient_id)
    except DiarySealed:
        return redirect("dashboard:patient", patient_id=patient_id)
    now = timezone.now()
    context = {
        "patient": patient,
        "responses": treatment_responses(patient, now=now),
        "facts": quality(patient, today=_today(patient.timezone), now=now),
        "window_days": DAYS,
    }
    part = "dashboard/parts/looking_back.html"
    template = part if is_htmx(request) else "dashboard/looking_back.html"
    return render(request, template, context)


@require_safe
@never_cache
@staff_only
def alerts_part(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Return the open alerts alone, for the swap after a colleague's answer."""
    context = alerts_context(request, patient_id)
    return render(request, "dashboard/parts/patient_alerts.html", context)


def alerts_context(
    request: HttpRequest,
    patient_id: UUID,
    *,
    said: str = "",
    refused: ResolveForm | None = None,
) -> dict[str, Any]:
    """Return what the alert cards of one patient need."""
    patient = access.visible_patient(request.user, patient_id)
    now = timezone.now()
    may_act = patients.may_act(request.user, patient_id)
    return {
        "patient": patient,
        "alert_cards": patients.alert_cards(patient, now=now),
        "may_act": may_act,
        "team": team_beside(account(request.user), patient) if may_act else [],
        "note_kinds": KINDS.items(),
        "delayed": alerts_delayed(now=now),
        "said": said,
        "refused": refused,
        "now": now,
        "live": settings.LIVE_STREAMS > 0,
    }


def _today(zone: str) -> date:
    return timezone.now().astimezone(ZoneInfo(zone)).date()
