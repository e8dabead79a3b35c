"""Saving a view of the worklist, and removing one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard.domain import worklist_filter
from dashboard.errors import SavedViewRefused
from dashboard.selectors.staff import account
from dashboard.services import saved_views
from dashboard.web.doors import staff_only


@require_POST
@staff_only
def save(request: HttpRequest) -> HttpResponseBase:
    """Keep the filter that is shown under a name."""
    chosen = worklist_filter.read(QueryDict(request.POST.get("shown", "")))
    try:
        view = saved_views.save_view(
            account(request.user), request.POST.get("name", ""), chosen
        )
    except SavedViewRefused as refusal:
        messages.warning(request, refusal.detail)
        return redirect(f"{reverse('dashboard:home')}?{chosen.query}")
    messages.success(request, _("The view “%s” is saved.") % view.name)
    return redirect(f"{reverse('dashboard:home')}?{view.query}")


@require_POST
@staff_only
def forget(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Remove a view."""
    saved_views.forget_view(account(request.user), view_id)
    return redirect("dashboard:home")
