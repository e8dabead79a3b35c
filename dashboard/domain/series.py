"""Days of a chart: runs that may be joined by a line, and the silence between."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Final


#: Silence from which a chart shades the gap.
#: Unit: days without any entry.
#: Source: our proposal; one missed day is common (detection.md: 9-16 % of days).
#: Caveat: shading only; a line is broken by every missed day.
SHADED_SILENCE_DAYS: Final = 3


def runs(days: Iterable[date], *, joined_over_days: int = 1) -> dict[date, int]:
    """Number the runs of days; a line may join days of one run only."""
    numbered: dict[date, int] = {}
    number, before = 0, None
    for day in sorted(set(days)):
        if before is not None and (day - before).days > joined_over_days:
            number += 1
        numbered[day] = number
        before = day
    return numbered


def silences(
    days: Iterable[date], *, first: date, last: date
) -> list[tuple[date, date]]:
    """Return the spans (first and last silent day) long enough to be shaded."""
    known = sorted({day for day in days if first <= day <= last})
    edges = [first - timedelta(days=1), *known, last + timedelta(days=1)]
    gaps = []
    for before, after in pairwise(edges):
        silent = (after - before).days - 1
        if silent >= SHADED_SILENCE_DAYS:
            gaps.append((before + timedelta(days=1), after - timedelta(days=1)))
    return gaps
