"""Somebody who has an account is asked to work at a clinic, and answers."""

from __future__ import annotations

import smtplib
from typing import Any

from django.contrib import messages
from django.core.mail import send_mail
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboard.domain import words
from dashboard.selectors.people import offers_to
from dashboard.selectors.staff import account
from dashboard.web.doors import signed_in
from tracker.errors import NotFound
from tracker.services import joining


@require_safe
@never_cache
@signed_in
def joining_page(request: HttpRequest) -> HttpResponseBase:
    """Show which clinics ask the reader to work there."""
    offers = offers_to(request.user, now=timezone.now())
    return render(request, "dashboard/joining.html", {"offers": offers})


@require_POST
@signed_in
def answer(request: HttpRequest, offer_id: int, answer: str) -> HttpResponseBase:
    """Take an offer or refuse it."""
    try:
        _answer(request, offer_id, answer)
    except NotFound as nothing:
        raise Http404 from nothing
    return redirect("dashboard:home" if answer == "yes" else "dashboard:joining")


def mail_offer(request: HttpRequest, offer: Any) -> None:
    """Tell somebody that they are asked; they answer on a page, logged in."""
    link = request.build_absolute_uri(reverse("dashboard:joining"))
    try:
        with translation.override(offer.user.language or get_language()):
            _mail(offer, link)
    except (smtplib.SMTPException, OSError):
        messages.warning(
            request,
            _("The mail could not be sent. Tell them to log in and open %(link)s.")
            % {"link": link},
        )


def _mail(offer: Any, link: str) -> None:
    text = _(
        "%(clinic)s asks you to work with it in Rootwatch (%(role)s).\n\n"
        "Log in with this address and say whether you agree:\n%(link)s\n\n"
        "Until then nothing changes for you. If you do not know this clinic, you need "
        "not do anything."
    )
    said = {
        "clinic": offer.clinic.name,
        "role": words.plain(offer.role),
        "link": link,
    }
    send_mail(_("Rootwatch: a clinic asks you"), text % said, None, [offer.user.email])


def _answer(request: HttpRequest, offer_id: int, answer: str) -> None:
    me, now = account(request.user), timezone.now()
    if answer == "yes":
        member = joining.take(me, offer_id, now=now)
        said = _("You work at %(clinic)s now.") % {"clinic": member.clinic.name}
    elif answer == "no":
        joining.refuse(me, offer_id, now=now)
        said = _("You said no. Nothing changes for you.")
    else:
        raise NotFound
    messages.success(request, said)
