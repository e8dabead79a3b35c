"""The addresses of this server: one line for each app."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView


def _app(prefix: str, module: str) -> list[URLPattern | URLResolver]:
    try:
        known = find_spec(module) is not None
    except ModuleNotFoundError:
        known = False
    return [path(prefix, include(module))] if known else []


urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    *_app("api/v1/", "tracker.api.urls"),
    *_app("api/v1/", "analytics.api.urls"),
    *_app("api/v1/", "alerts.api.urls"),
    *_app("", "dashboard.web.urls"),
]
