"""What clinicians have accepted as usual for a patient, and what could be asked now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from alerts.domain import states
from alerts.models import Alert
from analytics.domain import proposing
from analytics.domain.findings import NEUROLOGICAL
from analytics.selectors.flags import baselines_of
from dashboard.domain import words
from dashboard.models import PutOff
from dashboard.selectors import signals
from tracker.domain.accepted import LONGEST_AGO, TEST_SIGNAL, signal_name
from tracker.domain.diary import LEGS
from tracker.models import AcceptedBaseline, Outcome, Patient, Treatment
from tracker.selectors.clinical import accepted_baselines


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Something after which a leg may be another than before."""

    on: date
    what: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A level that a leg has kept since a day, for a clinician to accept or not."""

    side: str
    signal: str
    value: float
    usual: float
    since: date
    days: int
    turn: Turn

    @property
    def name(self) -> str:
        """Return what is measured, in words."""
        return words.said(signal_name(self.signal))

    @property
    def why(self) -> str:
        """Return the reason that the form suggests."""
        return _("Stable for three weeks after: %(what)s, %(day)s.") % {
            "what": self.turn.what,
            "day": words.day(self.turn.on),
        }


def standing(patient: Patient) -> list[AcceptedBaseline]:
    """Return what counts now: of each leg and signal what was accepted last."""
    rows = accepted_baselines(patient.pk).select_related("recorded_by")
    latest = {(row.side, row.signal): row for row in rows}
    return [latest[key] for key in sorted(latest)]


def proposals(patient: Patient, *, today: date) -> list[Proposal]:
    """Return the new levels at which the legs have stayed since the last turn.

    None while something neurological waits for an answer, or soon after a turn.
    """
    turn = _last_turn(patient, today=today)
    if turn is None or _is_alarmed(patient):
        return []
    quiet = PutOff.objects.filter(patient=patient, until__gt=today)
    put_off = set(quiet.values_list("side", "signal"))
    return [
        each
        for each in _found(patient, turn, today=today)
        if (each.side, each.signal) not in put_off
    ]


def _found(patient: Patient, turn: Turn, *, today: date) -> Iterator[Proposal]:
    known = baselines_of(patient.pk)
    accepted = {(row.side, row.signal): row.value for row in standing(patient)}
    first = turn.on - timedelta(days=proposing.BEFORE_DAYS)
    for drawn in signals.answered(patient, first=first, last=today):
        signal = drawn.accepted_as
        for side in LEGS:
            answers = {
                date.fromisoformat(row["day"]): float(row["value"])
                for row in drawn.rows
                if row["leg"] == side
            }
            usual = accepted.get((side, signal))
            if usual is None and signal.startswith(TEST_SIGNAL):
                usual = known.get(f"{signal.removeprefix(TEST_SIGNAL)}|{side}")
            elif usual is None:
                usual = proposing.level_before(answers, before=turn.on)
            level = proposing.new_level(signal, answers, usual=usual, today=today)
            if level is not None and usual is not None:
                yield Proposal(
                    side=side,
                    signal=signal,
                    value=level.value,
                    usual=round(usual, 1),
                    since=level.since,
                    days=level.days,
                    turn=turn,
                )


def _is_alarmed(patient: Patient) -> bool:
    waiting = Alert.objects.filter(
        patient=patient, state__in=states.UNRESOLVED, category__in=NEUROLOGICAL
    )
    return waiting.exists()


def _last_turn(patient: Patient, *, today: date) -> Turn | None:
    """Return the last turn; None without one, or when it is too recent or too old."""
    last = max(_turns(patient, today=today), key=lambda turn: turn.on, default=None)
    if last is None or today - last.on < timedelta(days=proposing.STABLE_DAYS):
        return None
    return last if today - last.on <= LONGEST_AGO else None


def _turns(patient: Patient, *, today: date) -> Iterator[Turn]:
    given = Treatment.objects.filter(patient=patient, started_on__lte=today)
    treatment = given.order_by("started_on").last()
    if treatment is not None:
        yield Turn(on=treatment.started_on, what=words.plain(treatment.kind))
    outcomes = Outcome.objects.filter(episode__patient=patient, recorded_on__lte=today)
    outcome = outcomes.order_by("recorded_on").last()
    if outcome is not None:
        yield Turn(on=outcome.recorded_on, what=words.plain(outcome.kind))
    resolved = Alert.objects.filter(patient=patient, state=states.RESOLVED)
    alert = resolved.order_by("resolved_at").last()
    if alert is not None and alert.resolved_at is not None:
        on = alert.resolved_at.astimezone(ZoneInfo(patient.timezone)).date()
        yield Turn(on=on, what=_("an alert resolved"))
