"""Which phone calls, from the headers of a client that cannot say it in the body."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from tracker.domain.raw_records import instant


_HEADER: Final = "X-Device-Id"

DEVICE: Final = OpenApiParameter(
    _HEADER,
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="The installation of the app, the same until it is removed.",
)


def named_device(request: Request) -> UUID | None:
    """Return the installation's own UUID; what cannot be read is none."""
    try:
        return UUID(request.headers.get(_HEADER, ""))
    except ValueError:
        return None


def device_or_session(request: Request) -> UUID:
    """Return the installation's own UUID, or one that stands for its session.

    A session lives as long as nobody logs out, which is nearly as good.
    """
    named = named_device(request)
    if named is not None:
        return named
    token = request.headers.get("X-Session-Token", "").encode()
    key = settings.SECRET_KEY.encode()
    return UUID(bytes=hmac.digest(key, token, "sha256")[:16], version=4)


def sent_at(request: Request) -> datetime | None:
    """Return what the phone's clock said, if the phone says so."""
    return instant(request.headers.get("X-Sent-At"), naive_as_utc=False)
