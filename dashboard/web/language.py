"""The reader chooses the language of the pages, at the foot of each."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.i18n import set_language

from dashboard.selectors.staff import account
from tracker.services.people import choose_language


def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep the choice in this browser, and with the account of who is logged in."""
    languages = dict(settings.PAGE_LANGUAGES)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in languages:
        choose_language(account(request.user), language, among=languages)
    return set_language(request)
