"""Claim, send, confirm: a message is sent at least once, whoever dies in between.

The claim is a short transaction, the sending is outside any, and the confirmation
counts only under the lease that was given. A worker that dies leaves a lease that
runs out; then another sends again, under the same message id.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final
from uuid import uuid4

from django.db import transaction
from django.db.models import F, QuerySet

from alerts.channels import CHANNELS, Channel, ChannelError
from alerts.domain import retries
from alerts.models import Delivery
from alerts.selectors import schedule
from alerts.selectors.worklist import urgency
from alerts.services import contacts, escalating
from alerts.services.moves import move, note


logger = logging.getLogger(__name__)

#: How many messages one claim takes: a lease must outlast all of them.
BATCH: Final = 10
#: How many claims one sweep makes; the next sweep goes on.
BATCHES: Final = 20


def send_due(*, now: datetime) -> int:
    """Send what is due; return how many messages went out."""
    sent = 0
    for _ in range(BATCHES):
        claimed = claim(now=now)
        if not claimed:
            break
        sent += sum(deliver(delivery, now=now) for delivery in claimed)
    return sent


def claim(*, now: datetime, limit: int = BATCH) -> list[Delivery]:
    """Take due messages for this worker alone, until the lease runs out."""
    token = uuid4()
    with transaction.atomic():
        due = schedule.due_deliveries(now=now).select_for_update(
            skip_locked=True, of=("self",)
        )
        ids = [delivery.pk for delivery in due[:limit]]
        Delivery.objects.filter(pk__in=ids).update(
            state="leased",
            lease_token=token,
            leased_until=now + retries.LEASE,
            attempt_count=F("attempt_count") + 1,
        )
    rows = Delivery.objects.filter(lease_token=token).select_related("recipient")
    return list(rows.order_by(urgency("alert__"), "due_at", "pk"))


def deliver(delivery: Delivery, *, now: datetime) -> bool:
    """Send one claimed message and note what came of it."""
    try:
        channel = CHANNELS[delivery.channel]
        out = channel.send(delivery)
    except ChannelError as error:
        _failed(delivery, error, now=now)
        return False
    except Exception as exc:  # noqa: BLE001 - a fault in one channel stops no other
        logger.error(
            "a channel broke",
            extra={"channel": delivery.channel, "error": type(exc).__name__},
        )
        _failed(delivery, ChannelError("broken", permanent=False), now=now)
        return False
    contacts.used(out, now=now)
    return confirm(delivery, channel, now=now)


def confirm(delivery: Delivery, channel: Channel, *, now: datetime) -> bool:
    """Note that the message is out, if the lease is still this worker's."""
    with transaction.atomic():
        confirmed = _leased(delivery).update(
            state="sent",
            sent_at=now,
            lease_token=None,
            leased_until=None,
            error_code="",
        )
        if not confirmed:
            return False
        note(delivery.alert_id, "sent", now=now, detail=_detail(delivery))
        if channel.goes_out and delivery.step:
            move(delivery.alert_id, "notify", by=None, now=now)
    return True


def _failed(delivery: Delivery, error: ChannelError, *, now: datetime) -> None:
    contacts.retire(error.gone, now=now)
    gives_up = error.permanent or delivery.attempt_count >= retries.ATTEMPTS
    with transaction.atomic():
        noted = _leased(delivery).update(
            state="failed" if gives_up else "queued",
            due_at=now + retries.wait(delivery.attempt_count, error.retry_after),
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
