"""Claim, send, confirm: a message is sent at least once, whoever dies in between.

The claim is a short transaction, the sending is outside any, and the confirmation
counts only under the lease that was given. A worker that dies leaves a lease that
runs out; then another sends again, under the same message id.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from alerts.channels import CHANNELS, Channel, ChannelError, Sent
from alerts.channels.email import Email
from alerts.channels.in_app import InApp
from alerts.domain import limits, retries
from alerts.models import Delivery
from alerts.selectors import schedule
from alerts.selectors.worklist import urgency
from alerts.services import contacts, escalating, limiting
from alerts.services.moves import move, note, note_all


logger = logging.getLogger(__name__)

#: How many messages are handed over at once: most of the time is waiting for a server.
#: Unit: threads. Source: our choice; mail servers commonly take ten from one client.
IN_FLIGHT: Final = 10
#: How many messages one claim takes: a lease must outlast all of them, with every
#: provider at its time-out and every person at five addresses.
BATCH: Final = 50
#: How long one sweep goes on claiming; the next, ten seconds after this one began, goes
#: on in another process. So a burst keeps the processes busy, each sweep still takes the
#: steps that are due, and what is more urgent is claimed first whenever it comes.
#: Unit: seconds. Source: our choice; `make bench-burst` shows what it does.
SENDING: Final = 15


_SENT: Final[Mapping[str, Any]] = {
    "state": "sent",
    "lease_token": None,
    "leased_until": None,
    "error_code": "",
}


def send_due(*, now: datetime) -> int:
    """Send what is due, the most urgent first; return how many messages went out."""
    sent = 0
    gate = limiting.Gate()
    until = time.monotonic() + SENDING
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="sending") as threads:
        while time.monotonic() < until:
            claimed, looked_at = _claim(gate, now=now, limit=BATCH)
            if not looked_at:
                break
            away = [row for row in claimed if row.channel != InApp.name]
            hand_over = partial(_hand_over, gate=gate, now=now)
            outcomes = threads.map(hand_over, away)
            sent += _confirm_in_app(claimed, now=now)
            for delivery, outcome in zip(away, outcomes, strict=True):
                sent += _note_outcome(delivery, outcome, now=now)
    return sent


def claim(*, now: datetime, limit: int = BATCH) -> list[Delivery]:
    """Take due messages for this worker alone, until the lease runs out."""
    return _claim(limiting.Gate(), now=now, limit=limit)[0]


def _claim(
    gate: limiting.Gate, *, now: datetime, limit: int
) -> tuple[list[Delivery], int]:
    """Return what may be sent now, and how many rows were looked at for it.

    With all that a channel reads of them: it hands over in a thread, which has no
    connection to the database.
    """
    token = uuid4()
    with transaction.atomic():
        due = schedule.due_deliveries(now=now).filter(gate.may_go())
        due = due.select_related("alert").select_for_update(
            skip_locked=True, of=("self",)
        )
        looked_at = list(due[:limit])
        through = gate.let_through(looked_at, now=now)
        Delivery.objects.filter(pk__in=[row.pk for row in through]).update(
            state="leased",
            lease_token=token,
            leased_until=now + retries.LEASE,
            attempt_count=F("attempt_count") + 1,
        )
    rows = Delivery.objects.filter(lease_token=token)
    rows = rows.select_related(
        "alert__patient", "recipient__patient", "recipient__dead_mailbox"
    ).prefetch_related("recipient__contact_points")
    return list(rows.order_by(urgency("alert__"), "due_at", "pk")), len(looked_at)


def deliver(delivery: Delivery, *, now: datetime) -> bool:
    """Send one claimed message and note what came of it."""
    outcome = _hand_over(delivery, gate=limiting.Gate(), now=now)
    return _note_outcome(delivery, outcome, now=now)


def _hand_over(
    delivery: Delivery, *, gate: limiting.Gate, now: datetime
) -> Sent | ChannelError:
    """Give one message to its channel; whatever goes wrong is an outcome, too."""
    if delivery.channel in gate.paused:
        return limiting.Held()
    try:
        return CHANNELS[delivery.channel].send(delivery)
    except ChannelError as error:
        gate.pause(delivery, error, now=now)
        return error
    except Exception as exc:  # noqa: BLE001 - a fault in one channel stops no other
        logger.error(
            "a channel broke",
            extra={"channel": delivery.channel, "error": type(exc).__name__},
        )
        return ChannelError("broken", permanent=False)


def _note_outcome(
    delivery: Delivery, outcome: Sent | ChannelError, *, now: datetime
) -> bool:
    if isinstance(outcome, limiting.Held):
        _give_back(delivery)
        return False
    if isinstance(outcome, ChannelError):
        _failed(delivery, outcome, now=now)
        return False
    contacts.used(outcome, now=now)
    if delivery.channel == Email.name and not settings.EMAIL_PROVIDER:
        contacts.mailbox_took(delivery.recipient)
    return confirm(delivery, CHANNELS[delivery.channel], now=now)


def _confirm_in_app(claimed: list[Delivery], *, now: datetime) -> int:
    """Note that what lies in the app is there, all of it at once.

    It holds rows of many alerts, but none that anybody who holds an alert would wait
    for: an answer takes back what is queued, and these are leased. The log only shares
    the key of each alert.
    """
    here = [row for row in claimed if row.channel == InApp.name]
    if not here:
        return 0
    with transaction.atomic():
        held = Delivery.objects.filter(
            pk__in=[row.pk for row in here],
            state="leased",
            lease_token=here[0].lease_token,
        )
        locked = held.order_by("pk").select_for_update()  # two in one order
        known = set(locked.values_list("pk", flat=True))
        confirmed = [row for row in here if row.pk in known]
        held.update(**_SENT, sent_at=now)
        note_all(
            [(row.alert, _detail(row)) for row in confirmed], action="sent", now=now
        )
    return len(confirmed)


def confirm(delivery: Delivery, channel: Channel, *, now: datetime) -> bool:
    """Note that the message is out, if the lease is still this worker's."""
    with transaction.atomic():
        confirmed = _leased(delivery).update(**_SENT, sent_at=now)
        if not confirmed:
            return False
        note(delivery.alert_id, "sent", now=now, detail=_detail(delivery))
        if channel.goes_out and delivery.step:
            move(delivery.alert_id, "notify", by=None, now=now)
    return True


def _give_back(delivery: Delivery) -> None:
    """Put back what was not even tried; it is as due as before."""
    _leased(delivery).update(
        state="queued",
        lease_token=None,
        leased_until=None,
        attempt_count=F("attempt_count") - 1,
        error_code=limits.HELD,
    )


def _failed(delivery: Delivery, error: ChannelError, *, now: datetime) -> None:
    contacts.retire(error.gone, now=now)
    if error.permanent and delivery.channel == Email.name:
        contacts.mailbox_refused(delivery.recipient, error.code, now=now)
    wait = retries.wait(
        delivery.attempt_count,
        error.retry_after,
        emergency=limiting.is_emergency(delivery),
    )
    gives_up = error.permanent or delivery.attempt_count >= retries.ATTEMPTS
    with transaction.atomic():
        noted = _leased(delivery).update(
            state="failed" if gives_up else "queued",
            due_at=now + wait,
            lease_token=None,
            leased_until=None,
            error_code=error.code,
        )
        if not (noted and gives_up):
            return
        note(
            delivery.alert_id,
            "failed",
            now=now,
            detail={**_detail(delivery), "code": error.code},
        )
    _given_up(delivery, now=now)


def came_back(delivery: Delivery, code: str, *, now: datetime) -> bool:
    """Note that what was sent has been refused since; tell the next if needed.

    It may come back before whoever sent it has noted that it is out.
    """
    with transaction.atomic():
        out = Delivery.objects.filter(pk=delivery.pk, state__in=("sent", "leased"))
        if not out.update(
            state="failed", error_code=code, lease_token=None, leased_until=None
        ):
            return False
        if delivery.channel == Email.name:
            contacts.mailbox_refused(delivery.recipient, code, now=now)
        detail = {**_detail(delivery), "code": code}
        note(delivery.alert_id, "failed", now=now, detail=detail)
    _given_up(delivery, now=now)
    return True


def _given_up(delivery: Delivery, *, now: datetime) -> None:
    logger.error("a message cannot be delivered", extra=_detail(delivery))
    if not _somebody_else_reached(delivery):
        escalating.alone(
            delivery.alert_id,
            lambda: escalating.step_early(
                delivery.alert_id, step=delivery.step, now=now
            ),
        )


def _leased(delivery: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        pk=delivery.pk, state="leased", lease_token=delivery.lease_token
    )


def _somebody_else_reached(delivery: Delivery) -> bool:
    """Return whether a message of this step is out or may still get out."""
    going_out = [name for name, channel in CHANNELS.items() if channel.goes_out]
    return (
        Delivery.objects.filter(
            alert=delivery.alert_id, step=delivery.step, channel__in=going_out
        )
        .exclude(state__in=("failed", "dropped"))
        .exists()
    )


def _detail(delivery: Delivery) -> dict[str, str | int]:
    return {
        "delivery": str(delivery.pk),
        "channel": delivery.channel,
        "step": delivery.step,
        "person": delivery.recipient_id,
    }
