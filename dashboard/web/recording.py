"""Writing into a patient's record: examinations, studies, treatments, messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboard.selectors import recording as selectors
from dashboard.selectors.staff import account
from dashboard.web import record_forms
from dashboard.web.doors import is_htmx, staff_only
from dashboard.web.record_forms import KINDS, TREATMENT_CHANGE, Filled, Kind, Typed
from tracker.errors import (
    Conflict,
    EmergencyUnanswered,
    InvalidFields,
    NotAClinician,
)
from tracker.selectors import access
from tracker.services import clinical


FASTER: Final = _(
    "Not saved: a colleague changed this while you were writing. What you typed is "
    "still here, and beside it what stands now. Save again to replace it."
)
MISSING: Final = _("Not saved yet: some fields need another look.")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def record(request: HttpRequest, patient_id: UUID, kind: str) -> HttpResponseBase:
    """Show or take a form; what belongs to an episode asks for one first."""
    patient = treated(request, patient_id)
    if kind not in KINDS:
        raise Http404
    episode = selectors.open_episode(patient)
    if kind == "episode" and episode:
        return _change(request, patient, KINDS[kind], episode, clinical.change_episode)
    if KINDS[kind].records and episode is None:
        messages.info(request, _("Begin an episode of care first: it belongs to one."))
        return redirect("dashboard:record", patient_id=patient_id, kind="episode")
    if request.method != "POST":
        first = {**_today(patient), "form_id": str(uuid4())}
        return show(request, patient, KINDS[kind], Filled(typed=first))

    def store(fields: dict[str, Any]) -> object:
        by, brought = account(request.user), form_id(request)
        if kind == "message":
            text, now = fields["text"], timezone.now()
            return clinical.send_message(
                patient, text=text, by=by, now=now, record_id=brought
            )
        if episode is None:
            return clinical.open_episode(patient, fields=fields, record_id=brought)
        return clinical.record(
            episode, KINDS[kind].records, fields=fields, by=by, record_id=brought
        )

    return take(request, patient, KINDS[kind], store)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def treatment(
    request: HttpRequest, patient_id: UUID, treatment_id: UUID
) -> HttpResponseBase:
    """Change a treatment, mostly to say when it ended."""
    patient = treated(request, patient_id)
    row = selectors.treatment_of(patient, treatment_id)
    return _change(request, patient, TREATMENT_CHANGE, row, clinical.change_treatment)


def treated(request: HttpRequest, patient_id: UUID) -> Any:
    """Return a patient in whose record the account may write."""
    try:
        return access.treated_patient(request.user, patient_id)
    except NotAClinician as refusal:
        raise PermissionDenied from refusal


def _change(
    request: HttpRequest,
    patient: Any,
    kind: Kind,
    row: Any,
    change: Callable[..., object],
) -> HttpResponseBase:
    """Show a record as it stands, or change it unless somebody was faster."""
    names = clinical.CHANGEABLE[type(row)]
    stands = selectors.shown_as_typed(row, names)
    version = clinical.version_of(row)
    if request.method != "POST":
        filled = Filled(typed={**stands, "version": version})
        return show(request, patient, kind, filled)

    def store(fields: dict[str, Any]) -> object:
        seen = request.POST.get("version", "")
        return change(row, fields=fields, version=seen)

    return take(
        request,
        patient,
        kind,
        store,
        stands={**stands, "version": version},
        changing=True,
    )


def take(
    request: HttpRequest,
    patient: Any,
    kind: Kind,
    store: Callable[[dict[str, Any]], object],
    *,
    stands: Typed | None = None,
    changing: bool = False,
) -> HttpResponseBase:
    """Store what was sent and go back to the patient, or return the form as typed."""
    typed = {name: str(value) for name, value in request.POST.items()}
    form = kind.form(data=record_forms.sent(kind, typed, changing=changing))
    if not form.is_valid():
        filled = Filled(typed=typed, errors=form.errors, said=MISSING)
        return show(request, patient, kind, filled)
    try:
        store(form.validated_data)
    except InvalidFields as refusal:
        filled = Filled(typed=typed, errors=refusal.errors, said=MISSING)
    except EmergencyUnanswered as refusal:
        filled = Filled(typed=typed, said=refusal.title)
    except Conflict:
        newest = {**typed, "version": (stands or {}).get("version", "")}
        filled = Filled(typed=newest, stands=stands, said=FASTER)
    else:
        return _saved(request, patient, kind)
    return show(request, patient, kind, filled)


def _saved(request: HttpRequest, patient: Any, kind: Kind) -> HttpResponseBase:
    messages.success(request, kind.done)
    back = reverse("dashboard:patient", args=[patient.pk])
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": back})
    return redirect(back)


def show(
    request: HttpRequest, patient: Any, kind: Kind, filled: Filled
) -> HttpResponseBase:
    """Return a form with what was typed into it."""
    context = {
        "patient": patient,
        "kind": kind,
        "fields": record_forms.fields(kind, filled),
        "said": filled.said,
        "form_id": filled.typed.get("form_id", ""),
        "version": filled.typed.get("version", ""),
        **record_forms.exam_grid(kind, filled),
    }
    return render(request, "dashboard/record.html", context)


def _today(patient: Any) -> dict[str, str]:
    today = timezone.now().astimezone(ZoneInfo(patient.clinic.timezone)).date()
    names = ("examined_on", "performed_on", "recorded_on", "started_on")
    return {name: today.isoformat() for name in names}


def form_id(request: HttpRequest) -> UUID | None:
    """Return the id that the form brought; without one each sending is a new record."""
    try:
        return UUID(request.POST.get("form_id", ""))
    except ValueError:
        return None
