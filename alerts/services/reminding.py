"""Reminds patients of their diary: once a day, best effort, never in an alert's way.

A worker that dies between claim and provider loses a reminder. One that comes twice
would teach people to wipe away what comes from us; one that is lost is a quiet day.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Case, F, Prefetch, Q, Value, When

from alerts.channels import CHANNELS, ChannelError, Nudge, Sent
from alerts.domain.contacts import OF_A_DEVICE, SMS
from alerts.domain.reminders import AGAIN, APART, SILENCE, TRIES
from alerts.models import ContactPoint, Reminder
from alerts.selectors.reminders import Due, due_reminders
from alerts.services import contacts
from alerts.services.sending import IN_FLIGHT
from tracker.models import User
from tracker.services.heartbeat import beat


logger = logging.getLogger(__name__)

#: How many are reminded in one run; the next, a minute later, goes on.
MOST: Final = 500


def remind(*, now: datetime) -> int:
    """Remind those whose hour has come; return how many messages went out."""
    mine = [due for due in due_reminders(now=now)[:MOST] if _claim(due, now=now)]
    people = User.objects.filter(pk__in=[due.user.pk for due in mine])
    points = ContactPoint.objects.filter(retired_at__isnull=True)
    found = people.select_related("patient").prefetch_related(
        Prefetch("contact_points", points)
    )
    by_id = {user.pk: user for user in found}
    nudges = [Nudge(_id_of(due), by_id[due.user.pk], due.about) for due in mine]
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="reminding") as threads:
        outcomes = list(threads.map(_send, nudges))
    for due, each in zip(mine, outcomes, strict=True):
        _note(due, each, now=now)
    beat("alerts.remind", now=now)
    return sum(any(isinstance(out, Sent) for out in each) for each in outcomes)


def _id_of(due: Due) -> UUID:
    """Return the id of a day's reminder: tried again, it is the same message."""
    return uuid5(NAMESPACE_URL, f"rootwatch:reminder:{due.patient_id}:{due.day}")


def _claim(due: Due, *, now: datetime) -> bool:
    """Take a patient's reminder of a day for this worker alone."""
    fresh = {"day": due.day, "tried_at": now}
    _, is_first = Reminder.objects.get_or_create(
        patient_id=due.patient_id, defaults=fresh
    )
    if is_first:
        return True
    another_day = ~Q(day=due.day) & Q(tried_at__lte=now - APART)
    once_more = Q(day=due.day, is_over=False, tries__lt=TRIES) & Q(
        tried_at__lte=now - AGAIN
    )
    tries = Case(When(day=due.day, then=F("tries") + 1), default=Value(1))
    rows = Reminder.objects.filter(another_day | once_more, patient=due.patient_id)
    return rows.update(**fresh, tries=tries, is_over=False) == 1


def _send(nudge: Nudge) -> list[Sent | ChannelError]:
    """Hand it over by each kind of device that the person has; a silence by SMS, too."""
    points = nudge.recipient.contact_points.all()  # fetched beforehand
    used = OF_A_DEVICE | ({SMS} if nudge.about == SILENCE else set())
    kinds = {point.kind for point in points} & used
    return [_hand_over(kind, nudge) for kind in sorted(kinds)]


def _hand_over(kind: str, nudge: Nudge) -> Sent | ChannelError:
    try:
        return CHANNELS[kind].send(nudge)
    except ChannelError as error:
        return error
    except Exception as exc:  # noqa: BLE001 - a fault in one channel stops no other
        extra = {"channel": kind, "error": type(exc).__name__}
        logger.error("a channel broke", extra=extra)
        return ChannelError("broken", permanent=False)


def _note(due: Due, outcomes: list[Sent | ChannelError], *, now: datetime) -> None:
    for out in outcomes:
        if isinstance(out, Sent):
            contacts.used(out, now=now)
        else:
            contacts.retire(out.gone, now=now)
    sent = any(isinstance(out, Sent) for out in outcomes)
    never = all(isinstance(out, ChannelError) and out.permanent for out in outcomes)
    Reminder.objects.filter(patient=due.patient_id).update(is_over=sent or never)
