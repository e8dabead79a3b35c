"""What is due, what is late, and what nobody was told of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from alerts.domain import limits, quiet, retries, snoozing, states, targets, unread
from alerts.domain.contacts import OF_MANY_SERVERS
from alerts.domain.coverage import NOBODY, NOT_AT_ONCE
from alerts.models import Alert, CoverageCheck, Delivery
from alerts.selectors.recipients import unreachable
from alerts.selectors.worklist import urgency
from analytics.models import Flag
from tracker.models import Membership


#: How late the sweep may be before an alert counts as behind schedule.
#: Unit: minutes. Source: our choice; the sweep runs every ten seconds.
GRACE: Final = timedelta(minutes=2)

#: How far ahead a step may lie before it is asked whether a clock has jumped.
#: Unit: days. Source: two working days span at most five with a plain weekend.
PLAIN_DAYS: Final = 6

#: What lies in the app alone reaches only who looks there.
GOES_OUT: Final = ~Q(channel="in_app")


def flags_without_alert() -> QuerySet[Flag]:
    """Return the open flags that nobody has been alerted to, most urgent first."""
    return Flag.objects.filter(
        status="open", tier__in=targets.ALERTING, alerts__isnull=True
    ).order_by(urgency(), "raised_at")


def open_emergency_flags() -> QuerySet[Flag]:
    """Return the open flags that are an emergency for the patient or the clinician."""
    emergency = Q(tier=targets.EMERGENCY) | Q(evidence__patient_tier=targets.EMERGENCY)
    return Flag.objects.filter(emergency, status="open").prefetch_related("alerts")


def due_steps(*, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return (alert, step token) of what is due: a step, a reminder, a waking."""
    due = Alert.objects.filter(state__in=states.UNRESOLVED, next_step_at__lte=now)
    return list(due.order_by(urgency(), "next_step_at").values_list("pk", "step_token"))


def call_backs_due(*, now: datetime) -> list[UUID]:
    """Return the unresolved alerts whose patients should have been called by now."""
    due = Alert.objects.filter(state__in=states.UNRESOLVED, call_back_by__lte=now)
    return list(due.order_by(urgency(), "call_back_by").values_list("pk", flat=True))


def unread_due(*, now: datetime) -> list[UUID]:
    """Return the unresolved alerts to tell the patient of again, the most urgent first.

    A time further ahead than any wait comes from a clock that jumped.
    """
    far = Q(tell_patient_at__gt=now + unread.LONGEST + GRACE)
    due = Alert.objects.filter(
        Q(tell_patient_at__lte=now) | far,
        state__in=states.UNRESOLVED,
        patient_acknowledged_at=None,
    )
    return list(due.order_by(urgency(), "tell_patient_at").values_list("pk", flat=True))


def steps_far_ahead(*, now: datetime) -> QuerySet[Alert]:
    """Return alerts whose next step may be the mark of a clock that jumped.

    Its policy then tells, with the holidays in between. A step of those that somebody
    has taken is the reminder of the outcome.
    """
    answer = timedelta(minutes=targets.EMERGENCY_ANSWER_MINUTES) + GRACE
    outcome = timedelta(minutes=targets.EMERGENCY_OUTCOME_MINUTES) + GRACE
    far = Q(next_step_at__gt=now + timedelta(days=PLAIN_DAYS))
    emergency = Q(tier=targets.EMERGENCY)
    return Alert.objects.filter(
        Q(state__in=states.UNANSWERED)
        & (far | emergency & Q(next_step_at__gt=now + answer))
        | Q(state=states.ACKNOWLEDGED)
        & (far | emergency & Q(next_step_at__gt=now + outcome))
    )


def sleeps_out_of_reach(*, now: datetime) -> QuerySet[Alert]:
    """Return snoozed alerts that a jumping clock lets sleep for too long."""
    too_long = Q()
    for tier, hours in snoozing.LONGEST_HOURS.items():
        end = now + timedelta(hours=hours) + GRACE
        too_long |= Q(tier=tier, snoozed_until__gt=end)
        too_long |= Q(patient_tier=tier, snoozed_until__gt=end)
    return Alert.objects.filter(too_long, state=states.SNOOZED)


def due_deliveries(*, now: datetime) -> QuerySet[Delivery]:
    """Return what a worker may claim: due, or held by a worker that is gone.

    Times further ahead than any lease, back-off or quiet hours come from a clock that
    jumped.
    """
    far = Q(due_at__gt=now + retries.LONGEST_RETRY + GRACE)
    quiet_hours = Q(quiet_until=F("due_at"), due_at__lte=now + quiet.LONGEST)
    waiting = Q(state="queued") & (Q(due_at__lte=now) | (far & ~quiet_hours))
    dropped = Q(state="leased") & (
        Q(leased_until__lte=now) | Q(leased_until__gt=now + retries.LEASE + GRACE)
    )
    return Delivery.objects.filter(waiting | dropped).order_by(
        urgency("alert__"), "due_at", "pk"
    )


def alerts_behind_schedule(now: datetime) -> QuerySet[Alert]:
    """Return the alerts for which the machine has not done its part.

    A step, a reminder or a waking not made in time; of the unanswered ones also a
    message not sent in time, or nobody told at all.
    """
    late = now - GRACE
    messages = Delivery.objects.filter(alert=OuterRef("pk"))
    stuck = messages.filter(
        Q(state="queued", created_at__lte=late, sent_at__isnull=True, due_at__lte=late)
        | Q(state="leased", leased_until__lte=late)
    )
    untold = Q(opened_at__lte=late) & ~Exists(staff_told(messages))
    return Alert.objects.filter(
        Q(next_step_at__lte=late, state__in=states.UNRESOLVED)
        | Q(Exists(stuck) | untold, state__in=states.UNANSWERED)
    ).order_by(urgency(), "opened_at")


def refused_deliveries() -> QuerySet[Delivery]:
    """Return what is still tried although its provider has refused it again and again.

    Those of patients, too, whom no step of an escalation makes up for.
    """
    return Delivery.objects.filter(
        state="queued", attempt_count__gte=retries.REFUSED
    ).exclude(error_code__in=("", limits.HELD))


def staff_told(messages: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Return those messages that are for staff and not for the patient."""
    return messages.filter(step__gte=1)


def patient_told(messages: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Return those messages that are for the patient or a caregiver."""
    return messages.exclude(step__gte=1)


def counters(now: datetime) -> dict[str, int]:
    """Return what an operator watches; every number should be zero."""
    unanswered = Alert.objects.filter(state__in=states.UNANSWERED)
    return {
        "alerts_behind_schedule": alerts_behind_schedule(now).count(),
        "alerts_unanswered_past_target": unanswered.filter(
            acknowledge_by__lt=now
        ).count(),
        "alerts_nobody_reachable": unanswered.filter(
            ~Exists(staff_told(Delivery.objects.filter(alert=OuterRef("pk"))))
        ).count(),
        "clinics_reaching_nobody": CoverageCheck.objects.filter(
            nobody_hours__gt=0, clinic__activated_at__isnull=False
        ).count(),
        "staff_unreachable": len(unreachable(_staff())),
        "flags_without_alert": flags_without_alert()
        .filter(raised_at__lte=now - GRACE)
        .count(),
        "deliveries_failed": Delivery.objects.filter(
            state="failed", alert__state__in=states.UNANSWERED
        ).count(),
        "deliveries_refused": refused_deliveries()
        .exclude(channel__in=OF_MANY_SERVERS)
        .count(),
    }


def uncovered_hours() -> dict[str, float]:
    """Return the hours of the holes that the last look at each active clinic found."""
    checks = CoverageCheck.objects.filter(clinic__activated_at__isnull=False)
    found = checks.aggregate(nobody=Sum("nobody_hours"), gap=Sum("gap_hours"))
    return {NOBODY: found["nobody"] or 0.0, NOT_AT_ONCE: found["gap"] or 0.0}


def _staff() -> QuerySet[Membership, int]:
    people = Membership.objects.filter(user__is_active=True)
    return people.values_list("user", flat=True)
