"""How long it takes a clinic: from onset to flag, to the first answer, to the outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Aggregate,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from alerts.domain import states
from alerts.domain.targets import ALERTING
from alerts.models import Alert, AlertLog
from tracker.models import Clinic


#: What an answer was due by; older lines of the log do not say.
_DUE: Final = Cast(KeyTextTransform("due", "detail"), DateTimeField())


class Median(Aggregate):
    """The middle of a span, by PostgreSQL; None of nothing."""

    function = "PERCENTILE_CONT"
    name = "median"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, kw_only=True)
class ResponseTimes:
    """What a clinic did about the alerts of a tier; a median of nothing is None.

    The onset is a day, so the first median is good to a day.
    """

    tier: str
    opened: int
    answered: int
    answered_in_time: int
    resolved: int
    onset_to_flag: timedelta | None
    flag_to_answer: timedelta | None
    flag_to_outcome: timedelta | None
    outcomes: dict[str, int]


def response_times(
    clinic: Clinic, *, since: datetime, until: datetime
) -> list[ResponseTimes]:
    """Return the figures of the alerts opened in [since, until), by tier.

    An alert belongs to the clinic where its patient is now. The first answer and what
    it was due by are read from the log, for an alert that was opened again has
    forgotten who had it, and was given a new time.
    """
    alerts = timed_alerts(clinic, since=since, until=until)
    rows = {row["tier"]: row for row in _by_tier(alerts)}
    outcomes = _outcomes(alerts)
    return [
        ResponseTimes(**rows[tier], outcomes=outcomes.get(tier, {}))
        for tier in ALERTING
        if tier in rows
    ]


def timed_alerts(
    clinic: Clinic, *, since: datetime, until: datetime
) -> QuerySet[Alert]:
    """Return the alerts opened in [since, until), with `first_answer` and `was_due`."""
    alerts = Alert.objects.filter(
        patient__clinic=clinic, opened_at__gte=since, opened_at__lt=until
    )
    return alerts.annotate(
        first_answer=Subquery(_first_answer().values("at")[:1]),
        was_due=Coalesce(
            Subquery(_first_answer().values(due=_DUE)[:1]), F("acknowledge_by")
        ),
    )


def _first_answer() -> QuerySet[AlertLog]:
    answers = AlertLog.objects.filter(alert=OuterRef("pk"), action__in=states.ANSWERS)
    return answers.order_by("at", "pk")


def _by_tier(alerts: QuerySet[Alert]) -> Any:
    onset = Cast("onset_on", DateTimeField())
    return alerts.values("tier").annotate(
        opened=Count("pk"),
        answered=Count("first_answer"),
        answered_in_time=Count("pk", filter=Q(first_answer__lte=F("was_due"))),
        resolved=Count("pk", filter=Q(state="resolved")),
        onset_to_flag=Median(_span(F("opened_at") - onset)),
        flag_to_answer=Median(_span(F("first_answer") - F("opened_at"))),
        flag_to_outcome=Median(_span(F("resolved_at") - F("opened_at"))),
    )


def _span(difference: Any) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(difference, output_field=DurationField())


def _outcomes(alerts: QuerySet[Alert]) -> dict[str, dict[str, int]]:
    ended = alerts.filter(state="resolved").values_list("tier", "outcome")
    counted: dict[str, dict[str, int]] = {}
    for (tier, outcome), count in sorted(Counter(ended).items()):
        counted.setdefault(tier, {})[outcome] = count
    return counted
