"""What the periodic jobs do; safe to run twice at once, and after any crash."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from alerts.domain import dedupe
from alerts.selectors import schedule
from alerts.selectors.worklist import urgency
from alerts.services import calling_back, escalating, sending, unread
from alerts.services.opening import danger_of, open_alerts_for_flags
from analytics.models import Flag
from tracker.services.heartbeat import beat


logger = logging.getLogger(__name__)

#: How many flags one sweep opens alerts for; the next sweep goes on.
FLAGS: Final = 500

#: What waits for people and not for this machine: counted, but no fault to log.
HUMAN: Final = frozenset({"alerts_unanswered_past_target", "clinics_reaching_nobody"})


def sweep(*, now: datetime) -> None:
    """Open what is missing, take the steps that are due, send what waits."""
    missing = schedule.flags_without_alert().values_list("pk", flat=True)
    open_missing(list(missing), now=now)
    escalating.take_due_steps(now=now)
    calling_back.remind(now=now)
    unread.tell_again(now=now)
    sending.send_due(now=now)
    beat("alerts.sweep", now=now)


def audit(*, now: datetime) -> dict[str, int]:
    """Look for what the sweep should have done, mend what can be, tell the rest."""
    grown = [flag.pk for flag in schedule.open_emergency_flags() if _has_grown(flag)]
    open_missing(grown, now=now)
    counters = schedule.counters(now)
    if any(count for name, count in counters.items() if name not in HUMAN):
        logger.error("alerts are behind schedule", extra=counters)
    beat("alerts.audit", now=now)
    return counters


def open_missing(missing: Sequence[UUID], *, now: datetime) -> int:
    """Open the alerts of these flags, each by itself; return how many changed."""
    flags = Flag.objects.filter(pk__in=escalating.some_of(missing, FLAGS))
    return sum(
        escalating.alone(flag.pk, partial(_open_one, flag, now=now))
        for flag in flags.order_by(urgency(), "raised_at")
    )


def _open_one(flag: Flag, *, now: datetime) -> bool:
    return bool(open_alerts_for_flags([flag], now))


def _has_grown(flag: Flag) -> bool:
    """Return whether an emergency holds an item that none of its alerts has told."""
    danger = danger_of(flag)
    told = [dedupe.read(alert.covers) for alert in flag.alerts.all()]
    return not any(dedupe.covered(danger, covers) for covers in told)


def on_flags_raised(
    sender: object, flags: list[Flag], now: datetime, **_: object
) -> None:
    """Open alerts in the very transaction that raised the flags."""
    open_alerts_for_flags(flags, now)
