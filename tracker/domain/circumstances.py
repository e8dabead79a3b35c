"""What a danger is judged beside: a recent procedure, a new opioid, harder walking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from tracker.domain import diary, raw_records


#: How long after an operation a new deficit is taken for its complication (R19).
#: Unit: duration.
#: Source: clinical.md sections 6 and 13 (R19), M18; clinical convention.
#: Caveat: counted from the day that the clinic recorded, not from the hour.
AFTER_OPERATION: Final = timedelta(days=30)
#: The same after an epidural steroid injection.
#: Unit: duration.
#: Source: clinical.md sections 6 and 13 (R19), M18 (FDA 2014 safety communication).
#: Caveat: as above.
AFTER_INJECTION: Final = timedelta(days=7)
#: The treatments of the clinic that open such a window.
PROCEDURES: Final[Mapping[str, timedelta]] = {
    "epidural_steroid_injection": AFTER_INJECTION,
    "laminectomy": AFTER_OPERATION,
    "discectomy": AFTER_OPERATION,
    "other_procedure": AFTER_OPERATION,
}

#: Parts of the names by which opioids are known; a medicine is what the patient typed.
#: Unit: letters, capitals ignored.
#: Source: WHO ATC group N02A and common brands; our choice [A].
#: Caveat: a brand that is not here, or a slip of the pen, is not noticed.
OPIOID_NAMES: Final = (
    "opioid",
    "opiate",
    "codein",
    "codamol",
    "dydramol",
    "morph",
    "zomorph",
    "oxyco",
    "oxynorm",
    "targin",
    "percocet",
    "hydrocod",
    "vicodin",
    "norco",
    "tramad",
    "tramal",
    "ultram",
    "tapenta",
    "palexia",
    "nucynta",
    "fentan",
    "buprenorph",
    "butrans",
    "methadon",
    "pethidin",
    "meperidin",
    "tilidin",
    "valoron",
    "piritram",
)
#: An opioid is new for so long after it was first taken.
#: Unit: duration.
#: Source: clinical.md section 13 (R03, "new opioid"), our reading [A]; opioids can
#:   hold back urine, which is why an unclear answer is asked about by phone.
#: Caveat: one that was taken, stopped and taken again is new again after `DAYS_KEPT`.
OPIOID_NEW: Final = timedelta(days=14)
#: How far back day logs are looked at.
#: Unit: duration.
#: Source: our choice [A]; the usual walking time is the median of these days.
#: Caveat: none.
DAYS_KEPT: Final = timedelta(days=42)

#: Walking is newly hard at or below this share of the usual minutes.
#: Unit: fraction.
#: Source: clinical.md section 13 (R16, "down >= 50 %"; R04 gives no number) [A].
#: Caveat: the diary has no question about difficulty walking; this stands in for it.
WALKING_SHARE: Final = 0.5
#: The recent days on which walking must be hard.
#: Unit: duration.
#: Source: clinical.md section 13 (R04, within 7 days).
#: Caveat: none.
WALKING_RECENT: Final = timedelta(days=7)
#: Days of hard walking among those.
#: Unit: day logs.
#: Source: our choice [A]: one short walk beside two slips raised 3 false emergencies
#:   in 49 simulated patient-years without a deficit.
#: Caveat: a confirmed drop of both legs does not wait for it.
WALKING_HARD_DAYS: Final = 2
#: Fewest earlier answers from which a usual walking time is known.
#: Unit: day logs.
#: Source: our choice [A].
#: Caveat: before that, harder walking is not noticed.
WALKING_LEAST_DAYS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """A treatment's window in which a new deficit may be its complication."""

    begins: datetime
    ends: datetime

    def covers(self, at: datetime) -> bool:
        """Return whether the moment lies within the window."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, kw_only=True)
class KnownDay:
    """What a day log says that matters beside a danger."""

    at: datetime
    medicines: tuple[str, ...] = ()
    walking_minutes: float | None = None
    entry: str | None = None
    slap: bool = False


def days_of(records: object, *, now: datetime) -> list[KnownDay]:
    """Return the day logs of a push; what cannot be read is silence."""
    return [
        KnownDay(
            at=raw_records.recorded_at(record, now=now),
            medicines=_medicines(record.get("medications_taken")),
            walking_minutes=_minutes(record.get("walk_minutes_before_stopping")),
            entry=raw_records.record_id(record),
            slap=raw_records.answer(record.get("foot_slap")) == "new",
        )
        for record in raw_records.live_records(records, diary.DAY_LOGS.name)
    ]


def may_matter(day: raw_records.Record) -> bool:
    """Return whether a day log says anything that a danger is judged beside."""
    return bool(
        day.get("foot_slap")
        or _minutes(day.get("walk_minutes_before_stopping")) is not None
        or any(map(is_opioid, _medicines(day.get("medications_taken"))))
    )


def is_opioid(medicine: str) -> bool:
    """Return whether a medicine as the patient calls it is an opioid."""
    name = medicine.casefold()
    return any(part in name for part in OPIOID_NAMES)


def has_new_opioid(days: Iterable[KnownDay], *, now: datetime) -> bool:
    """Return whether an opioid is taken that was not taken before the last days."""
    taken = [day.at for day in days if any(map(is_opioid, day.medicines))]
    return any(now - at <= OPIOID_NEW for at in taken) and not any(
        OPIOID_NEW < now - at <= DAYS_KEPT for at in taken
    )


def is_walking_newly_hard(days: Sequence[KnownDay], *, now: datetime) -> bool:
    """Return whether the patient on some days walks half as long as usual, or less."""
    return is_newly_hard(
        [
            (now - day.at, day.walking_minutes)
            for day in days
            if day.walking_minutes is not None
        ]
    )


def is_newly_hard(walked: Sequence[tuple[timedelta, float]]) -> bool:
    """Return the same of the age and the minutes of each walk."""
    before = [minutes for age, minutes in walked if WALKING_RECENT < age <= DAYS_KEPT]
    if len(before) < WALKING_LEAST_DAYS:
        return False
    limit = WALKING_SHARE * median(before)
    hard = [
        age for age, minutes in walked if age <= WALKING_RECENT and minutes <= limit
    ]
    return limit > 0 and len(hard) >= WALKING_HARD_DAYS


def _medicines(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Sequence):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def _minutes(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 24 * 60 else None
