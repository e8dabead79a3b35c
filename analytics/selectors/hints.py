"""The picture of a patient's last weeks that the hints are judged from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import fmean, median
from typing import Any, Final
from zoneinfo import ZoneInfo

from analytics.domain import hints
from analytics.domain.picture import Leg, Picture
from analytics.selectors.flags import baselines_of
from tracker.domain.circumstances import PROCEDURES
from tracker.domain.diary import LEGS, RED_FLAG_ITEMS
from tracker.models import (
    DayLog,
    Episode,
    NumbnessLog,
    PainLog,
    Patient,
    RedFlagCheck,
    Treatment,
    WeaknessLog,
)


#: The score of a healthy leg, where the own is not known yet.
#: Unit: self-test score. Source: clinical.md 2.2 [W27]. Caveat: hints only.
NORMAL: Final = 3.0
_INJECTION: Final = "epidural_steroid_injection"


def hints_of(patient: Patient, *, now: datetime) -> list[hints.Hint]:
    """Return the hints for one patient as of now."""
    today = now.astimezone(ZoneInfo(patient.timezone)).date()
    return hints.hints(picture_of(patient, today=today))


def picture_of(patient: Patient, *, today: date) -> Picture:
    """Return what the diary recorded in the last weeks, and what the clinic knows."""
    pain = list(_rows(PainLog, patient, today, hints.LOOKBACK_DAYS))
    numb = list(_rows(NumbnessLog, patient, today, hints.LOOKBACK_DAYS))
    days = list(_rows(DayLog, patient, today, hints.LOOKBACK_DAYS))
    power = _power(patient, today)
    back = [each.intensity for each in pain if each.site == "back"]
    relievers = _words(pain, "relievers")
    if any(each.relief_on_sitting for each in days):
        relievers |= {"sitting"}
    if any(each.relief_leaning_forward for each in days):
        relievers |= {"leaning_forward"}
    return Picture(
        legs={side: _leg(side, pain, numb, power) for side in LEGS},
        back_pain=_mean(back),
        triggers=_words([each for each in pain if each.site == "leg"], "triggers"),
        relievers=relievers,
        safety=_safety(patient, today),
        age=patient.birth_year and today.year - patient.birth_year,
        complaint_days=_complaint_days(patient, today),
        days_since_operation=_days_since_operation(patient, today),
    )


def _leg(
    side: str, pain: list[Any], numb: list[Any], power: dict[tuple[str, str], bool]
) -> Leg:
    own = [log for log in pain if log.site == "leg" and log.side in (side, "both")]
    areas = [log for log in numb if log.side in (side, "both") and log.intensity != 0]
    return Leg(
        numb=_words(areas, "regions"),
        painful=_words([log for log in own if log.intensity != 0], "regions"),
        pain=_mean([log.intensity for log in own]),
        burns=any(log.kind == "burning" for log in areas)
        or "burning" in _words(own, "qualities"),
        weak=frozenset(
            test for (test, leg), is_weak in power.items() if leg == side and is_weak
        ),
        strong=frozenset(
            test
            for (test, leg), is_weak in power.items()
            if leg == side and not is_weak
        ),
    )


def _power(patient: Patient, today: date) -> dict[tuple[str, str], bool]:
    """Return of each movement that was tested lately whether it is weak."""
    tries: dict[tuple[str, str], list[int]] = defaultdict(list)
    for log in _rows(WeaknessLog, patient, today, hints.RECENT_DAYS):
        known = [each for each in (log.score, log.repeat_score) if each is not None]
        if known and log.test and log.side in LEGS:
            tries[log.test, log.side].append(max(known))
    usual = baselines_of(patient.pk)
    return {
        (test, side): median(scores)
        <= float(usual.get(f"{test}|{side}", NORMAL)) - hints.WEAK_STEPS
        for (test, side), scores in tries.items()
    }


def _safety(patient: Patient, today: date) -> dict[str, str]:
    """Return the last answer to each safety question."""
    answers: dict[str, str] = {}
    checks = _rows(RedFlagCheck, patient, today, hints.RECENT_DAYS)
    for check in checks.order_by("happened_at"):
        for item in RED_FLAG_ITEMS:
            if getattr(check, item):
                answers[item] = getattr(check, item)
    return answers


def _complaint_days(patient: Patient, today: date) -> int | None:
    begun = (
        Episode.objects.filter(
            patient=patient, closed_on__isnull=True, onset_on__isnull=False
        )
        .order_by("onset_on")
        .values_list("onset_on", flat=True)
        .first()
    )
    return (today - begun).days if begun else None


def _days_since_operation(patient: Patient, today: date) -> int | None:
    operations = set(PROCEDURES) - {_INJECTION}
    last = (
        Treatment.objects.filter(
            patient=patient, kind__in=operations, started_on__lte=today
        )
        .order_by("-started_on")
        .values_list("started_on", flat=True)
        .first()
    )
    return (today - last).days if last else None


def _rows(model: Any, patient: Patient, today: date, days: int) -> Any:
    return model.objects.filter(
        patient=patient,
        withdrawn_at__isnull=True,
        local_day__range=(today - timedelta(days=days - 1), today),
    )


def _words(rows: Iterable[Any], name: str) -> frozenset[str]:
    return frozenset(word for row in rows for word in getattr(row, name) or ())


def _mean(values: Iterable[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
