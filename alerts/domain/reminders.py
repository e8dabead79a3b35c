"""When a patient is reminded of the diary: at their own hour, if it still waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo


#: A reminder that could not be sent for so long is left out.
#: Unit: hours. Source: our choice: one of the evening must not ring at night.
LATEST: Final = timedelta(hours=3)
#: Two reminders are at least so far apart, also for somebody who flies west.
#: Unit: hours. Source: our choice, half a day.
APART: Final = timedelta(hours=12)
#: A reminder that did not get out is tried again after so long, and so often.
#: Source: our choice; it is no alert.
AGAIN: Final = timedelta(minutes=15)
TRIES: Final = 4
#: A diary without a self-test for so long is reminded of one, also when it is kept.
#: Unit: days. Source: our choice: a loss is judged over the last four self-tests, and
#: with fewer than one a week they are a month old.
TEST_DAYS: Final = 7

#: What a reminder is about: the entry of the day, or days without any while the risk is
#: high, which are asked about before a human calls (R14).
DIARY: Final = "diary"
SILENCE: Final = "silence"
#: The rules whose flags make the risk high, as the analysis has it for R14.
HIGH_RISK_RULES: Final = (
    *("R01", "R02", "R03", "R04", "R05", "R17", "R18", "R19"),
    *("R06", "R07", "R08"),
)
#: After so many days without an entry somebody at high risk is asked.
#: Unit: whole days. Source: clinical.md R14: two by push and SMS, three by a human.
SILENT_DAYS: Final = 2
#: When those are asked who have chosen no hour for reminders.
#: Unit: local clock of the patient. Source: our choice: before the night, when the day
#: can still be logged.
SILENCE_AT: Final = time(18)

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """When somebody wants to be reminded, by the clock where they live."""

    at: time
    zone: ZoneInfo


def day_to_remind(wish: Wish, *, now: datetime) -> date | None:
    """Return the day whose reminder is due now; None at other times."""
    today = now.astimezone(wish.zone).date()
    for day in (today, today - _DAY):
        due = datetime.combine(day, wish.at, wish.zone).astimezone(UTC)
        if due <= now < due + LATEST:
            return day
    return None


def is_silence(day: date, *, entry: date | None) -> bool:
    """Return whether somebody at high risk is to be asked on this day; none twice."""
    return entry is not None and day - entry == (SILENT_DAYS + 1) * _DAY


def waits(day: date, *, entry: date | None, test: date | None) -> bool:
    """Return whether there is something to remind of; the days are those of the last."""
    return (
        entry is None or entry < day or test is None or day - test >= TEST_DAYS * _DAY
    )
