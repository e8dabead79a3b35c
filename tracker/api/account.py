"""Who calls."""

from __future__ import annotations

import ipaddress
from typing import cast

from rest_framework.request import Request

from tracker.models import User


def account(request: Request) -> User:
    """Return the caller's account, in a view that lets nobody else in."""
    return cast(User, request.user)


def address(request: Request) -> str:
    """Return the caller's IP address, or 0.0.0.0 when the server does not know it."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - "unknown", nothing is bound to it
