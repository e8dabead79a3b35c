"""The figures of a clinic, for everybody who works there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts.domain.targets import ALERTING
from alerts.selectors.watch import LOAD
from analytics.domain import budget
from dashboard.charts.figures import documents
from dashboard.domain.figures import MONITORED_DAYS, MONTHS, Month
from dashboard.reports.export import csv_text
from dashboard.selectors import figures
from dashboard.selectors.diligence import diligence
from dashboard.selectors.export import Cell, Table
from dashboard.selectors.staff import account, clinics_worked_at
from dashboard.web.clinics import worked_at
from dashboard.web.doors import staff_only


#: Days that the page can show, up to today.
RANGES: Final = {"28": LOAD.days, "90": 90, "365": 365}
DEFAULT_RANGE: Final = "90"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which clinic, and which days."""

    clinic: Any
    chosen: str
    first: date
    last: date
    since: datetime
    now: datetime


@require_safe
@never_cache
@staff_only
def figures_page(request: HttpRequest) -> HttpResponseBase:
    """Show how a clinic answers, what its alerts come to, and who writes."""
    asked = _asked(request)
    weeks, months = diligence(asked.clinic, first=asked.first, last=asked.last)
    load = figures.load_of(asked.clinic, since=asked.since, now=asked.now)
    return render(
        request,
        "dashboard/figures.html",
        {
            "asked": asked,
            "clinics": clinics_worked_at(account(request.user)),
            "ranges": list(RANGES),
            "intervals": figures.intervals(
                asked.clinic, since=asked.since, now=asked.now
            ),
            "load": load,
            "loads": figures.rule_loads(asked.clinic, load, since=asked.since),
            "budget": budget,
            "caseload": _weekly(asked),
            "tiers": ALERTING,
            "weeks": weeks,
            "months": months,
            "month_kinds": [name for name, *_ in MONTHS],
            "monitored_days": MONITORED_DAYS,
        },
    )


@require_safe
@never_cache
@staff_only
def charts_json(request: HttpRequest) -> HttpResponseBase:
    """Return the charts of the page as Vega-Lite documents."""
    asked = _asked(request)
    weeks, months = diligence(asked.clinic, first=asked.first, last=asked.last)
    load = figures.load_of(asked.clinic, since=asked.since, now=asked.now)
    drawn = documents(
        figures.intervals(asked.clinic, since=asked.since, now=asked.now),
        figures.rule_loads(asked.clinic, load, since=asked.since),
        figures.caseload(asked.clinic, first=asked.first, last=asked.last),
        weeks,
        months,
    )
    return JsonResponse({"charts": drawn})


@require_safe
@never_cache
@staff_only
def months_csv(request: HttpRequest) -> HttpResponseBase:
    """Return the months as CSV: counts of patients, nobody's name."""
    asked = _asked(request)
    _, months = diligence(asked.clinic, first=asked.first, last=asked.last)
    name = f"monitoring-{asked.last:%Y-%m-%d}.csv"
    return HttpResponse(
        csv_text(_as_table(months)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _as_table(months: list[Month]) -> Table:
    kinds = [name for name, *_ in MONTHS]
    rows: list[list[Cell]] = [
        [f"{month.starts:%Y-%m}", *(month.patients[name] for name in kinds)]
        for month in months
    ]
    head = ("month", *(f"patients with {name}" for name in kinds))
    return Table(name="monitoring", head=head, rows=iter(rows))


def _asked(request: HttpRequest) -> Asked:
    """Read the address: a clinic of one's own; a range, else 90 days."""
    clinic = worked_at(request)
    chosen = request.GET.get("range", "")
    chosen = chosen if chosen in RANGES else DEFAULT_RANGE
    now = timezone.now()
    last = now.astimezone(ZoneInfo(clinic.timezone)).date()
    span = timedelta(days=RANGES[chosen])
    return Asked(
        clinic=clinic,
        chosen=chosen,
        first=last - span + timedelta(days=1),
        last=last,
        since=now - span,
        now=now,
    )


def _weekly(asked: Asked) -> list[tuple[date, dict[str, int]]]:
    """Return the caseload of the last day of each week, for the table."""
    days = figures.caseload(asked.clinic, first=asked.first, last=asked.last)
    return [
        (day, counts) for day, counts in days if day.weekday() == 6 or day == asked.last
    ]
