"""Hints to the workers that there is work; a hint may be lost, the sweep finds it.

A push must never wait for the broker: short timeouts, no retry, and after a failure
silence for a while.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Final
from uuid import UUID

from celery import current_app
from django.conf import settings
from kombu import Connection
from kombu.pools import producers


logger = logging.getLogger(__name__)

ANALYSE_PATIENT: Final = "analytics.tasks.analyse_patient"
TRY_NEXT: Final = "analytics.tasks.try_next"
#: Several pushes of one sitting are analysed together. Unit: seconds.
DEBOUNCE: Final = 3
EXPIRES: Final = 600
#: How long a push may wait for the broker. Unit: seconds.
TIMEOUT: Final = 0.25
#: How long nothing is tried after the broker was away. Unit: seconds.
AWAY: Final = 30


#: A push so shortly before the task starts sends a hint of its own. Unit: seconds.
MARGIN: Final = 1
#: Patients whose last hint a process remembers.
REMEMBERED: Final = 10_000

_hinted_until: dict[UUID, float] = {}


class _Broker:
    """What this process knows of the broker."""

    away_until: float = 0.0


def hint_analysis(patient_id: UUID) -> bool:
    """Tell the workers of news; return whether somebody took the message."""
    moment = time.monotonic()
    if moment < _Broker.away_until:
        return False
    if moment < _hinted_until.get(patient_id, 0.0):
        return True  # the task on its way starts after this commit
    _remember(patient_id, moment)
    return _send(ANALYSE_PATIENT, str(patient_id), countdown=DEBOUNCE)


def hint_trial(trial_id: int) -> bool:
    """Tell the workers of a trial; return whether somebody took the message."""
    if time.monotonic() < _Broker.away_until:
        return False
    return _send(TRY_NEXT, trial_id, countdown=0)


def _send(task: str, argument: str | int, *, countdown: int) -> bool:
    try:
        with producers[_connection(settings.CELERY_BROKER_URL)].acquire(
            block=True, timeout=TIMEOUT
        ) as producer:
            current_app.send_task(
                task,
                args=(argument,),
                countdown=countdown,
                expires=EXPIRES,
                retry=False,
                producer=producer,
            )
    except Exception as error:  # noqa: BLE001 - a push succeeds without the broker
        _Broker.away_until = time.monotonic() + AWAY
        logger.warning(
            "no hint sent, the sweep will find the work",
            extra={"error": type(error).__name__},
        )
        return False
    return True


def _remember(patient_id: UUID, moment: float) -> None:
    if len(_hinted_until) >= REMEMBERED:
        _hinted_until.clear()
    _hinted_until[patient_id] = moment + DEBOUNCE - MARGIN


def on_diary_changed(sender: object, patient_id: UUID, **_: object) -> None:
    """Send the hint after a push has been committed."""
    hint_analysis(patient_id)


@lru_cache(maxsize=4)
def _connection(url: str) -> Connection:
    return Connection(
        url,
        connect_timeout=TIMEOUT,
        transport_options={
            "socket_connect_timeout": TIMEOUT,
            "socket_timeout": TIMEOUT,
            "max_retries": 0,
        },
    )
