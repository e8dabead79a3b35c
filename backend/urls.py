"""The addresses of this server: one line for each app."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from alerts.api import mail_events, sms_events
from backend import health, metrics


def _not_served(request: HttpRequest) -> HttpResponse:
    raise Http404


# The admin's own form asks for a password only: everybody comes in by the one login.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    # Telephone numbers are no way to log in here; allauth would fail with a 500.
    re_path(r"^_allauth/app/v1/(?:account|auth)/phone(?:/|$)", _not_served),
    path("_allauth/", include("allauth.headless.urls")),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/background", health.background, name="health-background"),
    path("metrics", metrics.view, name="metrics"),
    path("mail/events", mail_events.receive, name="mail-events"),
    path("sms/events", sms_events.receive, name="sms-events"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
    path("api/v1/", include("tracker.api.urls")),
    path("api/v1/", include("analytics.api.urls")),
    path("api/v1/", include("alerts.api.urls")),
    path("", include("dashboard.web.urls")),
]

handler400 = "backend.errors.bad_request"
handler403 = "backend.errors.permission_denied"
handler404 = "backend.errors.page_not_found"
handler500 = "backend.errors.server_error"
