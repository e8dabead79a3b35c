"""Who else may use a patient's diary: let somebody in, see who is, and end it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.charts.qr import qr_svg
from dashboard.selectors.caregivers import access_of
from dashboard.selectors.staff import account
from dashboard.web.doors import staff_only
from tracker.errors import Conflict, NotFound
from tracker.selectors import access
from tracker.services import caregivers


class CodeForm(forms.Form):
    """What a caregiver may do, and that the patient has said so."""

    may_write = forms.TypedChoiceField(
        label=gettext_lazy("What they may do"),
        coerce=lambda value: value == "write",
        choices=[
            ("read", gettext_lazy("Read along")),
            ("write", gettext_lazy("Read, and write entries")),
        ],
    )
    patient_agreed = forms.BooleanField(
        label=gettext_lazy("The patient has said so"),
        error_messages={"required": gettext_lazy("Ask the patient first.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def caregivers_page(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Show who may use the diary; or make a code and show it this one time."""
    patient = access.visible_patient(request.user, patient_id)
    if request.method != "POST":
        return _page(request, patient, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, patient, form)
    try:
        invitation, code = caregivers.invite_caregiver(
            patient.pk,
            may_write=form.cleaned_data["may_write"],
            by=account(request.user),
            now=timezone.now(),
        )
    except Conflict:
        form.add_error(
            None,
            _("Too many codes wait to be used. Cancel one; they end after 7 days."),
        )
        return _page(request, patient, form)
    shown = {"new_code": code, "new_qr": qr_svg(code), "invitation": invitation}
    return _page(request, patient, CodeForm(), **shown)


@require_POST
@staff_only
def end(request: HttpRequest, patient_id: UUID, caregiver_id: int) -> HttpResponseBase:
    """End at once what a caregiver may do."""
    patient = access.visible_patient(request.user, patient_id)
    try:
        caregivers.revoke(
            patient.pk, caregiver_id, by=account(request.user), now=timezone.now()
        )
    except NotFound:
        messages.warning(request, _("Nothing was changed: it had ended already."))
    else:
        messages.success(request, _("Ended. They see nothing of this diary any more."))
    return redirect("dashboard:caregivers", patient_id=patient_id)


@require_POST
@staff_only
def cancel(request: HttpRequest, patient_id: UUID, code_id: int) -> HttpResponseBase:
    """Make a code that nobody has redeemed worth nothing."""
    patient = access.visible_patient(request.user, patient_id)
    try:
        caregivers.cancel_code(
            patient.pk, code_id, by=account(request.user), now=timezone.now()
        )
    except NotFound:
        messages.warning(
            request,
            _("Nothing was changed: the code was used, cancelled or has ended."),
        )
    else:
        messages.success(request, _("The code is cancelled: it opens nothing."))
    return redirect("dashboard:caregivers", patient_id=patient_id)


def _page(
    request: HttpRequest, patient: Any, form: CodeForm, **more: Any
) -> HttpResponseBase:
    found = access_of(patient, now=timezone.now())
    context = {"patient": patient, "access": found, "form": form, **more}
    return render(request, "dashboard/caregivers.html", context)
