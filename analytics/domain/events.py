"""What the clinic did and saw, as far as the rules need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tracker.domain import circumstances
from tracker.domain.accepted import SIGNALS
from tracker.domain.diary import LEGS


BASELINE: Final = "baseline"
KINDS: Final = ("treatment", "outcome", "exam", BASELINE)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A treatment begun, an outcome noted, a finding of an exam or an accepted baseline.

    `on` is a local day. `name` is the kind of treatment or outcome; of an exam it is
    what was examined (`power`), `location` the root, `side` the leg and `grade` the
    MRC grade 0-5; of a baseline it is the signal (`numbness`, `test_heel_walk`), which
    is usual at `value` on `side` from that day on.
    """

    patient: str
    kind: str
    name: str
    on: date
    side: str | None = None
    location: str | None = None
    grade: int | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError("an event's kind is treatment, outcome, exam or baseline")
        if self.kind == BASELINE and not self._is_baseline():
            raise ValueError("a baseline has a leg, a signal and a value on its scale")

    def _is_baseline(self) -> bool:
        low, high = SIGNALS.get(self.name, (0.0, -1.0))
        value = self.value
        return self.side in LEGS and value is not None and low <= value <= high

    @property
    def risk_days(self) -> int:
        """Days for which the event puts the patient at high risk; 0 for none."""
        if self.kind != "treatment":
            return 0
        return circumstances.PROCEDURES.get(self.name, timedelta(0)).days


def event_of(row: Mapping[str, Any]) -> Event:
    """Return the event that a line of an events file describes."""
    day = row["on"]
    grade, value = row.get("grade"), row.get("value")
    return Event(
        patient=str(row["patient"]),
        kind=str(row["kind"]),
        name=str(row["name"]),
        on=day if isinstance(day, date) else date.fromisoformat(str(day)),
        side=row.get("side"),
        location=row.get("location"),
        grade=None if grade is None else int(grade),
        value=None if value is None else float(value),
    )


def procedures(events: Iterable[Event]) -> list[Event]:
    """Return the injections and operations among the events."""
    return [event for event in events if event.risk_days]
