"""What a push asked of the patient and nobody answered becomes urgent for the clinic.

A single low self-test is to be repeated, a foot that newly slaps to be tested, a numb
saddle on the body map to be gone through: information for staff while the patient can settle it in two minutes. A day
later silence is no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from analytics.models import Flag
from analytics.services.raising import raise_flags
from tracker.domain import saddle
from tracker.domain.diary import LEGS
from tracker.domain.motor_danger import FOOT_SLAP, OTHER_LEG
from tracker.domain.red_flag_rules import (
    INFO,
    LEG_DROPPED,
    SADDLE_UNANSWERED,
    URGENT,
)
from tracker.models import RedFlagCheck, WeaknessLog
from tracker.selectors.diary import MODEL_OF


#: So long the patient has time to do what they were asked.
#: Unit: duration.
#: Source: our choice [A]; clinical.md section 13 (R03, R05): the same day.
#: Caveat: looked at when the diary is analysed, at the latest in the next night.
ANSWER_WITHIN: Final = timedelta(hours=24)
#: What was asked longer ago has been told, or belongs to a time before this rule.
#: Unit: duration. Source: our choice. Caveat: none.
ASKED_SINCE: Final = timedelta(days=7)
#: Within what time the patient should be examined. Unit: hours.
#: Source: clinical.md section 13 (R03, R05). Caveat: from when nobody had answered.
EXAMINE_WITHIN: Final = timedelta(hours=24)

#: Ends the key of a flag that tells of another one without an answer.
_SUFFIX: Final = "|unanswered"
#: The rules that ask the patient for something.
_ASKING: Final = (LEG_DROPPED.id, SADDLE_UNANSWERED.id)


def raise_unanswered(patient_id: UUID, *, today: date, now: datetime) -> list[Flag]:
    """Raise what was asked of a patient and not answered; return the new flags."""
    asked = Flag.objects.filter(
        patient=patient_id,
        rule__in=_ASKING,
        tier=INFO,
        status="open",
        raised_at__gt=now - ASKED_SINCE,
        raised_at__lte=now - ANSWER_WITHIN,
    )
    flags = [
        _urgent(flag, today=today, now=now)
        for flag in asked
        if _stands(flag) and not is_answered(flag)
    ]
    return raise_flags(flags, now=now)


def asked_by(flag: Flag) -> Flag | None:
    """Return the flag whose request nobody had answered; None: this tells of none."""
    if not flag.key.endswith(_SUFFIX):
        return None
    key = flag.key.removesuffix(_SUFFIX)
    return Flag.objects.filter(patient=flag.patient_id, key=key).first()


def _stands(flag: Flag) -> bool:
    """Return whether the entry was not taken back, or is not stored by itself."""
    entry = _entry(flag)
    model = MODEL_OF[entry.get("collection", LEG_DROPPED.collection)]
    entries = model._default_manager.filter(patient=flag.patient_id, pk=entry.get("id"))
    return not entries.filter(withdrawn_at__isnull=False).exists()


def is_answered(flag: Flag) -> bool:
    """Return whether the patient has done since what they were asked for."""
    since = {
        "patient": flag.patient_id,
        "received_at__gt": flag.raised_at,
        "withdrawn_at__isnull": True,
    }
    if flag.rule == LEG_DROPPED.id:
        tests = WeaknessLog.objects.filter(**since, score__isnull=False)
        items = flag.evidence.get("items", [])
        if FOOT_SLAP in items and not flag.side:  # nobody knows which foot slaps
            return tests.filter(test="heel_walk").exists()
        side = flag.side
        if OTHER_LEG in items:
            side = next(each for each in LEGS if each != side)
        return tests.filter(side=side, test__in=items).exists()
    checks = RedFlagCheck.objects.filter(**since)
    for question in saddle.QUESTIONS:
        checks = checks.exclude(**{question: None}).exclude(
            **{question: "prefer_not_to_say"}
        )
    return checks.exists()


def _urgent(flag: Flag, *, today: date, now: datetime) -> Flag:
    """Return the flag once more, for the clinic; it names the same entry."""
    return Flag(
        patient_id=flag.patient_id,
        key=f"{flag.key}{_SUFFIX}",
        rule=flag.rule,
        rule_version=flag.rule_version,
        tier=URGENT,
        category=flag.category,
        side=flag.side,
        likely_roots=flag.likely_roots,
        onset_on=flag.onset_on,
        raised_on=today,
        raised_at=now,
        evidence=dict(flag.evidence),
        explanation=flag.explanation,
        patient_title=flag.patient_title,
        patient_text=flag.patient_text,
        clinician_text=flag.clinician_text,
        examine_by=now + EXAMINE_WITHIN,
    )


def _entry(flag: Flag) -> Mapping[str, Any]:
    entries = flag.evidence.get("entries") or [{}]
    entry: Mapping[str, Any] = entries[0]
    return entry
