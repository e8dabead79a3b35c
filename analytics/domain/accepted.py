"""What a clinician has called usual: each detector compares with it from that day on.

No day before it is seen as a change: the filter of a loss begins anew at the accepted
level, self-tests have it as their baseline, and the pain rules take it for what pain
had been until then. Days before are judged as ever. It hides no red flag; R04 and R05 find
a leg that had recovered to it and falls again (`tracker.domain.motor_danger`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from typing import Any, Final

import numpy as np

from analytics.domain.events import BASELINE, Event
from analytics.domain.rows import Ints, Rows, begins
from tracker.domain.accepted import TEST_SIGNAL, in_force
from tracker.domain.diary import LEGS, TESTS


#: The signal that the rules of pain look at.
PAIN: Final = "leg_pain"
#: The one that the rules of feeling look at.
NUMBNESS: Final = "numbness"
#: The rules that compare with pain of a leg, and those with its feeling and power.
PAIN_RULES: Final = ("R10", "R11")
LOSS_RULES: Final = ("R06", "R07", "R08")


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An accepted value: of which patient (a number), leg (a place) and signal."""

    patient: int
    leg: int
    signal: str
    on: date
    value: float

    @property
    def test(self) -> int | None:
        """The place of the movement in `TESTS`; None for what is no self-test."""
        name = self.signal.removeprefix(TEST_SIGNAL)
        return TESTS.index(name) if name != self.signal else None


def accepted_of(
    events: Iterable[Event], patients: Sequence[str]
) -> tuple[Accepted, ...]:
    """Return the accepted baselines that count of the patients, in order of day.

    The events are in the order in which they were written down.
    """
    number = dict(zip(patients, count(), strict=False))
    found = [
        Accepted(
            patient=number[event.patient],
            leg=LEGS.index(event.side or ""),
            signal=event.name,
            on=event.on,
            value=float(event.value or 0),
        )
        for event in events
        if event.kind == BASELINE and event.patient in number
    ]
    counts = in_force(
        found,
        of=lambda each: (each.patient, each.leg, each.signal),
        since=lambda each: each.on,
    )
    return tuple(sorted(chain(*counts.values()), key=lambda each: each.on))


def turns(accepted: Iterable[Accepted]) -> list[list[Accepted]]:
    """Return the first of each patient, leg and signal, then the second of each, ..."""
    rounds: list[list[Accepted]] = []
    times: dict[tuple[int, int, str], int] = {}
    for each in accepted:
        key = each.patient, each.leg, each.signal
        turn = times[key] = times.get(key, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(each)
    return rounds


def rebased(days: Rows, accepted: Iterable[Accepted]) -> Rows:
    """Return the rows of `baseline.usual_power` with what was accepted as their base.

    The series of a movement begins anew on that day: no test before it counts as one
    that was lower than the new base.
    """
    tests = [each for each in accepted if each.test is not None]
    if not tests:
        return days
    base, part = days["base"].copy(), np.zeros(len(days), np.int64)
    for each in tests:
        own = slice(*days["patient"].searchsorted([each.patient, each.patient + 1]))
        later = (
            (days["side"][own] == each.leg)
            & (days["test"][own] == each.test)
            & (days["day"][own] >= np.datetime64(each.on))
        )
        base[own][later] = each.value
        part[own][later] += 1
    return days.assign(base=base, group=np.cumsum(begins(days["group"], part)) - 1)


def eras(rows: Rows, accepted: Iterable[Accepted]) -> Ints:
    """Return how often what the rule of each row compares with had been accepted anew.

    What is found after that is no part of what was found before, however soon.
    """
    era = np.zeros(len(rows), np.int64)
    for each in accepted:
        rules = PAIN_RULES if each.signal == PAIN else LOSS_RULES
        era += (
            (rows["patient"] == each.patient)
            & (rows["side"] == LEGS[each.leg])
            & (rows["day"] >= np.datetime64(each.on))
            & np.isin(rows["rule"], rules)
        )
    return era


def beside(rule: str, side: str | None, evidence: Mapping[str, Any]) -> set[str]:
    """Return the accepted baselines that a rule's finding of a side compared with."""
    return {
        f"{each['signal']} {each['from']} {each['value']}"
        for each in evidence.get("baselines", ())
        if each["side"] == side
        and rule in (PAIN_RULES if each["signal"] == PAIN else LOSS_RULES)
    }


def told(events: Iterable[Event], *, until: date) -> list[dict[str, Any]]:
    """Return the accepted baselines of a patient as a flag of that day keeps them."""
    return [
        {
            "signal": event.name,
            "side": event.side,
            "from": event.on.isoformat(),
            "value": event.value,
        }
        for event in events
        if event.on <= until
    ]


def kept(patient: str, evidence: Mapping[str, Any]) -> list[Event]:
    """Return the accepted baselines that a flag with such evidence was raised with."""
    return [
        Event(
            patient=patient,
            kind=BASELINE,
            name=each["signal"],
            side=each["side"],
            on=date.fromisoformat(each["from"]),
            value=each["value"],
        )
        for each in evidence.get("baselines", ())
    ]
