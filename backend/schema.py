"""What drf-spectacular cannot see by itself: how apps and browsers prove who they are."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class AppTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The X-Session-Token header."""

    target_class = "backend.accounts.AppToken"
    name = "appToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:
        """Describe the header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Session-Token",
            "description": "Session token of an app: from login or enrolment.",
        }


class BrowserSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The website's session cookie."""

    target_class = "backend.accounts.BrowserSession"
    name = "browserSession"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:
        """Describe the cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
