"""The numbers of the rules: administrators read them, and choose within limits."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from analytics.domain.rules import RulesInvalid
from analytics.selectors.overrides import SettingInForce
from analytics.selectors.trials import running_trial
from analytics.services.hints import hint_trial
from analytics.services.overriding import override_rule
from analytics.services.trials import begin_trial, cancel_trial
from dashboard.selectors import rules
from dashboard.selectors.staff import account
from dashboard.web.clinics import administered, remember
from dashboard.web.doors import is_htmx, staff_only
from dashboard.web.rule_forms import NumberForm, RuleFilter, TrialForm
from tracker.errors import Conflict


#: What an address may carry into the form as a value. Unit: characters.
LONGEST_VALUE: Final = 20


@require_safe
@staff_only
def rules_page(request: HttpRequest) -> HttpResponseBase:
    """Show every number that the clinic may choose, and what it chose."""
    clinic = administered(request)
    context = {
        "clinic": clinic,
        **RuleFilter(request.GET).apply(rules.chosen_rules(clinic, now=timezone.now())),
        "fixed": rules.fixed_rules(),
    }
    return render(request, "dashboard/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def number(request: HttpRequest, rule_id: str, setting: str) -> HttpResponseBase:
    """Show one number and who chose it when, or choose it."""
    clinic = administered(request)
    stands = rules.number_of(clinic, rule_id, setting, now=timezone.now())
    if request.method != "POST":
        wanted = request.GET.get("value", "")[:LONGEST_VALUE]
        return _page(request, clinic, stands, NumberForm(stands, wanted=wanted))
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


@require_POST
@never_cache
@staff_only
def try_number(request: HttpRequest, rule_id: str, setting: str) -> HttpResponseBase:
    """Ask for the trial of a value on the clinic's own diaries."""
    clinic = administered(request)
    now = timezone.now()
    stands = rules.number_of(clinic, rule_id, setting, now=now)
    form = TrialForm(stands, request.POST)
    if form.is_valid():
        try:
            trial = begin_trial(
                clinic,
                choice=(rule_id, setting, form.cleaned_data["value"]),
                window_days=form.cleaned_data["window"],
                by=account(request.user),
                now=now,
            )
        except RulesInvalid as refusal:
            form.add_error(None, refusal.detail)
        except Conflict:
            form.add_error(None, _("Another trial is under way; wait for its end."))
        else:
            hint_trial(trial.pk)
            return redirect("dashboard:trial", trial_id=trial.pk)
    return _page(request, clinic, stands, NumberForm(stands), trial_form=form)


@require_safe
@never_cache
@staff_only
def trial_page(request: HttpRequest, trial_id: int) -> HttpResponseBase:
    """Show how far a trial has come, and what came of it; htmx asks for the part."""
    clinic = rules.clinic_of_trial(request.user, trial_id)
    remember(request, clinic)
    result = rules.trial_result(clinic, trial_id, now=timezone.now())
    part = "dashboard/parts/trial.html"
    template = part if is_htmx(request) else "dashboard/rule_trial.html"
    return render(request, template, {"clinic": clinic, "result": result})


@require_POST
@staff_only
def stop_trial(request: HttpRequest, trial_id: int) -> HttpResponseBase:
    """End a trial early."""
    clinic = rules.clinic_of_trial(request.user, trial_id)
    now = timezone.now()
    cancel_trial(rules.trial_result(clinic, trial_id, now=now).trial, now)
    return redirect("dashboard:trial", trial_id=trial_id)


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
        "trial_form": TrialForm(stands),
        "choices": rules.choices_of(clinic, stands),
        "trials": rules.trials_of(clinic, stands),
        "running": running_trial(clinic),
    }
    return render(request, "dashboard/rule_number.html", context | more)
