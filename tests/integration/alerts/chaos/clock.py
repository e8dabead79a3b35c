"""The workers' clock: it runs fast, and may be set wrong while they run.

Each setting has a number, which stands in the microseconds of every instant that was
read by it. So the log tells by which setting of the clock a step was taken.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path


@dataclass
class Clock:
    """What the processes share, in a file that is replaced at once."""

    path: str
    base: str
    #: How many times faster than real time it runs.
    speed: float
    started: float = field(default_factory=time.time)
    #: How wrong it was, setting by setting; the last one counts. Unit: minutes.
    offsets: list[int] = field(default_factory=lambda: [0])
    #: Take no more steps, only send what waits.
    sending_only: bool = False

    @classmethod
    def read(cls, path: str) -> Clock:
        return cls(**json.loads(Path(path).read_text()))

    def write(self) -> None:
        fresh = Path(f"{self.path}.new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(self.path)

    def set_wrong(self, *, minutes: int) -> None:
        self.offsets.append(minutes)
        self.write()

    def now(self) -> datetime:
        passed = timedelta(seconds=(time.time() - self.started) * self.speed)
        wrong = timedelta(minutes=self.offsets[-1])
        moment = datetime.fromisoformat(self.base) + passed + wrong
        return moment.replace(microsecond=len(self.offsets) - 1)

    def true(self, at: datetime) -> datetime:
        """Return when it really was, on this fast clock without its errors."""
        return at - timedelta(minutes=self.offsets[at.microsecond])

    def knows(self, at: datetime) -> bool:
        """Return whether the instant was read from this clock, and not from another."""
        return at.microsecond < len(self.offsets)

    def leaps(self, one: datetime, other: datetime) -> timedelta:
        """Return by how much it was set forward between two settings."""
        first, last = sorted((one.microsecond, other.microsecond))
        settings = self.offsets[first : last + 1]
        forward = [max(0, b - a) for a, b in pairwise(settings)]
        return timedelta(minutes=sum(forward))
