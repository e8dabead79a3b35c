"""Stores flags, each once for ever, and tells whoever listens in the same breath."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from analytics import signals
from analytics.models import Flag


logger = logging.getLogger(__name__)


def raise_flags(flags: Sequence[Flag], *, now: datetime) -> list[Flag]:
    """Store the flags that are not stored yet, tell of them, and return them.

    A stored flag is never changed here: nothing lowers what was raised. Alerts open
    in the caller's transaction. If that fails, the flags stay: the sweep of the
    alerts opens what is missing.
    """
    if not flags:
        return []
    with transaction.atomic():
        known = set(
            Flag.objects.filter(
                patient__in={flag.patient_id for flag in flags},
                key__in={flag.key for flag in flags},
            ).values_list("patient_id", "key")
        )
        fresh = {
            (flag.patient_id, flag.key): flag
            for flag in reversed(flags)
            if (flag.patient_id, flag.key) not in known
        }
        Flag.objects.bulk_create(fresh.values(), ignore_conflicts=True)
        # Of two who raised the same at once, one has stored it.
        stored = set(
            Flag.objects.filter(
                pk__in=[flag.pk for flag in fresh.values()]
            ).values_list("pk", flat=True)
        )
        new = [flag for flag in reversed(fresh.values()) if flag.pk in stored]
        if new:
            _tell(new, now=now)
    return new


def _tell(flags: list[Flag], *, now: datetime) -> None:
    try:
        with transaction.atomic():
            signals.flags_raised.send(sender=Flag, flags=flags, now=now)
    except Exception as error:  # noqa: BLE001 - whoever listens must not lose a flag
        # Without the message, which could quote what a patient wrote.
        logger.error(
            "flags raised, alerts left to the sweep",
            extra={"count": len(flags), "error": type(error).__name__},
        )
