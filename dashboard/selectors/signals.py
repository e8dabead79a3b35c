"""The numbers of the charts: one for each day, leg and quantity; silence stays out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import fmean
from typing import Any, Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.domain import targets
from analytics.models import Flag
from analytics.selectors.flags import baselines_of
from dashboard.domain import series, words
from dashboard.selectors.accepted import accepted_levels
from dashboard.selectors.diary import MODELS
from tracker.domain.diary import LEGS, TESTS
from tracker.domain.words import TEST_NAMES
from tracker.models import (
    Exam,
    NumbnessLog,
    PainLog,
    Patient,
    Treatment,
    WeaknessLog,
)


#: Days over which a summary averages, and how many answers make it worth saying.
#: Unit: days; answers.
#: Source: clinical.md, finding 7 (a 7-day mean against what came before).
#: Caveat: a description for the reader, never a rule.
SUMMARY_DAYS: Final = 7
SUMMARY_ANSWERS: Final = 3

#: Treatments of a single day; the others go on until they are ended.
ONE_DAY: Final = (
    "epidural_steroid_injection",
    "laminectomy",
    "discectomy",
    "other_procedure",
)

Cells = dict[tuple[date, str], list[int]]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One quantity over time, both legs; `high` is the top of its scale."""

    key: str
    title: str
    high: int
    better: str
    rows: Rows
    not_done: Rows = field(default_factory=list)
    usual: Rows = field(default_factory=list)
    accepted: Rows = field(default_factory=list)

    @property
    def accepted_as(self) -> str:
        """Return what a clinician accepts it as."""
        return "leg_pain" if self.key == "pain" else self.key.replace("power-", "test_")

    @property
    def quantity(self) -> str:
        """Return what the analysis calls it."""
        return "leg_pain" if self.key == "pain" else self.key.removeprefix("power-")

    def summary(self, *, last: date) -> list[str]:
        """Return what the chart shows, in a sentence for each leg."""
        return [_summary(self, leg, last=last) for leg in LEGS]


@dataclass(frozen=True, kw_only=True)
class Signals:
    """All quantities of one patient on one time axis, with what happened meanwhile."""

    first: date
    last: date
    days_heard: int
    signals: list[Signal]
    silences: Rows
    events: Rows


def signals(patient: Patient, *, first: date, last: date) -> Signals:
    """Return everything that the charts of one patient draw between two days."""
    heard = _days_heard(patient, first=first, last=last)
    usual = baselines_of(patient.pk)
    accepted = accepted_levels(patient, first=first, last=last)
    drawn = answered(patient, first=first, last=last)
    gaps = series.silences(heard, first=first, last=last)
    return Signals(
        first=first,
        last=last,
        days_heard=len(heard),
        signals=[
            _with_levels(signal, usual, accepted.get(signal.accepted_as, []))
            for signal in drawn
        ],
        silences=[
            {
                "start": start.isoformat(),
                "end": (end + timedelta(days=1)).isoformat(),
                "label": _no_entries((end - start).days + 1),
            }
            for start, end in gaps
        ],
        events=_events(patient, first=first, last=last),
    )


def _no_entries(days: int) -> str:
    return ngettext("no entry for %s day", "no entries for %s days", days) % days


def answered(patient: Patient, *, first: date, last: date) -> list[Signal]:
    """Return the answers of each quantity between two days, and nothing else."""
    return [
        _pain(patient, first=first, last=last),
        _numbness(patient, first=first, last=last),
        *_power(patient, first=first, last=last),
    ]


def _with_levels(signal: Signal, known: dict[str, Any], accepted: Rows) -> Signal:
    """Return a signal with what is usual for each leg: learned, or accepted."""
    told = {row["leg"] for row in accepted}
    learned = [row for row in _usual(signal.quantity, known) if row["leg"] not in told]
    return replace(signal, usual=learned, accepted=accepted)


def _usual(quantity: str, baselines: dict[str, Any]) -> Rows:
    """Return the patient's own usual for each leg; what is not known is absent."""
    rows: Rows = []
    for leg in LEGS:
        known = baselines.get(f"{quantity}|{leg}")
        if isinstance(known, dict):
            low, high, center = (float(known[end]) for end in ("low", "high", "center"))
            usual = _("usual %(low)s to %(high)s") % {
                "low": words.number(low, 1),
                "high": words.number(high, 1),
            }
        elif known is not None:
            low = high = center = float(known)
            usual = _("usual %s") % words.number(center)
        else:
            continue
        label = f"{words.leg(leg)}, {usual}"
        rows.append(
            {"leg": leg, "low": low, "high": high, "center": center, "label": label}
        )
    return rows


def first_day(patient: Patient) -> date | None:
    """Return the day of the patient's first entry, whatever it was."""
    days = [
        model._default_manager.filter(patient=patient, withdrawn_at__isnull=True)
        .order_by("local_day")
        .values_list("local_day", flat=True)
        .first()
        for model in MODELS.values()
    ]
    return min((day for day in days if day), default=None)


def _days_heard(patient: Patient, *, first: date, last: date) -> set[date]:
    return {
        day
        for model in MODELS.values()
        for day in model._default_manager.filter(
            patient=patient,
            withdrawn_at__isnull=True,
            local_day__range=(first, last),
        ).values_list("local_day", flat=True)
    }


def _pain(patient: Patient, *, first: date, last: date) -> Signal:
    answers = PainLog.objects.filter(
        patient=patient,
        withdrawn_at__isnull=True,
        site="leg",
        intensity__isnull=False,
        local_day__range=(first, last),
    ).values_list("local_day", "side", "intensity")
    rows = _rows(_by_leg(answers), how=fmean)
    return Signal(key="pain", title=_("Leg pain"), high=10, better="lower", rows=rows)


def _numbness(patient: Patient, *, first: date, last: date) -> Signal:
    answers = NumbnessLog.objects.filter(
        patient=patient,
        withdrawn_at__isnull=True,
        intensity__isnull=False,
        local_day__range=(first, last),
    ).values_list("local_day", "side", "intensity")
    rows = _rows(_by_leg(answers), how=max)
    return Signal(
        key="numbness", title=_("Numbness"), high=10, better="lower", rows=rows
    )


def _power(patient: Patient, *, first: date, last: date) -> list[Signal]:
    tests = WeaknessLog.objects.filter(
        patient=patient,
        withdrawn_at__isnull=True,
        local_day__range=(first, last),
    ).values_list(
        "test", "local_day", "side", "score", "repeat_score", "not_done_reason"
    )
    scored: dict[str, Cells] = defaultdict(lambda: defaultdict(list))
    missed: dict[str, Rows] = defaultdict(list)
    for test, day, side, score, repeat, reason in tests:
        if test is None or side is None:
            continue
        tries = [number for number in (score, repeat) if number is not None]
        if tries:
            # Effort can fall short of power, never exceed it: the better try counts.
            scored[test][day, side].append(max(tries))
        else:
            label = _("not done: %s") % words.plain(reason or "other")
            missed[test].append(
                {"day": day.isoformat(), "leg": side, "value": 0, "label": label}
            )
    return [
        Signal(
            key=f"power-{test}",
            title=_("Power: %s") % words.said(TEST_NAMES[test]),
            high=3,
            better="higher",
            rows=_rows(scored[test], how=min),
            not_done=missed[test],
        )
        for test in TESTS
        if test in scored or test in missed
    ]


def _by_leg(answers: Iterable[tuple[date, str | None, int | None]]) -> Cells:
    """Sort answers to the legs; `both` counts for each, the midline for none."""
    cells: Cells = defaultdict(list)
    for day, side, value in answers:
        if value is None:
            continue
        for leg in LEGS if side == "both" else (side,):
            if leg in LEGS:
                cells[day, leg].append(value)
    return cells


def _rows(cells: Cells, *, how: Any) -> Rows:
    rows: Rows = []
    for leg in LEGS:
        days = sorted(day for day, side in cells if side == leg)
        run = series.runs(days)
        rows += [
            {
                "day": day.isoformat(),
                "leg": leg,
                "value": round(float(how(cells[day, leg])), 1),
                "run": f"{leg} {run[day]}",
            }
            for day in days
        ]
    return rows


def _events(patient: Patient, *, first: date, last: date) -> Rows:
    flags = Flag.objects.filter(patient=patient, raised_on__range=(first, last))
    given = Treatment.objects.filter(patient=patient, started_on__lte=last)
    examined = Exam.objects.filter(
        episode__patient=patient, examined_on__range=(first, last)
    )
    return [
        *(
            _event(
                "flag",
                flag.raised_on,
                f"{flag.rule} {words.plain(flag.tier)}",
                tier=flag.tier,
            )
            # The most urgent last, so that none is drawn over it.
            for flag in sorted(flags, key=lambda flag: -targets.urgency(flag.tier))
        ),
        *(
            _event(
                "treatment",
                max(treatment.started_on, first),
                words.plain(treatment.kind),
                end=min(_ended(treatment, last=last), last),
            )
            for treatment in given.order_by("started_on")
            if _ended(treatment, last=last) >= first
        ),
        *(
            _event("exam", exam.examined_on, _("examined"))
            for exam in examined.order_by("examined_on")
        ),
    ]


def _ended(treatment: Treatment, *, last: date) -> date:
    """Return the last day of a treatment; one without an end goes on, or was a day."""
    if treatment.ended_on:
        return treatment.ended_on
    return treatment.started_on if treatment.kind in ONE_DAY else last


def _event(
    kind: str, day: date, label: str, *, tier: str = "", end: date | None = None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "day": day.isoformat(),
        "end": (end or day).isoformat(),
        "label": label,
        "tier": tier,
    }


def _summary(signal: Signal, leg: str, *, last: date) -> str:
    rows = [row for row in signal.rows if row["leg"] == leg]
    name = capfirst(words.leg(leg))
    if not rows:
        return _("%s: no answers in this time.") % name
    newest = rows[-1]
    said = ngettext(
        "%(leg)s: last %(value)s of %(high)s on %(day)s; %(count)s day answered.",
        "%(leg)s: last %(value)s of %(high)s on %(day)s; %(count)s days answered.",
        len(rows),
    ) % {
        "leg": name,
        "value": words.number(newest["value"]),
        "high": signal.high,
        "day": words.day(date.fromisoformat(newest["day"]), "j F"),
        "count": len(rows),
    }
    said += "".join(
        f" {capfirst(row['label'].split(', ')[1])}."
        for row in (*signal.usual, *signal.accepted)
        if row["leg"] == leg
    )
    now, before = (_mean(rows, last=last, weeks_ago=weeks) for weeks in (0, 1))
    if now is None or before is None:
        return said
    means = _("Mean of the last 7 days %(now)s, of the 7 before %(before)s.") % {
        "now": words.number(now, 1),
        "before": words.number(before, 1),
    }
    return f"{said} {means}"


def _mean(rows: Rows, *, last: date, weeks_ago: int) -> float | None:
    end = last - timedelta(days=SUMMARY_DAYS * weeks_ago)
    start = end - timedelta(days=SUMMARY_DAYS - 1)
    values = [
        row["value"] for row in rows if start <= date.fromisoformat(row["day"]) <= end
    ]
    return fmean(values) if len(values) >= SUMMARY_ANSWERS else None
