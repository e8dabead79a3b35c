"""A simulated alert as lines of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.selectors.on_call import Simulation
from dashboard.domain import need, words


#: What the steps of a policy are called on a page.
WHOM: Final = {
    "on_duty": "On duty",
    "second": "Second on duty",
    "person": "A named person",
    "care_team": "The care team",
    "administrators": "The administrators",
    "everybody": "Last resort: everybody",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One moment at which people would be told: name, and when quiet hours end."""

    at: datetime
    later: str
    whom: str
    people: tuple[tuple[str, datetime | None], ...]
    stands_in: bool
    again: bool


def lines(told: Simulation) -> list[Line]:
    """Return the moments of a simulation, ready to be read."""
    return list(_lines(told))


def _lines(told: Simulation) -> Iterator[Line]:
    for moment in told.moments:
        yield Line(
            at=moment.at,
            later=need.duration(moment.at - told.moments[0].at),
            whom=words.said(WHOM.get(moment.hop.whom, moment.hop.whom)),
            people=tuple(
                (told.names[pk], moment.held.get(pk)) for pk in moment.hop.people
            ),
            stands_in=not moment.hop.as_written,
            again=moment.repeats > 0,
        )
