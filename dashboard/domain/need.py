"""How urgent an alert looks now: its deadline, how much of the time is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.domain import words


#: Below this the time since onset is told in hours, above it in days.
#: Unit: hours.
#: Source: clinical.md section 2.4; the cut-offs of the literature (48 h, 72 h) are
#:   readable in hours, the later one (8 days) in days.
#: Caveat: onset is known to the day only, so hours count from its midnight.
ONSET_IN_HOURS_BELOW: Final = 96

#: Share of the time gone from which a deadline is called close.
#: Unit: share of the span from opening to deadline.
#: Source: our proposal.
#: Caveat: changes a colour only, never the order.
CLOSE_SHARE: Final = 0.75


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A promise with a time: to answer an alert, or to examine a patient."""

    kind: str
    at: datetime
    left: str
    percent: int
    pressure: str


def deadline(
    kind: str, *, since: datetime, at: datetime | None, now: datetime
) -> Deadline | None:
    """Return how a deadline stands, or None when there is none."""
    if at is None:
        return None
    span = max((at - since).total_seconds(), 1.0)
    share = min(max((now - since).total_seconds() / span, 0.0), 1.0)
    overdue = now >= at
    left = _("%s late") if overdue else _("%s left")
    return Deadline(
        kind=kind,
        at=at,
        left=left % duration(now - at if overdue else at - now),
        percent=100 if overdue else round(share * 100),
        pressure="over" if overdue else "close" if share >= CLOSE_SHARE else "calm",
    )


def duration(span: timedelta) -> str:
    """Return a span in its two largest units, as short as a table cell needs."""
    minutes = max(int(span.total_seconds() // 60), 0)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days >= 7:
        return _days(days)
    if days:
        return _("%(days)s d") % {"days": days} + (f" {hours} h" if hours else "")
    if hours:
        rest = minutes % 60
        return f"{hours} h {rest} min" if hours < 6 and rest else f"{hours} h"
    return f"{minutes} min"


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def since_onset(onset_on: date | None, *, zone: str, now: datetime) -> str:
    """Return the day that it began and how long ago that is at most."""
    if onset_on is None:
        return ""
    start = datetime(onset_on.year, onset_on.month, onset_on.day, tzinfo=ZoneInfo(zone))
    hours = max(int((now - start).total_seconds() // 3600), 0)
    day = words.day(onset_on, "D j M")
    if hours < ONSET_IN_HOURS_BELOW:
        return _("%(day)s, up to %(hours)s h") % {"day": day, "hours": hours}
    return f"{day}, {_days(hours // 24)}"


def likely(roots: dict[str, float]) -> list[tuple[str, int]]:
    """Return the roots from most to least likely, in whole percent, zeros left out."""
    total = sum(roots.values())
    if total <= 0:
        return []
    shares = ((root, round(100 * weight / total)) for root, weight in roots.items())
    return sorted(
        ((root, share) for root, share in shares if share), key=lambda item: -item[1]
    )
