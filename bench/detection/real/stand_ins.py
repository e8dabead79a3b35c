"""Ratings of real people, read as if they were the diary of a patient of ours.

Scales are stretched to ours and rounded, as an app would ask; nothing is made up for
days without a rating. Of nobody is it known that a nerve root lost anything, so each loud
neurological flag counts as false.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.domain.findings import NEUROLOGICAL
from analytics.domain.pipeline import replay
from analytics.domain.records import diary_of
from bench.detection.diaries import LOUD
from tracker.domain.power_tests import NORMAL_SCORE


FOLDER: Final = Path(__file__).parent
#: The day before day 1; which one does not matter.
_BEFORE: Final = date(2021, 1, 3)
_DAYS_OF_A_YEAR: Final = 365.25

Fields = dict[str, Any]


def _pain(points: float) -> tuple[str, Fields]:
    return "pain_logs", {"site": "leg", "side": "left", "intensity": points}


def _numbness(side: str) -> Callable[[float], tuple[str, Fields]]:
    regions = ("big_toe", "dorsum_foot")
    return lambda points: (
        "numbness_logs",
        {"side": side, "intensity": points, "regions": regions},
    )


def _heel_walk(weakness: float) -> tuple[str, Fields]:
    score = NORMAL_SCORE - weakness
    return "weakness_logs", {"side": "left", "test": "heel_walk", "score": score}


@dataclass(frozen=True)
class StandIn:
    """A column of a file: its lowest and highest rating, and what it is read as.

    `top` is the highest answer of our own scale.
    """

    column: str
    lowest: float
    highest: float
    top: int
    read_as: Callable[[float], tuple[str, Fields]]

    def answer(self, rating: float) -> tuple[str, Fields]:
        """Return collection and fields of a rating."""
        share = (rating - self.lowest) / (self.highest - self.lowest)
        return self.read_as(float(min(round(share * self.top), self.top)))


STAND_INS: Final[dict[str, tuple[StandIn, ...]]] = {
    "visible": (
        StandIn("muscle_weakness", 0, 3, NORMAL_SCORE, _heel_walk),
        StandIn("nerve_pain", 0, 3, 10, _pain),
        StandIn("muscle_aches", 0, 3, 10, _numbness("left")),
    ),
    "myaiguide": (
        StandIn("knees", 0, 10, 10, _pain),
        StandIn("forearm", 0, 10, 10, _numbness("left")),
        StandIn("hands", 0, 10, 10, _numbness("right")),
    ),
    "habets": (
        StandIn("walk_difficulty_daymean", 1, 7, NORMAL_SCORE, _heel_walk),
        StandIn("stiffness_daymean", 1, 7, 10, _pain),
        StandIn("slowness_daymean", 1, 7, 10, _numbness("left")),
    ),
}


def records(name: str) -> Iterator[dict[str, Any]]:
    """Yield a file as documents of diary.md, each with its collection and patient."""
    with (FOLDER / f"{name}.csv").open(encoding="ascii", newline="") as lines:
        for row in csv.DictReader(lines):
            at = _BEFORE + timedelta(days=int(row["day"]))
            patient = f"{name}-{row.get('person', '1')}"
            for each in STAND_INS[name]:
                if row[each.column]:
                    collection, fields = each.answer(float(row[each.column]))
                    yield {
                        "collection": collection,
                        "patient": patient,
                        "id": f"{patient}-{row['day']}-{each.column}",
                        "recorded_at": f"{at.isoformat()}T19:00:00+00:00",
                        **fields,
                    }


@dataclass(frozen=True)
class Heard:
    """What one file raised: people, patient-years from first to last day, loud flags."""

    people: int
    years: float
    flags: tuple[str, ...]


def heard(name: str) -> Heard:
    """Return what the product says of a file, all rules as they ship."""
    rows: dict[str, list[dict[str, Any]]] = {}
    days: dict[str, list[date]] = {}
    for record in records(name):
        rows.setdefault(record["collection"], []).append(record)
        day = date.fromisoformat(record["recorded_at"][:10])
        days.setdefault(record["patient"], []).append(day)
    spans = [(max(own) - min(own)).days + 1 for own in days.values()]
    flags = [
        finding.rule
        for found in replay(diary_of(rows)).values()
        for finding in found
        if finding.category in NEUROLOGICAL and finding.tier in LOUD
    ]
    return Heard(len(days), sum(spans) / _DAYS_OF_A_YEAR, tuple(flags))


def at_most(rate: float, years: float) -> int:
    """Return the most flags that a rate a patient-year leaves likely, 97.5 of 100."""
    drawn = np.random.default_rng(1).poisson(rate * years, 100_000)
    return int(np.quantile(drawn, 0.975))


def table(rate: float) -> Iterator[str]:
    """Yield what was heard of all files, beside what the simulated rate implies."""
    yield "# Real diaries: loud neurological flags of people without a lost root\n"
    yield f"| file | people | patient-years | flags | at {rate} a patient-year |"
    yield "|---|---|---|---|---|"
    found = {name: heard(name) for name in STAND_INS}
    for name, own in found.items():
        said = ", ".join(own.flags) or "none"
        yield (
            f"| {name} | {own.people} | {own.years:.1f} | {said} | "
            f"{rate * own.years:.1f}, at most {at_most(rate, own.years)} |"
        )
    years = sum(own.years for own in found.values())
    count = sum(len(own.flags) for own in found.values())
    yield (
        f"| **all** | {sum(own.people for own in found.values())} | {years:.1f} | "
        f"{count}: {count / years:.2f} a patient-year | "
        f"{rate * years:.1f}, at most {at_most(rate, years)} |"
    )
