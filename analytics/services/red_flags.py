"""Red flags become flags: in the transaction of the push, and again from the rows.

The web process runs this: no pandas here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from analytics.domain.red_flag_sentences import told_of
from analytics.models import Flag
from analytics.selectors.flags import has_recent_motor_drop
from analytics.services.raising import raise_flags
from tracker.domain.red_flags import TIERS, RedFlag
from tracker.models import Patient
from tracker.selectors.diary import MODEL_OF


#: Within what time the patient should be examined, by the clinician's tier.
#: Unit: hours.
#: Source: clinical.md section 3.4 (W11: MRI within 4 h of the request) for emergencies;
#:   section 13, "same day" and "URGENT 24 h", for urgent ones.
#: Caveat: the time of the examination, not of an operation.
EXAMINE_WITHIN: Final = {"emergency": timedelta(hours=4), "urgent": timedelta(hours=24)}
#: The same for a severe drop of one leg (R05).
#: Unit: hours.
#: Source: clinical.md section 13 (R05: "exam <= 24 h"), from W3, W4, W5.
#: Caveat: counted from the report; the drop itself can be older.
EXAMINE_WITHIN_LEG_DROPPED: Final = timedelta(hours=24)
#: Flags of days so long gone are marked as late.
#: Unit: days. Source: our choice [A]. Caveat: a night's work is not late.
LATE_AFTER: Final = timedelta(days=1)

_SIDES: Final = ("left", "right", "both")


@dataclass(frozen=True)
class _Told:
    """What all red flags of one call have in common."""

    patient_id: UUID
    today: date
    days: Mapping[tuple[str, str], date]
    now: datetime

    def day_of(self, red_flag: RedFlag) -> date:
        """Return the patient's day of the entry; today for what was not stored."""
        key = (red_flag.collection, red_flag.entry or "")
        return min(self.days.get(key, self.today), self.today)


def record_red_flags(
    patient_id: UUID, red_flags: Sequence[RedFlag], now: datetime
) -> list[Flag]:
    """Store red flags as flags; return the new ones. Called twice it does nothing.

    Each entry speaks for itself: the same answer in another check is another flag,
    so that an emergency is never taken for one that was closed before.
    """
    if not red_flags:
        return []
    zone = Patient.objects.values_list("timezone", flat=True).get(pk=patient_id)
    told = _Told(
        patient_id=patient_id,
        today=now.astimezone(ZoneInfo(zone)).date(),
        days=_entry_days(patient_id, red_flags),
        now=now,
    )
    return raise_flags([_flag_of(red_flag, told) for red_flag in red_flags], now=now)


def untold(patient_id: UUID, replayed: Collection[RedFlag]) -> list[RedFlag]:
    """Return those that no stored flag of the same entry tells, or only as less urgent.

    A push judges by what is known now. The replay judges each evening by what that
    evening knew, so that the fever which a phone sends two weeks late stands beside
    the drop of its own week.
    """
    if not replayed:
        return []
    stored = Flag.objects.filter(
        patient=patient_id, rule__in={each.rule for each in replayed}
    ).values_list("rule", "tier", "evidence__entries")
    told: dict[tuple[str, str | None], int] = {}
    for rule, tier, entries in stored:
        for entry in entries or ():
            key = rule, entry.get("id")
            told[key] = min(told.get(key, len(TIERS)), TIERS.index(tier))
    return [
        each
        for each in replayed
        if told.get((each.rule, each.entry), len(TIERS))
        > TIERS.index(each.clinician_tier)
    ]


def on_red_flags_found(
    sender: object,
    patient_id: UUID,
    red_flags: list[RedFlag],
    now: datetime,
    **_: object,
) -> None:
    """Store what a push has found, inside its transaction."""
    record_red_flags(patient_id, red_flags, now)


def on_motor_drop_asked(sender: object, patient_id: UUID, **_: object) -> bool:
    """Answer the push: an open or recent finding is known to the red flags."""
    return has_recent_motor_drop(patient_id, now=timezone.now())


def _entry_days(
    patient_id: UUID, red_flags: Iterable[RedFlag]
) -> dict[tuple[str, str], date]:
    wanted: dict[str, set[str]] = {}
    for flag in red_flags:
        if flag.entry:
            wanted.setdefault(flag.collection, set()).add(flag.entry)
    return {
        (collection, entry): day
        for collection, ids in wanted.items()
        for entry, day in MODEL_OF[collection]
        ._default_manager.filter(patient_id=patient_id, pk__in=ids)
        .values_list("pk", "local_day")
    }


def _flag_of(red_flag: RedFlag, told: _Told) -> Flag:
    day = told.day_of(red_flag)
    within = _examine_within(red_flag)
    return Flag(
        patient_id=told.patient_id,
        key=_key(red_flag, day),
        rule=red_flag.rule,
        rule_version=red_flag.version,
        tier=red_flag.clinician_tier,
        category=red_flag.category,
        side=red_flag.side if red_flag.side in _SIDES else "",
        onset_on=day,
        raised_on=day,
        raised_at=told.now,
        late=told.today - day > LATE_AFTER,
        evidence=_evidence(red_flag, day),
        explanation=told_of(red_flag),
        patient_title=red_flag.title,
        patient_text=red_flag.text,
        clinician_text=red_flag.clinician_text,
        examine_by=told.now + within if within else None,
    )


def _key(red_flag: RedFlag, day: date) -> str:
    """Return rule, tier, side, items and entry; the day where there is no entry."""
    parts = (
        red_flag.rule,
        red_flag.clinician_tier,
        red_flag.side or "",
        "+".join(red_flag.items),
        red_flag.entry or day.isoformat(),
    )
    return "|".join(parts)


def _evidence(red_flag: RedFlag, day: date) -> dict[str, object]:
    """Return the evidence; the alerts read `items` and `patient_tier` of it."""
    entry = {
        "collection": red_flag.collection,
        "id": red_flag.entry,
        "day": day.isoformat(),
        "value": ", ".join(red_flag.items),
    }
    return {
        "entries": [entry],
        "numbers": {},
        "items": list(red_flag.items),
        "patient_tier": red_flag.tier,
        "source": "red_flags",
    }


def _examine_within(red_flag: RedFlag) -> timedelta | None:
    if red_flag.rule == "R05" and red_flag.clinician_tier == "emergency":
        return EXAMINE_WITHIN_LEG_DROPPED
    return EXAMINE_WITHIN.get(red_flag.clinician_tier)
