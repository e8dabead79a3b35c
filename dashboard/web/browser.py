"""Messages in the browser: its service worker, and ways to somebody that come and go."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from alerts.domain.contacts import ADDRESS_LENGTH, WEB_PUSH
from alerts.errors import ChannelNotSetUp
from alerts.services import contacts
from alerts.services.contacts import Wanted
from dashboard.selectors.staff import account
from dashboard.web.doors import staff_only
from tracker.errors import InvalidFields


class SubscriptionForm(forms.Form):
    """What the browser's PushManager gave, as `/me/contacts` takes it."""

    address = forms.CharField(max_length=ADDRESS_LENGTH)
    p256dh = forms.CharField(max_length=200)
    auth = forms.CharField(max_length=100)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker, to anybody: a browser that was logged out updates it.

    Here and not below /static/: where it lies is what it serves, and its address never
    changes.
    """
    return render(request, "dashboard/worker.js", content_type="text/javascript")


@require_POST
@staff_only
def tell_here(request: HttpRequest) -> HttpResponseBase:
    """Tell the account in the browser whose subscription is sent."""
    form = SubscriptionForm(request.POST)
    try:
        if not form.is_valid():
            raise InvalidFields({})
        keys = dict(form.cleaned_data)
        wanted = Wanted(kind=WEB_PUSH, address=keys.pop("address"), keys=keys)
        contacts.register(account(request.user), wanted, now=timezone.now())
    except (ChannelNotSetUp, InvalidFields):
        messages.warning(
            request,
            _("Nothing was changed: this browser cannot be told. Use another one."),
        )
    else:
        messages.success(request, _("You are told in this browser from now on."))
    return redirect("dashboard:being-told")


class AnewForm(SubscriptionForm):
    """The same, and the endpoint that the browser had before."""

    before = forms.CharField(max_length=ADDRESS_LENGTH)


@csrf_exempt
@require_POST
def told_anew(request: HttpRequest) -> HttpResponse:
    """Take the subscription that a browser made when it ended the one before.

    A service worker asks, perhaps long after the session's end. That it knows the old
    endpoint, which nobody else does, is its proof; who does not learns nothing.
    """
    form = AnewForm(request.POST)
    if form.is_valid():
        keys = dict(form.cleaned_data)
        before, address = keys.pop("before"), keys.pop("address")
        wanted = Wanted(kind=WEB_PUSH, address=address, keys=keys)
        contacts.renew(before, wanted, now=timezone.now())
    return HttpResponse(status=204)


@require_POST
@staff_only
def remove_way(request: HttpRequest, point_id: int) -> HttpResponseBase:
    """Send nothing more to one device, number or address of the account's own."""
    contacts.remove(account(request.user), point_id, now=timezone.now())
    messages.success(request, _("Removed. Nothing more is sent there."))
    return redirect("dashboard:being-told")
