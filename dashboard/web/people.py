"""People and care teams of a clinic: come, change, go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from alerts.errors import ClinicReachesNobody
from alerts.selectors.leavers import left_duties
from alerts.services import covering
from dashboard.domain import words
from dashboard.domain.sentences import retold
from dashboard.selectors import clinic as clinics
from dashboard.selectors.alerts import person
from dashboard.selectors.people import members_of, open_offers, unreachable_members
from dashboard.selectors.staff import account
from dashboard.web.clinics import administered
from dashboard.web.doors import staff_only
from dashboard.web.joining import mail_offer
from tracker.domain.roles import STAFF_ROLES
from tracker.errors import Conflict, InvalidInput
from tracker.selectors import access
from tracker.services import enrolment, joining, staffing


class MemberForm(forms.Form):
    """Who comes, and as what."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=staffing.NAME_MAX)
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(role, words.said_later(role)) for role in STAFF_ROLES],
    )


@require_safe
@staff_only
def people_page(request: HttpRequest) -> HttpResponseBase:
    """Show who works at the clinic, and in which care teams."""
    return _page(request, MemberForm())


@require_POST
@staff_only
def add(request: HttpRequest) -> HttpResponseBase:
    """Give somebody a role, or ask them first; either way a mail tells how it goes on."""
    clinic = administered(request)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    added = staffing.add_member(
        clinic, **form.cleaned_data, by=account(request.user), now=timezone.now()
    )
    if added.offer:
        mail_offer(request, added.offer)
        messages.success(
            request,
            _("%(email)s has an account already, and is asked by mail.")
            % {"email": added.offer.user.email},
        )
    elif added.membership:
        _welcome(request, added.membership, is_new=added.is_new)
    return redirect("dashboard:people")


@require_POST
@staff_only
def take_back_offer(request: HttpRequest, offer_id: int) -> HttpResponseBase:
    """Ask somebody no longer who has not answered."""
    clinic = administered(request)
    joining.take_back(clinic, offer_id)
    messages.success(request, _("They are not asked any more."))
    return redirect("dashboard:people")


@require_POST
@staff_only
def remove(request: HttpRequest, membership_id: int) -> HttpResponseBase:
    """Take a role away; what they had taken on for patients is open again."""
    clinic = administered(request)
    done = _done(
        request,
        lambda: staffing.end_membership(clinic, membership_id, now=timezone.now()),
        said=_("Removed. What they had taken on is open again."),
    )
    _look_at_rota(request, clinic)
    return done


@require_POST
@staff_only
def set_teams(request: HttpRequest, membership_id: int) -> HttpResponseBase:
    """Let somebody belong to the ticked care teams."""
    clinic = administered(request)
    ticked = [int(each) for each in request.POST.getlist("team") if each.isdecimal()]
    done = _done(
        request,
        lambda: staffing.set_teams(clinic, membership_id, ticked, now=timezone.now()),
        said=_("Saved."),
    )
    _look_at_rota(request, clinic)
    return done


@require_POST
@staff_only
def name_team(request: HttpRequest, team_id: int | None = None) -> HttpResponseBase:
    """Make a care team, or give one another name."""
    clinic = administered(request)
    name = request.POST.get("name", "")
    return _done(
        request,
        lambda: staffing.name_team(clinic, name, team_id),
        said=_("Saved."),
    )


@require_POST
@staff_only
def give_team(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Let another care team look after a patient."""
    patient = access.visible_patient(request.user, patient_id)
    clinics.administered_clinic(request.user, patient.clinic_id)
    wanted = request.POST.get("team", "")
    team_id = int(wanted) if wanted.isdecimal() and len(wanted) < 10 else None
    staffing.give_team(patient, team_id, now=timezone.now())
    messages.success(request, _("Saved. Open alerts go on with the new care team."))
    return redirect("dashboard:patient", patient_id=patient_id)


@require_POST
@staff_only
def cancel_invitation(request: HttpRequest, invitation_id: int) -> HttpResponseBase:
    """Let an open invitation end."""
    clinic = administered(request)
    enrolment.cancel_invitation(clinic, invitation_id, now=timezone.now())
    messages.success(request, _("The invitation is cancelled: its code opens nothing."))
    return redirect("dashboard:clinic")


def _done(
    request: HttpRequest, change: Callable[[], object], *, said: str
) -> HttpResponseBase:
    try:
        change()
    except (Conflict, InvalidInput) as refusal:
        messages.warning(request, retold(refusal.detail))
    else:
        messages.success(request, said)
    return redirect("dashboard:people")


def _look_at_rota(request: HttpRequest, clinic: Any) -> None:
    """Say at once what whoever has left leaves behind in the rota."""
    now = timezone.now()
    if left_duties(clinic, now=now):
        messages.warning(
            request,
            _("The rota still names people who have left. See On call."),
        )
    if covering.check(clinic, now=now).nobody_hours:
        messages.warning(request, words.said(ClinicReachesNobody.title))


def _welcome(request: HttpRequest, member: Any, *, is_new: bool) -> None:
    said = _("%(name)s is %(role)s now.")
    if is_new:
        _ask_for_password(request, member.user.email)
        said = _("%(name)s is %(role)s now, and gets a mail to choose a password.")
    messages.success(
        request, said % {"name": person(member.user), "role": words.plain(member.role)}
    )


def _ask_for_password(request: HttpRequest, email: str) -> None:
    form = ResetPasswordForm(data={"email": email})
    if form.is_valid():
        form.save(request)


def _page(request: HttpRequest, form: MemberForm) -> HttpResponseBase:
    clinic = administered(request)
    context: dict[str, Any] = {
        "clinic": clinic,
        "members": members_of(clinic),
        "unreachable": unreachable_members(clinic),
        "teams": clinics.teams_of(clinic),
        "offers": open_offers(clinic, now=timezone.now()),
        "me": account(request.user).pk,
        "form": form,
    }
    return render(request, "dashboard/people.html", context)
