"""Acknowledge, hand over and resolve; whoever comes second is told who was first."""

from __future__ import annotations

from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from alerts.errors import HandOverRefused
from alerts.services import answering, assigning, calling_back, noting
from dashboard.domain.sentences import retold
from dashboard.selectors.alerts import AlertRow, person, visible_row
from dashboard.selectors.staff import account, team_beside
from dashboard.web.doors import is_htmx, staff_only
from dashboard.web.forms import HandOverForm, NoteForm, ResolveForm, SnoozeForm
from dashboard.web.home import worklist_context
from dashboard.web.patient import alerts_context
from tracker.errors import Conflict, InvalidInput, NotAClinician


NOT_YOURS: Final = gettext_lazy(
    "Nothing was changed: only a clinician of the care team can answer."
)


@require_POST
@staff_only
def acknowledge(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """Take an alert; if a colleague was faster, say so."""
    now = timezone.now()
    row = visible_row(request.user, alert_id, now=now)
    said = _("You have acknowledged the alert of %s.") % row.patient.name
    try:
        answering.acknowledge(alert_id, by=account(request.user), now=now)
    except Conflict:
        said = _who_has_it(visible_row(request.user, alert_id, now=now))
    except NotAClinician:
        said = str(NOT_YOURS)
    return _answer(request, row, said=said)


@require_POST
@staff_only
def resolve(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """Close an alert with an outcome; a refused form keeps what was typed."""
    now = timezone.now()
    row = visible_row(request.user, alert_id, now=now)
    form = ResolveForm(request.POST, outcomes=row.outcomes)
    if not form.is_valid():
        said = _("Not resolved yet: choose what came of it.")
        return _answer(request, row, said=said, refused=form)
    said, typed = _("You have resolved the alert of %s.") % row.patient.name, None
    try:
        answering.resolve(
            alert_id,
            by=account(request.user),
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["note"],
            now=now,
        )
    except Conflict:
        said, typed = _who_has_it(visible_row(request.user, alert_id, now=now)), form
    except NotAClinician:
        said, typed = str(NOT_YOURS), form
    except InvalidInput as refusal:
        return _answer(request, row, said=retold(refusal.detail), refused=form)
    return _answer(request, row, said=said, typed=typed)


@require_POST
@staff_only
def hand_over(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """Ask a colleague of the care team to take an alert that one has looked at."""
    now, by = timezone.now(), account(request.user)
    row = visible_row(by, alert_id, now=now)
    names = {each.pk: person(each) for each in team_beside(by, row.patient)}
    form = HandOverForm(request.POST, colleagues=names.items())
    if not form.is_valid():
        return _answer(request, row, said=_("Not handed over: choose a colleague."))
    to, seen = form.cleaned_data["to"], form.cleaned_data["seen"]
    said = _("%(name)s is asked to take the alert of %(patient)s, and is being told.")
    said %= {"name": names[to], "patient": row.patient.name}
    try:
        assigning.hand_over(alert_id, to=to, by=by, seen=seen, now=now)
    except HandOverRefused:
        said = _("Not handed over: %s cannot be told, or has left the care team.")
        said %= names[to]
    except Conflict:
        said = _who_has_it(visible_row(by, alert_id, now=now))
    except NotAClinician:
        said = str(NOT_YOURS)
    return _answer(request, row, said=said)


@require_POST
@staff_only
def snooze(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """Let an alert wait; the time is that of the clinic's clock."""
    now = timezone.now()
    row = visible_row(request.user, alert_id, now=now)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        said = _("Not snoozed: say until when, and why.")
        return _answer(request, row, said=said, typed=form)
    zone = ZoneInfo(row.patient.clinic.timezone)
    wish = form.cleaned_data
    sleep = answering.Sleep(
        until=wish["until"].replace(tzinfo=zone),
        reason=wish["reason"],
        note=wish["note"],
    )
    said, typed = _("You have snoozed the alert of %s.") % row.patient.name, None
    try:
        answering.snooze(alert_id, sleep, by=account(request.user), now=now)
    except Conflict:
        said, typed = _who_has_it(visible_row(request.user, alert_id, now=now)), form
    except NotAClinician:
        said, typed = str(NOT_YOURS), form
    except InvalidInput as refusal:
        said, typed = f"{_('Not snoozed.')} {retold(refusal.detail)}", form
    return _answer(request, row, said=said, typed=typed)


@require_POST
@staff_only
def write_note(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """Write down what was seen or tried; the alert keeps its state."""
    now = timezone.now()
    row = visible_row(request.user, alert_id, now=now)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _answer(request, row, said=_("Not written down."), typed=form)
    said, typed = _("Your note was written down."), None
    try:
        noting.write(
            alert_id,
            by=account(request.user),
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["note"],
            now=now,
        )
    except NotAClinician:
        said, typed = str(NOT_YOURS), form
    except InvalidInput as refusal:
        said = f"{_('Not written down.')} {retold(refusal.detail)}"
        typed = form
    return _answer(request, row, said=said, typed=typed)


@require_POST
@staff_only
def called_back(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """Note that the patient, who asked for it, was called."""
    now = timezone.now()
    row = visible_row(request.user, alert_id, now=now)
    said = _("Noted: %s was called back.") % row.patient.name
    try:
        calling_back.called(alert_id, by=account(request.user), now=now)
    except NotAClinician:
        said = str(NOT_YOURS)
    return _answer(request, row, said=said)


def _who_has_it(row: AlertRow) -> str:
    """Say what a colleague did in the meantime, and when."""
    alert, zone = row.alert, ZoneInfo(row.patient.clinic.timezone)
    if alert.resolved_at:
        by = row.resolved_by or _("A colleague")
        at = f"{alert.resolved_at.astimezone(zone):%H:%M}"
        return _("%(by)s resolved it at %(at)s.") % {"by": by, "at": at}
    if alert.acknowledged_at:
        by = row.acknowledged_by or _("A colleague")
        at = f"{alert.acknowledged_at.astimezone(zone):%H:%M}"
        return _("%(by)s acknowledged it at %(at)s.") % {"by": by, "at": at}
    return _("This alert has moved on. What you see now is up to date.")


def _answer(
    request: HttpRequest,
    row: AlertRow,
    *,
    said: str,
    refused: ResolveForm | None = None,
    typed: ResolveForm | SnoozeForm | NoteForm | None = None,
) -> HttpResponseBase:
    """Return the part of the page that the button stands in, or the whole page.

    The note of a form that was `typed` in vain stands beside what is said.
    """
    on_patient_page = request.POST.get("from") == "patient"
    if not is_htmx(request):
        patient = redirect("dashboard:patient", patient_id=row.patient.pk)
        return patient if on_patient_page else redirect("dashboard:home")
    if not on_patient_page:
        context = worklist_context(request, said=said)
        return render(request, "dashboard/parts/worklist.html", context)
    context = alerts_context(request, row.patient.pk, said=said, refused=refused)
    if refused:
        context["refused_alert"] = row.alert.pk
    if typed:
        context["typed"] = typed["note"].value()
    return render(request, "dashboard/parts/patient_alerts.html", context)
