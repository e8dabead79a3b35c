"""The addresses of this server: one line for each app."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from backend import health, metrics


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
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/background", health.background, name="health-background"),
    path("metrics", metrics.view, name="metrics"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
    *_app("api/v1/", "tracker.api.urls"),
    *_app("api/v1/", "analytics.api.urls"),
    *_app("api/v1/", "alerts.api.urls"),
    *_app("", "dashboard.web.urls"),
]

handler400 = "backend.errors.bad_request"
handler403 = "backend.errors.permission_denied"
handler404 = "backend.errors.page_not_found"
handler500 = "backend.errors.server_error"
