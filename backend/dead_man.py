"""A sign of life to a watcher outside, sent only while every promise is kept.

The watcher alarms when the sign stays away: so also a dead server, a cut network and
a worker that stands still are noticed, by somebody who does not depend on them.
"""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from datetime import datetime
from typing import Final

from django.conf import settings

from alerts.selectors import watch
from backend.health import late_jobs


logger = logging.getLogger(__name__)

#: How long the watcher may take to answer.
#: Unit: seconds. Source: our choice; the next sign is due in a minute.
TIMEOUT: Final = 10


def ping(*, now: datetime) -> bool:
    """Send the sign of life if all is on schedule; return whether it arrived.

    It holds nothing but the address that the operator has set.
    """
    if not settings.DEAD_MAN_URL:
        return False
    if late_jobs(now=now) or not watch.on_schedule(now=now):
        logger.error("no sign of life is sent: alerts are behind schedule")
        return False
    return _arrives(settings.DEAD_MAN_URL)


def _arrives(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT):  # noqa: S310 - see settings
            return True
    except (OSError, ValueError) as error:
        logger.error(
            "the sign of life does not arrive", extra={"error": type(error).__name__}
        )
        return False
