"""Which language a page is in: what its reader chose, what a browser asks, English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header


Handler = Callable[[HttpRequest], HttpResponse]

#: What answers programs or operators; patients' texts follow the patient instead.
NOT_PAGES: Final = (
    "/admin/",
    "/api/",
    "/_allauth/",
    "/health/",
    "/metrics",
    "/static/",
)


class ReadersLanguage:
    """Speak the reader's language while a page is made, and nowhere else.

    Whatever the request stores or sends is made of codes, or in the language of
    whoever will read it: this one ends with the answer.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language, and let no cache mix two of them."""
        if request.path_info.startswith(NOT_PAGES):
            return self.get_response(request)
        language = readers_language(request)
        with translation.override(language):
            response = self.get_response(request)
        response.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def readers_language(request: HttpRequest) -> str:
    """Return the language that was chosen, else the first wished for that we have.

    What somebody chose goes with their account to every browser; the cookie is for the
    pages before the login, and for whoever has never chosen.
    """
    kept = getattr(request.user, "language", "")  # a stranger's account has none
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    wished = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    for tag in (kept, chosen, *(tag for tag, _ in wished)):
        language = tag.lower().split("-")[0]
        if language in dict(settings.PAGE_LANGUAGES):
            return _our_english() if language == "en" else language
    return _our_english()


def choices(request: HttpRequest) -> dict[str, Any]:
    """Give every page the languages that its reader can choose from."""
    return {"page_languages": settings.PAGE_LANGUAGES}


def _our_english() -> str:
    """Return the English whose days come before their months."""
    return settings.LANGUAGE_CODE
