"""What leaves the screen: the sheets of a patient and the diary as files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.reports import export
from dashboard.reports.referral import referral
from dashboard.reports.visit import before_visit
from dashboard.selectors.alerts import person
from dashboard.selectors.export import Table, tables
from dashboard.selectors.staff import account
from dashboard.web.doors import staff_only
from tracker.errors import DiarySealed
from tracker.selectors import access


_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@never_cache
@staff_only
def referral_pdf(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Return the one-page summary; a sealed diary sends back to the page."""
    return _sheet(request, patient_id, referral, name="referral")


@require_safe
@never_cache
@staff_only
def visit_pdf(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Return the sheet for a visit; a sealed diary sends back to the page."""
    return _sheet(request, patient_id, before_visit, name="visit")


@require_safe
@never_cache
@staff_only
def diary_csv(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Return the diary as a ZIP of CSV files."""
    return _diary(
        request, patient_id, export.csv_files, kind="application/zip", ending="csv.zip"
    )


@require_safe
@never_cache
@staff_only
def diary_xlsx(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Return the diary as an Excel workbook."""
    return _diary(request, patient_id, export.workbook, kind=_XLSX, ending="xlsx")


def _sheet(
    request: HttpRequest, patient_id: UUID, made: Callable[..., bytes], *, name: str
) -> HttpResponseBase:
    now = timezone.now()
    try:
        patient = access.patient_with_open_diary(request.user, patient_id)
    except DiarySealed:
        return redirect("dashboard:patient", patient_id=patient_id)
    content = made(patient, by=person(account(request.user)), now=now)
    return _file(content, "application/pdf", f"{name}-{now:%Y-%m-%d}.pdf", shown=True)


def _diary(
    request: HttpRequest,
    patient_id: UUID,
    pack: Callable[[list[Table]], bytes],
    *,
    kind: str,
    ending: str,
) -> HttpResponseBase:
    try:
        patient = access.patient_with_open_diary(request.user, patient_id)
    except DiarySealed:
        return redirect("dashboard:patient", patient_id=patient_id)
    name = f"diary-{timezone.now():%Y-%m-%d}.{ending}"
    return _file(pack(tables(patient)), kind, name)


def _file(made: bytes, kind: str, name: str, *, shown: bool = False) -> HttpResponse:
    """Return a file; its name tells nothing of the patient."""
    place = "inline" if shown else "attachment"
    return HttpResponse(
        made,
        content_type=kind,
        headers={"Content-Disposition": f'{place}; filename="{name}"'},
    )
