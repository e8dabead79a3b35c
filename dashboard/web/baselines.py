"""What is usual for a leg: accepted by a clinician, withdrawn, or not decided now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.selectors import baselines
from dashboard.selectors import recording as selectors
from dashboard.selectors.staff import account
from dashboard.services import proposals
from dashboard.web import recording
from dashboard.web.doors import staff_only
from dashboard.web.record_forms import BASELINE, WITHDRAWAL, Filled
from tracker.errors import InvalidFields
from tracker.services import clinical


#: What an address may fill in for a clinician, who still has to save it.
SUGGESTED: Final = ("side", "signal", "value", "from_day", "why")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def accept(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Show the form, perhaps filled with a proposal, or accept what it says."""
    patient = recording.treated(request, patient_id)
    episode = selectors.open_episode(patient)
    if episode is None:
        messages.info(request, _("Begin an episode of care first: it belongs to one."))
        return redirect("dashboard:record", patient_id=patient_id, kind="episode")
    standing = baselines.standing(patient)
    if request.method != "POST":
        asked = {name: request.GET.get(name, "")[:500] for name in SUGGESTED}
        first = {
            **asked,
            "from_day": asked["from_day"] or _today(patient).isoformat(),
            "form_id": str(uuid4()),
            "version": _version(standing),
        }
        return recording.show(request, patient, BASELINE, Filled(typed=first))

    def store(fields: dict[str, Any]) -> object:
        return clinical.record(
            episode,
            "baselines",
            fields={**fields, "seen": _seen(request, fields)},
            by=account(request.user),
            record_id=recording.form_id(request),
        )

    def seen_now(row: Any) -> bool:
        return (row.side, row.signal) == tuple(
            request.POST.get(name) for name in ("side", "signal")
        )

    stands = {"version": _version(standing)}
    for row in filter(seen_now, standing):
        stands |= selectors.shown_as_typed(row, ("value", "from_day", "why"))
    return recording.take(request, patient, BASELINE, store, stands=stands)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def withdraw(
    request: HttpRequest, patient_id: UUID, baseline_id: UUID
) -> HttpResponseBase:
    """Ask why, and withdraw."""
    patient = recording.treated(request, patient_id)
    baseline = selectors.baseline_of(patient, baseline_id)
    if request.method != "POST":
        return recording.show(request, patient, WITHDRAWAL, Filled(typed={}))

    def store(fields: dict[str, Any]) -> object:
        by, now = account(request.user), timezone.now()
        return clinical.withdraw_baseline(baseline, why=fields["why"], by=by, now=now)

    return recording.take(request, patient, WITHDRAWAL, store)


@require_POST
@staff_only
def not_now(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Ask nobody about a proposal for a while."""
    patient = recording.treated(request, patient_id)
    side, signal = (request.POST.get(name, "") for name in ("side", "signal"))
    by, today = account(request.user), _today(patient)
    try:
        proposals.put_off(patient, side=side, signal=signal, by=by, today=today)
    except InvalidFields as refusal:
        messages.error(request, refusal.detail)
    else:
        said = _("Not now: it is proposed again in four weeks, if the level stays.")
        messages.success(request, said)
    return redirect("dashboard:patient", patient_id=patient_id)


def _version(standing: Iterable[Any]) -> str:
    """Return what a form says to have seen: all that stood when it was opened."""
    return ",".join(f"{row.side}:{row.signal}:{row.pk}" for row in standing)


def _seen(request: HttpRequest, fields: dict[str, Any]) -> UUID | None:
    """Return which baseline of the leg and signal the form has seen."""
    wanted = f"{fields['side']}:{fields['signal']}:"
    for each in request.POST.get("version", "").split(","):
        if each.startswith(wanted):
            try:
                return UUID(each.removeprefix(wanted))
            except ValueError:
                return None
    return None


def _today(patient: Any) -> Any:
    return timezone.now().astimezone(ZoneInfo(patient.timezone)).date()
