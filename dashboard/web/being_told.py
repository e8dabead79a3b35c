"""How somebody is told of alerts: where messages go, and their own quiet hours."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alerts.errors import QuietHoursInvalid
from alerts.services.contacts import vapid_public_key
from alerts.services.quiet import forget_quiet_hours, set_quiet_hours
from dashboard.domain import words
from dashboard.selectors.being_told import how_told
from dashboard.selectors.staff import account
from dashboard.web.doors import staff_only
from dashboard.web.on_call_forms import QuietHoursForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def being_told_page(request: HttpRequest) -> HttpResponseBase:
    """Show how messages come, and store the quiet hours that are typed."""
    user = account(request.user)
    told = how_told(user)
    form = QuietHoursForm(request.POST or None, initial=told.hours)
    if request.method == "POST" and form.is_valid():
        try:
            set_quiet_hours(user, **form.cleaned_data)
        except QuietHoursInvalid as refusal:
            form.add_error(None, words.said(refusal.detail))
        else:
            messages.success(request, _("Saved. It counts from now on."))
            return redirect("dashboard:being-told")
    shown = {"told": told, "form": form, "vapid_key": vapid_public_key()}
    return render(request, "dashboard/being_told.html", shown)


@require_POST
@staff_only
def no_quiet_hours(request: HttpRequest) -> HttpResponseBase:
    """Have no quiet hours any more."""
    forget_quiet_hours(account(request.user))
    messages.success(request, _("You have no quiet hours any more."))
    return redirect("dashboard:being-told")
