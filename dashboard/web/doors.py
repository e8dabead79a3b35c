"""Who may open a page: staff of a clinic; everybody else finds nothing there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tracker.errors import NotFound
from tracker.selectors.access import is_staff_of_a_clinic


Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx asks, for a part of the page that it will swap in."""
    return request.headers.get("HX-Request") == "true"


def signed_in(view: View[Arguments]) -> View[Arguments]:
    """Send strangers to the login; tell htmx 401, so that a page keeps what is typed."""

    @wraps(view)
    def door(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if is_htmx(request):
            return HttpResponse(status=401)
        return redirect_to_login(request.get_full_path())

    return door


def staff_only(view: View[Arguments]) -> View[Arguments]:
    """Let staff of a clinic in; for everybody else the page does not exist."""

    @wraps(view)
    def door(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponseBase:
        if not is_staff_of_a_clinic(request.user):
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except NotFound as nothing:
            raise Http404 from nothing

    return signed_in(door)
