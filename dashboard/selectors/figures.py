"""The figures of a clinic: does it answer in time, and are its alerts worth it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate

from alerts.domain import states
from alerts.domain.load import Load
from alerts.domain.targets import ALERTING
from alerts.models import Alert
from alerts.selectors import watch
from alerts.selectors.response_times import timed_alerts
from analytics.domain.rules import CATALOGUE
from dashboard.domain.figures import Spread
from dashboard.domain.words import said
from tracker.domain.circumstances import PROCEDURES
from tracker.models import Clinic, Exam, Treatment


#: What can become of an alert, as the page counts it.
ACTED: Final = (
    "emergency_admission",
    "examined_referred",
    "treatment_changed",
    "surgery_planned",
)
FALSE_ALARM: Final = "false_alarm"
#: key -> what it measures.
INTERVALS: Final = {
    "flag": "Onset to flag",
    "answer": "Flag to first answer",
    "exam": "Flag to examination",
    "intervention": "Flag to procedure",
}


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One alert: when it was opened, and what has become of it; days are local."""

    tier: str
    opened_at: datetime
    opened_on: date
    onset_on: date | None
    first_answer: datetime | None
    was_due: datetime | None
    examine_by: datetime | None
    examined_on: date | None
    intervened_on: date | None


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One interval of one tier."""

    key: str
    title: str
    tier: str
    spread: Spread


@dataclass(frozen=True, kw_only=True)
class RuleLoad:
    """What the alerts of one rule came to."""

    rule: str
    title: str
    acted: int
    nothing: int
    false_alarm: int
    unresolved: int
    per_100: float

    @property
    def alerts(self) -> int:
        """Return how many alerts it had a part in."""
        return self.acted + self.nothing + self.false_alarm + self.unresolved

    @property
    def percent_acted(self) -> int | None:
        """Return the share that something was done about, of those that ended."""
        ended = self.alerts - self.unresolved
        return round(100 * self.acted / ended) if ended else None


def intervals(clinic: Clinic, *, since: datetime, now: datetime) -> list[Interval]:
    """Return how long each step took for the alerts opened since, by tier.

    An alert that a worse one replaced is left out: what was done is counted there. An
    examination or procedure counts from the day of the flag, whatever it was for.
    """
    zone = ZoneInfo(clinic.timezone)
    rows = list(_timed(clinic, zone, since=since, now=now))
    measures: dict[str, Callable[[list[Timed]], Spread]] = {
        "flag": lambda mine: _onset_to_flag(mine, zone),
        "answer": lambda mine: _to_answer(mine, now),
        "exam": lambda mine: _to_exam(mine, zone, now),
        "intervention": _to_intervention,
    }
    found = []
    for key, measure in measures.items():
        for tier in ALERTING:
            mine = [row for row in rows if row.tier == tier]
            spread = measure(mine)
            if spread.count:
                found.append(
                    Interval(
                        key=key, title=said(INTERVALS[key]), tier=tier, spread=spread
                    )
                )
    return found


def rule_loads(clinic: Clinic, load: Load, *, since: datetime) -> list[RuleLoad]:
    """Return what the alerts since came to, by rule, the most frequent first.

    An alert that two rules raised counts for both.
    """
    alerts = (
        Alert.objects.filter(patient__clinic=clinic, opened_at__gte=since)
        .exclude(state=states.SUPERSEDED)
        .values_list("flags__rule", "pk", "state", "outcome")
        .distinct()
    )
    counted: dict[str, Counter[str]] = {}
    for rule, _, state, outcome in alerts:
        if rule:
            counted.setdefault(rule, Counter())[_became(state, outcome)] += 1
    weeks = load.patient_weeks
    loads = [
        RuleLoad(
            rule=rule,
            title=CATALOGUE[rule].title if rule in CATALOGUE else "",
            acted=became["acted"],
            nothing=became["nothing"],
            false_alarm=became["false_alarm"],
            unresolved=became["unresolved"],
            per_100=100 * became.total() / weeks if weeks else 0.0,
        )
        for rule, became in counted.items()
    ]
    return sorted(loads, key=lambda each: (-each.alerts, each.rule))


def load_of(clinic: Clinic, *, since: datetime, now: datetime) -> Load:
    """Return the alerts and the patient time since."""
    return watch.load(clinic, now=now, span=now - since)


def caseload(
    clinic: Clinic, *, first: date, last: date
) -> list[tuple[date, dict[str, int]]]:
    """Return how many alerts of each tier were unresolved at the end of each day.

    Days are those of the clinic's clock, [first, last].
    """
    zone = ZoneInfo(clinic.timezone)
    begins = datetime.combine(first, time(), zone)
    ended = Max("log__at", filter=Q(log__action__in=("resolve", "supersede")))
    rows = (
        Alert.objects.filter(patient__clinic=clinic, tier__in=ALERTING)
        .annotate(ended_at=ended)
        .filter(
            Q(state__in=states.UNRESOLVED)
            | Q(ended_at__gte=begins)
            | Q(resolved_at__gte=begins)
        )
        .values_list("tier", "opened_at", "ended_at", "state")
    )
    changes: Counter[tuple[str, date]] = Counter()
    for tier, opened_at, ended_at, state in rows:
        changes[tier, max(opened_at.astimezone(zone).date(), first)] += 1
        if state not in states.UNRESOLVED and ended_at:
            changes[tier, max(ended_at.astimezone(zone).date(), first)] -= 1
    return list(_running(changes, first, last))


def _running(
    changes: Counter[tuple[str, date]], first: date, last: date
) -> Iterator[tuple[date, dict[str, int]]]:
    open_now = dict.fromkeys(ALERTING, 0)
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        for tier in ALERTING:
            open_now[tier] += changes[tier, day]
        yield day, dict(open_now)


def _became(state: str, outcome: str) -> str:
    if state != states.RESOLVED:
        return "unresolved"
    if outcome in ACTED:
        return "acted"
    return "false_alarm" if outcome == FALSE_ALARM else "nothing"


def _timed(
    clinic: Clinic, zone: ZoneInfo, *, since: datetime, now: datetime
) -> Iterator[Timed]:
    exams = Exam.objects.filter(
        episode__patient=OuterRef("patient"), examined_on__gte=OuterRef("opened_on")
    ).order_by("examined_on")
    procedures = Treatment.objects.filter(
        patient=OuterRef("patient"),
        kind__in=list(PROCEDURES),
        started_on__range=(OuterRef("opened_on"), now.astimezone(zone).date()),
    ).order_by("started_on")
    rows: Iterable[dict[str, Any]] = (
        timed_alerts(clinic, since=since, until=now)
        .exclude(state=states.SUPERSEDED)
        .filter(tier__in=ALERTING)
        .annotate(opened_on=TruncDate("opened_at", tzinfo=zone))
        .annotate(
            examined_on=Subquery(exams.values("examined_on")[:1]),
            intervened_on=Subquery(procedures.values("started_on")[:1]),
        )
        .values(*Timed.__dataclass_fields__)
    )
    return (Timed(**row) for row in rows)


def _onset_to_flag(rows: list[Timed], zone: ZoneInfo) -> Spread:
    """The onset is a day, so this is good to a day."""
    times = [
        row.opened_at - datetime.combine(row.onset_on, time(), zone)
        for row in rows
        if row.onset_on
    ]
    return Spread(times=times, waiting=0, due=0, in_time=0)


def _to_answer(rows: list[Timed], now: datetime) -> Spread:
    asked = [row for row in rows if row.was_due]
    done = [(row, row.first_answer) for row in asked if row.first_answer]
    late = [row for row in asked if not row.first_answer and _before(row.was_due, now)]
    return Spread(
        times=[at - row.opened_at for row, at in done],
        waiting=len(asked) - len(done),
        due=len(done) + len(late),
        in_time=sum(_before(at, row.was_due) for row, at in done),
    )


def _to_exam(rows: list[Timed], zone: ZoneInfo, now: datetime) -> Spread:
    """An examination is a day: on the day of the deadline it is in time."""
    asked = [
        (row, row.examine_by.astimezone(zone).date()) for row in rows if row.examine_by
    ]
    done = [(row, row.examined_on, by) for row, by in asked if row.examined_on]
    today = now.astimezone(zone).date()
    late = [row for row, by in asked if not row.examined_on and by < today]
    return Spread(
        times=[on - row.opened_on for row, on, _ in done],
        waiting=len(asked) - len(done),
        due=len(done) + len(late),
        in_time=sum(on <= by for _, on, by in done),
    )


def _to_intervention(rows: list[Timed]) -> Spread:
    """Most need none, so only those who had one are counted."""
    times = [row.intervened_on - row.opened_on for row in rows if row.intervened_on]
    return Spread(times=times, waiting=0, due=0, in_time=0)


def _before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one <= other
