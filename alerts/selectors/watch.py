"""Is every promise kept, how fast do people hear and answer, and how much is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest

from alerts.domain import states, targets
from alerts.domain.load import Load
from alerts.models import Alert, Delivery
from alerts.selectors import schedule
from tracker.models import Clinic, Consent
from tracker.selectors.consent import MONITORING


#: How far back the response times of the metrics look.
#: Unit: days. Source: our choice; long enough that a small clinic has some alerts.
RESPONSES: Final = timedelta(days=7)

#: How far back the alert load looks.
#: Unit: days. Source: our choice, four weeks; a week of a small clinic is chance.
LOAD: Final = timedelta(days=28)

#: The quantiles of the response times: the usual case, and the one to worry about.
QUANTILES: Final = (0.5, 0.9)


#: What is timed of an alert, as `Responses` holds it.
TIMED: Final = ("heard", "patient_heard", "answered")


class Quantile(Aggregate):
    """PostgreSQL's interpolated quantile of a column of durations."""

    name = "Quantile"
    function = "PERCENTILE_CONT"
    template = "%(function)s(%(quantile)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Responses:
    """How long the alerts of a tier took to reach staff and patient, and to be answered.

    Quantile (0-1) to duration; empty when there was none.
    """

    tier: str
    heard_within: dict[float, timedelta]
    patient_heard_within: dict[float, timedelta]
    answered_within: dict[float, timedelta]


def on_schedule(*, now: datetime) -> bool:
    """Return whether the machine has done its part for every open alert by `now`.

    A step not taken, a message not sent, a flag without an alert, or an alert that
    was sent and has reached nobody, each for longer than the grace, breaks it. That
    people have not answered yet does not: telling the next one is on schedule.
    """
    late = schedule.flags_without_alert().filter(raised_at__lte=now - schedule.GRACE)
    return not (
        schedule.alerts_behind_schedule(now).exists()
        or unheard(now=now).exists()
        or late.exists()
    )


def unheard(*, now: datetime) -> QuerySet[Alert]:
    """Return unanswered alerts that were tried, and went out to nobody in time.

    A tier without a target waits in the app for the next visit and goes out to nobody.
    """
    messages = schedule.staff_told(Delivery.objects.filter(alert=OuterRef("pk")))
    out = messages.filter(schedule.GOES_OUT, state="sent")
    tried = messages.filter(attempt_count__gt=0)
    return Alert.objects.filter(
        Exists(tried),
        ~Exists(out),
        tier__in=list(targets.ANSWER_MINUTES),
        state__in=states.UNANSWERED,
        opened_at__lte=now - schedule.GRACE,
    )


def responses(*, now: datetime) -> Iterator[Responses]:
    """Return the response times of the alerts of the last RESPONSES, by tier."""
    messages = Delivery.objects.filter(alert=OuterRef("pk"))
    rows = Alert.objects.filter(opened_at__gt=now - RESPONSES, opened_at__lte=now)
    timed = rows.annotate(
        heard=_since_opened(_first_out(schedule.staff_told(messages))),
        patient_heard=_since_opened(_first_out(schedule.patient_told(messages))),
        answered=_since_opened(F("acknowledged_at")),
    )
    quantiles = {
        f"{what}_{index}": Quantile(what, quantile=quantile)
        for index, quantile in enumerate(QUANTILES)
        for what in TIMED
    }
    for row in timed.values("tier").annotate(**quantiles).order_by("tier"):
        yield Responses(row["tier"], *(_named(row, what) for what in TIMED))


def oldest_due_delivery(*, now: datetime) -> timedelta:
    """Return how long the message that waits longest is overdue; zero when none is."""
    oldest = schedule.due_deliveries(now=now).order_by().aggregate(at=Min("due_at"))
    return max(now - oldest["at"], timedelta()) if oldest["at"] else timedelta()


def due_by_channel(*, now: datetime) -> dict[str, int]:
    """Return how many messages of each channel should be out and are not yet."""
    due = schedule.due_deliveries(now=now).order_by()
    return dict(due.values_list("channel").annotate(n=Count("pk")))


def refused_by_channel() -> dict[tuple[str, str], int]:
    """Return how many messages each channel refuses for now, by its code."""
    rows = schedule.refused_deliveries().order_by()
    found = rows.values_list("channel", "error_code").annotate(n=Count("pk"))
    return {(channel, code): count for channel, code, count in found}


def load(
    clinic: Clinic | None = None, *, now: datetime, span: timedelta = LOAD
) -> Load:
    """Return how many alerts of a clinic, or of all, were opened in the span until now.

    Patient time is that of the patients who agree today, since they first did.
    """
    since = now - span
    alerts = Alert.objects.filter(opened_at__gt=since, opened_at__lte=now)
    agreed = Consent.objects.filter(
        kind=MONITORING, withdrawn_at__isnull=True, given_at__lte=now
    )
    if clinic is not None:
        alerts = alerts.filter(patient__clinic=clinic)
        agreed = agreed.filter(patient__clinic=clinic)
    counts = alerts.values_list("tier").annotate(n=Count("pk"))
    time = Value(now) - Greatest(Min("given_at"), Value(since))
    spans = agreed.values("patient").annotate(
        time=ExpressionWrapper(time, output_field=DurationField())
    )
    total: timedelta | None = spans.aggregate(total=Sum("time"))["total"]
    return Load(dict(counts), total or timedelta())


def _first_out(messages: QuerySet[Delivery]) -> Subquery:
    """Return when the first of them went out."""
    sent = messages.filter(schedule.GOES_OUT, sent_at__isnull=False)
    return Subquery(sent.order_by("sent_at").values("sent_at")[:1])


def _since_opened(at: F | Subquery) -> ExpressionWrapper[CombinedExpression]:
    return ExpressionWrapper(at - F("opened_at"), output_field=DurationField())


def _named(row: Mapping[str, Any], what: str) -> dict[float, timedelta]:
    times = {q: row[f"{what}_{index}"] for index, q in enumerate(QUANTILES)}
    return {quantile: time for quantile, time in times.items() if time is not None}
