"""How somebody is told of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from alerts.domain.contacts import APNS, FCM, SMS, WEB_PUSH, WEBHOOK
from alerts.selectors.contacts import contact_points
from alerts.selectors.quiet import quiet_hours_of
from alerts.selectors.recipients import unreachable
from dashboard.selectors.staff import clinics_worked_at
from tracker.errors import NotFound
from tracker.models import User


#: What each way to a person is called on the page.
WAYS: Final = {
    WEB_PUSH: _("Browser notifications"),
    FCM: _("App on Android"),
    APNS: _("App on iPhone or iPad"),
    SMS: _("Text message"),
    WEBHOOK: _("Webhook"),
}
#: Of a number or an address only so much is shown.
#: Unit: characters. Source: our choice, enough to know one's own.
SHOWN: Final = 4


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way by which messages come; the end of its address, and its last success.

    A browser finds itself by `print`, the SHA-256 of its address; empty for the others.
    """

    id: int
    print: str
    name: str
    ending: str
    last_success_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class HowTold:
    """Where messages to somebody go; `hours` are the form's first values.

    `missed_since` says since when nothing that goes out reaches them.
    """

    email: str
    ways: tuple[Way, ...]
    missed_since: datetime | None
    is_quiet: bool
    hours: dict[str, Any]


def how_told(user: User) -> HowTold:
    """Return where messages go and when they wait."""
    try:
        stored = quiet_hours_of(user)
    except NotFound:
        stored = None
    zone = next((clinic.timezone for clinic in clinics_worked_at(user)), "UTC")
    return HowTold(
        email=user.email,
        ways=tuple(
            Way(
                id=point.pk,
                print=_print(point.address) if point.kind == WEB_PUSH else "",
                name=str(WAYS[point.kind]),
                ending=point.address[-SHOWN:],
                last_success_at=point.last_success_at,
            )
            for point in contact_points(user)
        ),
        missed_since=unreachable([user.pk]).get(user.pk),
        is_quiet=stored is not None,
        hours=(
            {"starts": stored.starts, "ends": stored.ends, "timezone": stored.timezone}
            if stored
            else {"timezone": zone}
        ),
    )


def _print(address: str) -> str:
    return sha256(address.encode()).hexdigest()
