"""Which phone calls, from the headers of a client that cannot say it in the body."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request

from tracker.domain.raw_records import instant


def device_id(request: Request) -> UUID:
    """Return the installation's own UUID, or one that stands for its session.

    A session lives as long as nobody logs out, which is nearly as good. What cannot
    be read is as if it were not there.
    """
    try:
        return UUID(request.headers.get("X-Device-Id", ""))
    except ValueError:
        token = request.headers.get("X-Session-Token", "").encode()
        key = settings.SECRET_KEY.encode()
        return UUID(bytes=hmac.digest(key, token, "sha256")[:16], version=4)


def sent_at(request: Request) -> datetime | None:
    """Return what the phone's clock said, if the phone says so."""
    return instant(request.headers.get("X-Sent-At"), naive_as_utc=False)
