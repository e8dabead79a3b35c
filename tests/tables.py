"""Draw a diary in text: one cell a day, a dot for silence, a comma for several answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from analytics.domain.findings import Finding
from analytics.domain.pipeline import replay
from analytics.domain.records import Diary, diary_of


START = date(2026, 3, 1)
PATIENT = "p1"
Rows = dict[str, list[dict[str, Any]]]


def day(number: int) -> date:
    """Return a day of the drawing; the first column is day 0."""
    return START + timedelta(days=number)


def cells(drawing: str) -> Iterable[tuple[int, str]]:
    for number, cell in enumerate(drawing.split()):
        for answer in cell.split(","):
            if answer != ".":
                yield number, answer


def at(number: int, minute: int = 0) -> datetime:
    return datetime.combine(day(number), time(19, minute), tzinfo=UTC)


class Drawing:
    """Collects rows; every method draws one signal of the patient."""

    def __init__(self, patient: str = PATIENT) -> None:
        self.patient = patient
        self.rows: Rows = {}
        self._ids = count(1)

    def _add(self, collection: str, number: int, **fields: Any) -> None:
        serial = next(self._ids)
        self.rows.setdefault(collection, []).append(
            {
                "patient": self.patient,
                "id": f"{self.patient}-{serial:06d}",
                "recorded_at": at(number, serial % 60),
                **fields,
            }
        )

    def tests(self, drawing: str, test: str = "big_toe_lift", side: str = "right"):
        """Draw self-tests: 3 is a score, 1/2 a score and its repeat, u was not safe."""
        for number, cell in cells(drawing):
            score, _, repeat = cell.partition("/")
            if cell == "u":
                self._add(
                    "weakness_logs",
                    number,
                    side=side,
                    test=test,
                    score=None,
                    not_done_reason="unsafe",
                )
                continue
            self._add(
                "weakness_logs",
                number,
                side=side,
                test=test,
                score=int(score),
                repeat_score=int(repeat) if repeat else None,
            )
        return self

    def pain(self, drawing: str, side: str = "right", site: str = "leg"):
        for number, cell in cells(drawing):
            self._add("pain_logs", number, site=site, side=side, intensity=int(cell))
        return self

    def numbness(self, drawing: str, side: str = "right", regions=("big_toe",)):
        for number, cell in cells(drawing):
            self._add(
                "numbness_logs",
                number,
                side=side,
                intensity=None if cell == "?" else int(cell),
                regions=list(regions),
            )
        return self

    def day_logs(self, drawing: str, field: str):
        for number, cell in cells(drawing):
            value: Any = (
                {"y": True, "n": False}.get(cell) if cell in "yn" else int(cell)
            )
            self._add("day_logs", number, day=day(number), **{field: value})
        return self

    def medicines(self, *names: str, days: Iterable[int]):
        for number in days:
            self._add(
                "day_logs", number, day=day(number), medications_taken=list(names)
            )
        return self

    def checks(self, number: int, **answers: str):
        self._add("red_flag_checks", number, **answers)
        return self

    def diary(self) -> Diary:
        return diary_of(self.rows)

    def raised(self, *rules: str, **options: Any) -> list[Finding]:
        """Return what a replay raises, perhaps only by some rules."""
        found = replay(self.diary(), **options).get(self.patient, [])
        return [item for item in found if not rules or item.rule in rules]

    def days_of(self, *rules: str, **options: Any) -> list[int]:
        """Return the numbers of the days on which the rules were raised."""
        found = self.raised(*rules, **options)
        return [(item.raised_on - START).days for item in found]
