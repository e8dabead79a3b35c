"""What a clinician wants to know before a visit: what happened since the last one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import fmean, median
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.domain import states
from alerts.models import Alert
from analytics.domain import response
from dashboard.domain import need, words
from dashboard.selectors.alerts import person
from dashboard.selectors.signals import (
    SUMMARY_ANSWERS,
    SUMMARY_DAYS,
    Signal,
    Signals,
    first_day,
    signals,
)
from tracker.domain.diary import LEGS, TESTS
from tracker.domain.words import TEST_NAMES
from tracker.models import (
    Episode,
    Exam,
    Patient,
    RedFlagCheck,
    Treatment,
    WeaknessLog,
)


#: What a sheet looks back at, however long ago the last examination was.
#: Unit: days. Source: our choice: half a year fits the width of a chart.
LONGEST: Final = 180
#: What is looked at where nobody has been examined yet. Unit: days.
WITHOUT_EXAM: Final = 90
#: Alerts on the sheet, the latest ones. Unit: alerts.
MOST_ALERTS: Final = 6


@dataclass(frozen=True, kw_only=True)
class Since:
    """The days that the sheet looks at, and why those; when the diary was begun."""

    first: date
    last: date
    examined_on: date | None
    begun_on: date

    @property
    def days(self) -> int:
        """The days looked at."""
        return (self.last - self.first).days + 1

    @property
    def diary_days(self) -> int:
        """The days of them since the diary was begun."""
        return (self.last - max(self.first, self.begun_on)).days + 1


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A quantity of one leg since the last examination; empty is not answered."""

    title: str
    leg: str
    baseline: str
    usual: str
    lately: str
    worst: str
    days: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """An alert and what was done about it."""

    alert: Alert
    opened_on: date
    answer: str


def since_last_exam(patient: Patient, *, today: date) -> Since:
    """Return the days since the last examination, half a year at most."""
    examined = Exam.objects.filter(
        episode__patient=patient, examined_on__lte=today
    ).aggregate(last=Max("examined_on"))["last"]
    begun = first_day(patient) or today
    first = examined or max(begun, today - timedelta(days=WITHOUT_EXAM - 1))
    earliest = today - timedelta(days=LONGEST - 1)
    return Since(
        first=max(first, earliest), last=today, examined_on=examined, begun_on=begun
    )


def course(patient: Patient, since: Since) -> Signals:
    """Return everything that the charts draw of these days."""
    return signals(patient, first=since.first, last=since.last)


def measures(drawn: Signals) -> list[Measure]:
    """Return each quantity by leg: baseline, usual, lately and worst."""
    found = [_measure(each, leg, drawn) for each in drawn.signals for leg in LEGS]
    return [each for each in found if each.days]


def _measure(signal: Signal, leg: str, drawn: Signals) -> Measure:
    rows = [row for row in signal.rows if row["leg"] == leg]
    values = [row["value"] for row in rows]
    recent = (drawn.last - timedelta(days=SUMMARY_DAYS - 1)).isoformat()
    lately = [row["value"] for row in rows if row["day"] >= recent]
    baseline = [
        row["label"].split(", ", 1)[1]
        for row in (*signal.usual, *signal.accepted)
        if row["leg"] == leg
    ]
    worst = _worst(signal, rows)
    return Measure(
        title=signal.title,
        leg=words.leg(leg),
        baseline="; ".join(baseline),
        usual=words.number(median(values), 1) if values else "",
        lately=words.number(fmean(lately), 1) if len(lately) >= SUMMARY_ANSWERS else "",
        worst=worst,
        days=len(rows),
    )


def _worst(signal: Signal, rows: list[dict[str, object]]) -> str:
    """Return the worst value with its last day."""
    if not rows:
        return ""
    values = [float(str(row["value"])) for row in rows]
    worst = max(values) if signal.better == "lower" else min(values)
    day = max(
        str(row["day"])
        for row, value in zip(rows, values, strict=True)
        if value == worst
    )
    shown = words.number(worst)
    return f"{shown} ({words.day(date.fromisoformat(day), 'j M')})"


def alerts_since(patient: Patient, since: Since) -> list[Told]:
    """Return the alerts of these days with what was done, the latest first."""
    zone = ZoneInfo(patient.clinic.timezone)
    start = datetime.combine(since.first, time(), tzinfo=zone)
    found = (
        Alert.objects.filter(patient=patient, opened_at__gte=start)
        .exclude(state=states.SUPERSEDED)
        .select_related("acknowledged_by", "resolved_by")
        .order_by("-opened_at")[:MOST_ALERTS]
    )
    return [
        Told(
            alert=alert,
            opened_on=alert.opened_at.astimezone(zone).date(),
            answer=_answer(alert),
        )
        for alert in found
    ]


def _answer(alert: Alert) -> str:
    """Return what was done about an alert, in words."""
    said = []
    if alert.acknowledged_at:
        said.append(
            _("answered after %(time)s by %(who)s")
            % {
                "time": need.duration(alert.acknowledged_at - alert.opened_at),
                "who": person(alert.acknowledged_by) or _("nobody named"),
            }
        )
    if alert.resolved_at:
        said.append(_("outcome: %s") % words.plain(alert.outcome))
        said += [" ".join(alert.outcome_note.split())] if alert.outcome_note else []
    else:
        said.append(_("no outcome yet"))
    return "; ".join(said)


def open_questions(patient: Patient, since: Since) -> list[str]:
    """Return what nobody has answered: tests never done, questions not asked."""
    return [*_tests(patient, since), *_safety(patient, since), *_record(patient)]


def _tests(patient: Patient, since: Since) -> Iterator[str]:
    done = tested(patient)
    for leg in LEGS:
        never = [test for test in TESTS if (test, leg) not in done]
        if len(never) == len(TESTS):
            yield _("%s: no self-test was ever done.") % capfirst(words.leg(leg))
        elif never:
            yield _("%(leg)s, never tested: %(tests)s.") % {
                "leg": capfirst(words.leg(leg)),
                "tests": names_of(never),
            }
        old = [
            test for test in TESTS if done.get((test, leg), since.first) < since.first
        ]
        if old:
            yield _("%(leg)s, not tested in these days: %(tests)s.") % {
                "leg": capfirst(words.leg(leg)),
                "tests": names_of(old),
            }
    painful = WeaknessLog.objects.filter(
        patient=patient,
        withdrawn_at__isnull=True,
        not_done_reason="pain",
        local_day__range=(since.first, since.last),
    ).count()
    if painful:
        yield (
            ngettext(
                "%s self-test was not done because of pain.",
                "%s self-tests were not done because of pain.",
                painful,
            )
            % painful
        )


def tested(patient: Patient) -> dict[tuple[str, str], date]:
    """Return by test and leg the last day on which it was scored."""
    return {
        (test, side): last
        for test, side, last in WeaknessLog.objects.filter(
            patient=patient, withdrawn_at__isnull=True, score__isnull=False
        )
        .values_list("test", "side")
        .annotate(last=Max("local_day"))
    }


def names_of(tests: list[str]) -> str:
    """Return self-tests in the reader's words."""
    return ", ".join(words.said(TEST_NAMES[test]) for test in tests)


def _safety(patient: Patient, since: Since) -> Iterator[str]:
    last = RedFlagCheck.objects.filter(
        patient=patient, withdrawn_at__isnull=True
    ).aggregate(last=Max("local_day"))["last"]
    if last is None:
        yield _("The safety questions were never answered.")
    elif last < since.first:
        yield _("The safety questions were last answered on %s.") % words.day(last)


def _record(patient: Patient) -> Iterator[str]:
    """Yield what the clinic itself has not written down."""
    episode = Episode.objects.filter(patient=patient, closed_on=None).first()
    if episode is None:
        yield _("No episode is recorded: cause, level and onset are not known.")
    elif episode.level == "unknown":
        yield _("The level of the episode is not known.")
    open_count = Alert.objects.filter(
        patient=patient, state__in=states.UNRESOLVED
    ).count()
    if open_count:
        yield (
            ngettext(
                "%s alert has no outcome.", "%s alerts have no outcome.", open_count
            )
            % open_count
        )


def next_due(patient: Patient, *, today: date) -> list[tuple[date, str]]:
    """Return what is due and when, the soonest first; what is late stands in it, too."""
    zone = ZoneInfo(patient.clinic.timezone)
    alerts = Alert.objects.filter(patient=patient, state__in=states.UNRESOLVED)
    due = [
        (
            alert.examine_by.astimezone(zone).date(),
            _("examine: %s") % words.plain(alert.category),
        )
        for alert in alerts
        if alert.examine_by
    ]
    return sorted([*due, *_responses_due(patient, today=today)])


def _responses_due(patient: Patient, *, today: date) -> Iterator[tuple[date, str]]:
    """Yield from when the response to a treatment can be read."""
    longest = max(response.AFTER_DAYS.values()) + response.WINDOW_DAYS
    begun = Treatment.objects.filter(
        patient=patient, started_on__range=(today - timedelta(days=longest), today)
    )
    for treatment in begun:
        for weeks, first in response.AFTER_DAYS.items():
            day = treatment.started_on + timedelta(days=first + response.WINDOW_DAYS)
            if day > today:
                yield (
                    day,
                    _("response after %(weeks)s weeks: %(treatment)s")
                    % {
                        "weeks": weeks,
                        "treatment": words.said(treatment.get_kind_display()),
                    },
                )
