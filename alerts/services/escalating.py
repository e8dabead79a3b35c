"""Steps that are due: the next person, the reminder, the fall back to open.

Every step is found by its row (`next_step_at`), taken under its `step_token` and in
a transaction of its own, so that any number of workers may sweep at once and one
alert that cannot be handled holds up no other.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from alerts.domain import states, targets
from alerts.domain.policy import Policy
from alerts.models import Alert
from alerts.selectors import recipients, schedule
from alerts.services import telling
from alerts.services.inheriting import (
    INHERITED,
    inherit,
    inherit_reading,
    inherited,
    soonest,
)
from alerts.services.moves import move, note
from tracker.models import SyncCounter
from tracker.services.counter import next_change_number


logger = logging.getLogger(__name__)

Thing = TypeVar("Thing")

#: How many steps one sweep takes; the next sweep goes on. So after an outage the many
#: that are due at once hold up no first message; the most urgent come first.
#: Unit: steps. Source: our choice; a step takes about 20 ms.
STEPS: Final = 200
#: Which part of a sweep is drawn from all that is due, however far behind it stands.
#: Unit: one in so many. Source: our choice.
DRAWN: Final = 4

#: What an alert forgets when it is open again.
UNTAKEN: Final[Mapping[str, None]] = {
    "acknowledged_at": None,
    "acknowledged_by": None,
    "reminded_at": None,
    "snoozed_until": None,
}


def take_due_steps(*, now: datetime) -> int:
    """Take the steps that are due, one of each alert; return how many were taken."""
    realign(now=now)
    taken = 0
    for alert_id, token in some_of(schedule.due_steps(now=now), STEPS):
        taken += alone(alert_id, partial(_take, alert_id, token, now=now))
    return taken


def some_of(due: Sequence[Thing], most: int) -> list[Thing]:
    """Return the first of what is due, and some drawn from all behind them.

    What cannot be done stays at the head for ever. However much of that there is, all
    others then still have their turn.
    """
    if len(due) <= most:
        return list(due)
    first = most - most // DRAWN
    drawn = secrets.SystemRandom().sample(due[first:], most - first)
    return [*due[:first], *drawn]


def alone(subject_id: UUID, work: Callable[[], bool]) -> bool:
    """Do one piece of work in its own transaction; a failure is logged, not passed on."""
    try:
        with transaction.atomic():
            return work()
    except Exception as exc:  # noqa: BLE001 - one alert must never hold up the others
        logger.error(
            "an alert could not be moved on",
            extra={"subject_id": str(subject_id), "error": type(exc).__name__},
        )
        return False


def realign(*, now: datetime) -> int:
    """Bring back steps that a jumping clock has put out of reach."""
    moved = schedule.sleeps_out_of_reach(now=now).update(
        next_step_at=now, snoozed_until=now
    )
    for alert in schedule.steps_far_ahead(now=now).select_related("patient__clinic"):
        moved += alone(alert.pk, partial(_brought_back, alert, now=now))
    return moved


def _brought_back(alert: Alert, *, now: datetime) -> bool:
    """Return whether the next step lay further ahead than the policy has it."""
    at = _next_due(alert, telling.plan_of(alert, now=now), now=now)
    if alert.next_step_at and at and alert.next_step_at <= at + schedule.GRACE:
        return False
    unchanged = Alert.objects.filter(
        pk=alert.pk, step_token=alert.step_token, state=alert.state
    )
    return bool(unchanged.update(next_step_at=at))


def _next_due(alert: Alert, plan: Policy, *, now: datetime) -> datetime | None:
    """Return when the next step of an alert is due that had its last one now."""
    if alert.state == states.ACKNOWLEDGED and alert.reminded_at is None:
        return targets.outcome_by(alert.tier, calendar=plan.calendar, now=now)
    if alert.state == states.ACKNOWLEDGED:
        return plan.answer_by(alert.tier, now=now)
    return plan.next_at(
        alert.tier, max(alert.step, 1), repeats=alert.repeat_count, now=now
    ) or plan.answer_by(alert.tier, now=now)


def step_early(alert_id: UUID, *, step: int, now: datetime) -> bool:
    """Go on to the next person at once, because nobody of this step can be reached."""
    alert = _locked(Alert.objects.filter(pk=alert_id, step=step))
    if alert is None or alert.state not in states.UNANSWERED:
        return False
    if alert.step >= telling.plan_of(alert, now=now).last_step(alert.tier):
        return False
    telling.take_step(alert, alert.step + 1, now=now, because="unreachable")
    return True


def _take(alert_id: UUID, token: UUID, *, now: datetime) -> bool:
    due = Alert.objects.filter(pk=alert_id, step_token=token, next_step_at__lte=now)
    state = due.values_list("state", flat=True).first()
    if state in (states.ACKNOWLEDGED, states.SNOOZED):
        return _taken_but_unresolved(due, now=now)
    alert = _locked(due)
    if alert is None or alert.state not in states.UNANSWERED:
        return False
    last = telling.plan_of(alert, now=now).last_step(alert.tier)
    step = min(alert.step + 1, last)
    telling.take_step(alert, step, now=now, because="unanswered")
    return True


def _locked(alerts: QuerySet[Alert]) -> Alert | None:
    """Return the alert with its row held, or None while another worker holds it."""
    return (
        alerts.select_related("patient__clinic")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .first()
    )


def _taken_but_unresolved(due: QuerySet[Alert], *, now: datetime) -> bool:
    # The counter comes before the alert, everywhere: else two jobs wait for each other.
    counter = SyncCounter.objects.filter(patient__in=due.values("patient"))
    counter.select_for_update().first()
    alert = _locked(due)
    if alert is None or alert.state not in (states.ACKNOWLEDGED, states.SNOOZED):
        return False
    if alert.state == states.SNOOZED:
        reopen(alert, now=now, because="snooze is over")
    elif alert.reminded_at is None:
        _remind(alert, now=now)
    else:
        reopen(alert, now=now, because="no outcome")
    return True


def _remind(alert: Alert, *, now: datetime) -> None:
    at = telling.plan_of(alert, now=now).answer_by(alert.tier, now=now)
    Alert.objects.filter(pk=alert.pk).update(reminded_at=now, next_step_at=at)
    telling.new_wave(alert)
    telling.tell_staff(alert, [alert.acknowledged_by_id or 0], now=now)
    note(alert.pk, "reminded", now=now)


def reopen(alert: Alert, *, now: datetime, because: str) -> None:
    """Open a taken or snoozed alert again; the caller holds its row and the counter.

    Of each danger only one is open. When another one is, the more urgent of the two
    stays and takes over what the other knew.
    """
    other = open_beside(alert)
    if other is not None and no_milder(other, alert):
        absorb(other, alert, now=now)
        other.seq = next_change_number(other.patient_id, analyse=False)
        other.save(update_fields=[*INHERITED, "seq"])
        return
    if other is not None:
        absorb(alert, other, now=now)
    plan = telling.plan_of(alert, now=now)
    answer_by = alert.acknowledge_by
    if alert.state == states.SNOOZED:  # whoever snoozed it had answered in time
        answer_by = plan.answer_by(alert.tier, now=now)
    move(
        alert.pk,
        "wake" if alert.state == states.SNOOZED else "reopen",
        by=None,
        now=now,
        detail={"because": because},
        acknowledge_by=soonest(answer_by, other and other.acknowledge_by),
        seq=next_change_number(alert.patient_id, analyse=False),
        **inherited(alert),
        **UNTAKEN,
    )
    reached = min(other.step, plan.last_step(alert.tier)) if other is not None else 0
    step = max(telling.FIRST_STEP, reached)
    telling.take_step(alert, step, now=now, because=because)
    if other is not None:
        telling.tell_staff(alert, recipients.told_of(other), now=now)


def open_beside(alert: Alert) -> Alert | None:
    """Return the other alert of the same danger that nobody has answered, held."""
    return (
        Alert.objects.filter(
            patient=alert.patient_id,
            category=alert.category,
            side=alert.side,
            state__in=states.UNANSWERED,
        )
        .exclude(pk=alert.pk)
        .select_for_update(no_key=True)
        .first()
    )


def no_milder(one: Alert, other: Alert) -> bool:
    """Return whether the one is at least as urgent, for staff and for the patient."""
    return all(
        targets.urgency(mine) <= targets.urgency(theirs)
        for mine, theirs in (
            (one.tier, other.tier),
            (one.patient_tier, other.patient_tier),
        )
    )


def absorb(winner: Alert, loser: Alert, *, now: datetime) -> None:
    """Let one alert of a danger take over from another; the caller saves the winner."""
    move(
        loser.pk,
        "supersede",
        by=None,
        now=now,
        superseded_by=winner,
        next_step_at=None,
        seq=next_change_number(loser.patient_id, analyse=False),
    )
    telling.drop_messages(loser.pk)
    inherit_reading(winner, loser)
    inherit(winner, loser)
    winner.flags.add(*loser.flags.all())
    note(winner.pk, "joined", now=now, detail={"alert": str(loser.pk)})
