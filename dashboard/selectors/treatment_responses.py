"""How the diary answered to each treatment, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.domain import response
from analytics.selectors.responses import Response, responses
from dashboard.domain import words
from tracker.domain.words import TEST_NAMES
from tracker.models import Patient


#: What each quantity is called; they are all better when lower.
QUANTITIES: Final = {
    "leg_pain": gettext_lazy("leg pain"),
    "back_pain": gettext_lazy("back pain"),
    "numbness": gettext_lazy("numbness"),
    "peg": gettext_lazy("PEG, pain in daily life"),
}
VERDICTS: Final = {
    "better": gettext_lazy("better"),
    "worse": gettext_lazy("worse"),
    "unclear": gettext_lazy("unclear"),
    "too_few_answers": gettext_lazy("too few answers"),
}
#: Half the width of the drawn interval. Unit: points; more is cut off.
DRAWN: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A difference with its 95 % interval as places in a drawing 100 wide."""

    low: float
    high: float
    middle: float

    @property
    def width(self) -> float:
        """How wide the interval is drawn."""
        return self.high - self.low


@dataclass(frozen=True, kw_only=True)
class Line:
    """A quantity before and after a treatment, in words."""

    name: str
    verdict: str
    verdict_word: str
    before: str = ""
    after: str = ""
    difference: str = ""
    interval: Interval | None = None
    is_reliable: bool | None = None


@dataclass(frozen=True, kw_only=True)
class PhaseShown:
    """Some weeks after a treatment beside the days before it."""

    phase: response.Phase
    lines: list[Line]
    weaker: list[str]


@dataclass(frozen=True, kw_only=True)
class ResponseShown:
    """A treatment with what the diary said before and after."""

    name: str
    response: Response
    phases: list[PhaseShown]
    beside: list[str]


def treatment_responses(patient: Patient, *, now: datetime) -> list[ResponseShown]:
    """Return the response to the latest treatments, the newest first."""
    return [
        ResponseShown(
            name=capfirst(words.said(each.treatment.get_kind_display())),
            response=each,
            phases=[_phase(phase) for phase in each.phases],
            beside=[
                f"{words.said(other.get_kind_display())}, {words.day(other.started_on)}"
                for other in each.also_begun
            ],
        )
        for each in responses(patient, now=now)
    ]


def _phase(phase: response.Phase) -> PhaseShown:
    return PhaseShown(
        phase=phase,
        lines=[_line(change) for change in phase.changes],
        weaker=list(_weaker(phase)),
    )


def _weaker(phase: response.Phase) -> Iterator[str]:
    for each in phase.power:
        if each.is_lower:
            yield _("%(test)s, %(leg)s: usually %(before)s before, %(after)s after") % {
                "test": words.said(TEST_NAMES[each.test]),
                "leg": words.leg(each.side),
                "before": words.number(each.before),
                "after": words.number(each.after),
            }


def _line(change: response.Change) -> Line:
    name = str(QUANTITIES[change.quantity])
    if change.side in ("left", "right"):
        name = f"{name}, {words.leg(change.side)}"
    line = Line(
        name=capfirst(name),
        verdict=change.verdict,
        verdict_word=str(VERDICTS[change.verdict]),
        is_reliable=change.is_reliable,
    )
    known = (change.before, change.after, change.difference, change.low, change.high)
    before, after, difference, low, high = known
    if before is None or after is None or difference is None:
        return line
    if low is None or high is None:
        return line
    return replace(
        line,
        before=words.number(before, 1),
        after=words.number(after, 1),
        difference=_("%(difference)s (%(low)s to %(high)s)")
        % {
            "difference": _signed(difference),
            "low": _signed(low),
            "high": _signed(high),
        },
        interval=Interval(
            low=_place(low), high=_place(high), middle=_place(difference)
        ),
    )


def _signed(value: float) -> str:
    shown = words.number(abs(value), 1)
    return f"\u2212{shown}" if value < 0 else f"+{shown}"


def _place(value: float) -> float:
    return round(50 + 50 * max(-DRAWN, min(DRAWN, value)) / DRAWN, 1)
