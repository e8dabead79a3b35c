"""The numbers of the rules for one patient: their clinicians choose them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from analytics.domain.rules import RulesInvalid
from analytics.selectors.overrides import SettingInForce
from analytics.services.overriding import override_for_patient
from dashboard.selectors import rules
from dashboard.selectors.staff import account
from dashboard.web import recording
from dashboard.web.doors import staff_only
from dashboard.web.rule_forms import OwnNumberForm, RuleFilter
from tracker.errors import Conflict


@require_safe
@never_cache
@staff_only
def rules_page(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Show every number that may be chosen for the patient, and what was."""
    patient = recording.treated(request, patient_id)
    found = rules.own_rules(patient, now=timezone.now())
    context = {
        "patient": patient,
        "clinic": patient.clinic,
        **RuleFilter(request.GET).apply(found),
    }
    return render(request, "dashboard/own_rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def number(
    request: HttpRequest, patient_id: UUID, rule_id: str, setting: str
) -> HttpResponseBase:
    """Show one number and who chose it when, or choose it until a day."""
    patient = recording.treated(request, patient_id)
    now = timezone.now()
    stands = rules.own_number_of(patient, rule_id, setting, now=now)
    choices = rules.own_choices_of(patient, stands)
    seen = choices[0].pk if choices else 0
    page = {"patient": patient, "stands": stands, "choices": choices}
    if request.method != "POST":
        return _page(request, page, OwnNumberForm(stands, seen=seen))
    form = OwnNumberForm(stands, request.POST, seen=seen)
    if not form.is_valid():
        return _page(request, page, form)
    try:
        override_for_patient(
            patient,
            number=form.chosen(stands),
            why=form.cleaned_data["why"],
            by=account(request.user),
            now=now,
            seen=form.cleaned_data["seen"],
        )
    except RulesInvalid as refusal:
        form.add_error(None, refusal.detail)
        return _page(request, page, form)
    except Conflict:
        again = form.after_colleague(stands, seen=seen)
        return _page(request, page, again, faster=True)
    messages.success(request, _("Saved. The next analysis uses it."))
    return redirect("dashboard:own-rules", patient_id=patient_id)


def _page(
    request: HttpRequest, page: dict[str, Any], form: OwnNumberForm, **more: Any
) -> HttpResponseBase:
    stands: SettingInForce = page["stands"]
    context = {
        "patient": page["patient"],
        "clinic": page["patient"].clinic,
        "number": stands,
        "choices": page["choices"],
        "form": form,
    }
    return render(request, "dashboard/own_number.html", context | more)
