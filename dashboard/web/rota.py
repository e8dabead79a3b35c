"""Who is on call: the page where administrators decide, and clinicians swap duties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.errors import ClinicReachesNobody, PolicyInvalid
from alerts.selectors import on_call
from alerts.services import covering
from alerts.services import on_call as deciding
from dashboard.domain.sentences import retold
from dashboard.selectors.rota import (
    Rota,
    gone_from_policy,
    own_cover,
    policy_in_force,
    rota_page,
)
from dashboard.selectors.staff import account, clinics_worked_at
from dashboard.web.clinics import worked_at
from dashboard.web.doors import staff_only
from dashboard.web.on_call_forms import (
    CoverForm,
    HolidayForm,
    PolicyForm,
    ShiftForm,
    SwapForm,
    of_policy,
)


#: What an administrator adds and removes; a clinician only covers of own duties.
KINDS: Final = ("shifts", "covers", "holidays")
POLICY: Final = "policy"
SWAPS: Final = "swaps"


@require_safe
@staff_only
def on_call_page(request: HttpRequest) -> HttpResponseBase:
    """Show what the clinic has decided, and the forms to change it."""
    rota = rota_page(account(request.user), worked_at(request), now=timezone.now())
    return _page(request, rota)


@require_POST
@staff_only
def add(request: HttpRequest, what: str) -> HttpResponseBase:
    """Add a shift, a cover or a holiday, or replace the policy of a team."""
    now = timezone.now()
    rota = rota_page(account(request.user), worked_at(request), now=now)
    _check_may(rota, what, adds=True)
    form = _form(request, rota, what)
    if not form.is_valid():
        return _page(request, rota, **{what: form})
    try:
        _safely(request, rota, lambda: _store(rota, what, form, request), now=now)
    except PolicyInvalid as refusal:
        form.add_error(None, retold(refusal.detail))
    except ClinicReachesNobody:
        return _page(request, rota, confirm=what, **{what: form})
    else:
        messages.success(request, _("Saved. It counts from now on."))
        return redirect(_address(request))
    return _page(request, rota, **{what: form})


@require_POST
@staff_only
def remove(request: HttpRequest, what: str, row_id: int) -> HttpResponseBase:
    """Remove a shift, a cover or a holiday."""
    now, user = timezone.now(), account(request.user)
    rota = rota_page(user, worked_at(request), now=now)
    _check_may(rota, what, adds=False)
    if not rota.administers and not own_cover(user, rota.clinic, row_id):
        raise Http404
    try:
        _safely(
            request, rota, lambda: deciding.remove(rota.clinic, what, row_id), now=now
        )
    except ClinicReachesNobody:
        return _page(request, rota, confirm_removal={"kind": what, "row": row_id})
    messages.success(request, _("Removed."))
    return redirect("dashboard:on-call")


def _check_may(rota: Rota, kind: str, *, adds: bool) -> None:
    """What one may not change does not exist."""
    known = (*KINDS, SWAPS, POLICY) if adds else KINDS
    if kind not in known or (kind != "covers" and not rota.administers):
        raise Http404


def _safely(
    request: HttpRequest, rota: Rota, change: Callable[[], object], *, now: datetime
) -> None:
    anyway = "anyway" in request.POST
    covering.change_safely(rota.clinic, change, anyway=anyway, now=now)


def _form(request: HttpRequest, rota: Rota, kind: str) -> Any:
    if kind == "shifts":
        return ShiftForm(rota, request.POST)
    if kind == "covers":
        only = None if rota.administers else account(request.user).pk
        return CoverForm(rota, request.POST, only=only)
    if kind == SWAPS:
        return SwapForm(rota, request.POST)
    return (
        HolidayForm(request.POST)
        if kind == "holidays"
        else PolicyForm(rota, request.POST)
    )


def _store(rota: Rota, kind: str, form: Any, request: HttpRequest) -> None:
    wish = form.cleaned_data
    if kind == "holidays":
        deciding.add_holiday(rota.clinic, **wish)
        return
    if kind == POLICY:
        team = on_call.team_of(rota.clinic, _team_id(request))
        deciding.set_policy(
            rota.clinic, team, steps=form.steps(), fields=form.as_fields()
        )
        return
    team = next(team for team in rota.teams if team.pk == wish["care_team"])
    zone = ZoneInfo(rota.clinic.timezone)
    if kind == "shifts":
        deciding.add_shift(team, fields=form.as_fields())
    elif kind == SWAPS:
        deciding.add_swap(team, duties=form.as_duties(zone))
    else:
        deciding.add_cover(team, fields=form.as_fields(zone))


def _team_id(request: HttpRequest) -> int | None:
    """Return the team whose policy is asked for, None for the rest of the clinic."""
    asked = request.GET.get("policy_of", "")
    return (
        int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    )


def _address(request: HttpRequest) -> str:
    team = _team_id(request)
    return f"/clinic/on-call/?policy_of={team}" if team else "/clinic/on-call/"


def _page(request: HttpRequest, rota: Rota, **filled: Any) -> HttpResponseBase:
    user = account(request.user)
    team = on_call.team_of(rota.clinic, _team_id(request))
    policy = policy_in_force(rota.clinic, team, now=timezone.now())
    gone = gone_from_policy(rota.clinic, team, policy)
    forms: dict[str, Form] = {
        "shifts": ShiftForm(rota),
        "covers": CoverForm(rota, only=None if rota.administers else user.pk),
        SWAPS: SwapForm(rota),
        "holidays": HolidayForm(),
        POLICY: PolicyForm(rota, gone=gone, initial=of_policy(policy)),
    }
    context = {
        "rota": rota,
        "clinics": clinics_worked_at(user),
        "address": reverse("dashboard:on-call"),
        "policy_team": team,
        "me": user.pk,
        "policy_kept": policy,
        "policy_gone": list(gone.values()),
    }
    return render(request, "dashboard/on_call.html", context | forms | filled)
