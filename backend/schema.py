"""What drf-spectacular cannot see by itself: how apps and browsers prove who they are."""

from __future__ import annotations

from typing import Any, Final

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


PROBLEM: Final = {
    "type": "object",
    "description": "Why a request failed (RFC 9457). `code` is stable, texts are not.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "guidance": {
            "type": "array",
            "description": "Advice to show at once, of a push that was refused.",
        },
        "link": {"type": "string", "description": "Where the new app is."},
        "most_records": {"type": "integer", "description": "Send at most so many."},
        "most_bytes": {"type": "integer", "description": "Send at most so many."},
        "errors": {"description": "Which fields, and why; only for invalid input."},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}


def document_problems(
    result: dict[str, Any], generator: object, request: object, public: object
) -> dict[str, Any]:
    """Say of every operation that its errors are problem details."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    reference = {"$ref": "#/components/schemas/Problem"}
    answer = {
        "description": "The request failed.",
        "content": {"application/problem+json": {"schema": reference}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"].setdefault("4XX", answer)
    return result
