"""The numbers of the rules: administrators read them, and choose within limits."""

from __future__ import annotations

from typing import Any

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
from analytics.services.overriding import override_rule
from dashboard.selectors import clinic as clinics
from dashboard.selectors import rules
from dashboard.selectors.staff import account
from dashboard.web.doors import staff_only
from dashboard.web.rule_forms import NumberForm
from tracker.errors import Conflict


@require_safe
@staff_only
def rules_page(request: HttpRequest) -> HttpResponseBase:
    """Show every number that the clinic may choose, and what it chose."""
    clinic = clinics.administered_clinic(request.user)
    context = {
        "clinic": clinic,
        "rules": rules.chosen_rules(clinic, now=timezone.now()),
        "fixed": rules.fixed_rules(),
    }
    return render(request, "dashboard/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def number(request: HttpRequest, rule_id: str, setting: str) -> HttpResponseBase:
    """Show one number and who chose it when, or choose it."""
    clinic = clinics.administered_clinic(request.user)
    stands = rules.number_of(clinic, rule_id, setting, now=timezone.now())
    if request.method != "POST":
        return _page(request, clinic, stands, NumberForm(stands))
    form = NumberForm(stands, request.POST)
    if not form.is_valid():
        return _page(request, clinic, stands, form)
    try:
        override_rule(
            clinic=clinic,
            choice=(rule_id, setting, form.value()),
            why=form.cleaned_data["why"],
            by=account(request.user),
            now=timezone.now(),
            seen=form.cleaned_data["seen"],
        )
    except RulesInvalid as refusal:
        form.add_error(None, refusal.detail)
    except Conflict:
        return _page(request, clinic, stands, form.after(stands), faster=True)
    else:
        messages.success(request, _("Saved. The next analysis uses it."))
        return redirect("dashboard:rules")
    return _page(request, clinic, stands, form)


def _page(
    request: HttpRequest,
    clinic: Any,
    stands: SettingInForce,
    form: NumberForm,
    **more: Any,
) -> HttpResponseBase:
    context = {
        "clinic": clinic,
        "number": stands,
        "form": form,
        "choices": rules.choices_of(clinic, stands),
    }
    return render(request, "dashboard/rule_number.html", context | more)
