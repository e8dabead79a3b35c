"""How the diary answered to each treatment, from the rows themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Any, Final
from zoneinfo import ZoneInfo

from analytics.domain import response
from tracker.domain.diary import LEGS
from tracker.models import DayLog, NumbnessLog, PainLog, Patient, Treatment, WeaknessLog


#: Treatments looked at, the latest ones: bounds the work of a request.
MOST: Final = 20
#: The side of what belongs to no leg.
NO_LEG: Final = "none"
PEG: Final = ("peg_pain", "peg_enjoyment", "peg_activity")

Answers = Iterable[tuple[str, str, date, float]]


@dataclass(frozen=True, kw_only=True)
class Response:
    """A treatment, what the diary said before and after, and what was begun beside."""

    treatment: Treatment
    phases: list[response.Phase]
    also_begun: list[Treatment]


def responses(patient: Patient, *, now: datetime) -> list[Response]:
    """Return the response to the latest treatments of a patient, the newest first."""
    begun = list(Treatment.objects.filter(patient=patient).order_by("-started_on"))
    shown = begun[:MOST]
    if not shown:
        return []
    today = now.astimezone(ZoneInfo(patient.timezone)).date()
    first = shown[-1].started_on - timedelta(response.WINDOW_DAYS)
    courses = _courses(patient, first, today)
    tests = _days(_self_tests(patient, first, today), min)
    return [
        Response(
            treatment=each,
            phases=response.phases(each.started_on, courses, tests, today=today),
            also_begun=[other for other in begun if _is_beside(other, each)],
        )
        for each in shown
    ]


def _is_beside(other: Treatment, treatment: Treatment) -> bool:
    """Return whether another treatment began where this one is judged."""
    began = (other.started_on - treatment.started_on).days
    last = max(response.AFTER_DAYS.values()) + response.WINDOW_DAYS
    return other.pk != treatment.pk and -response.WINDOW_DAYS <= began < last


def _courses(patient: Patient, first: date, last: date) -> response.Courses:
    return {
        **_days(_pain(patient, first, last), fmean),
        **_days(_numbness(patient, first, last), max),
        **_days(_peg(patient, first, last), fmean),
    }


def _days(answers: Answers, how: Callable[[list[float]], float]) -> response.Courses:
    """Return one number for each day that was answered."""
    cells: dict[tuple[str, str], dict[date, list[float]]] = defaultdict(dict)
    for quantity, side, day, value in answers:
        for leg in LEGS if side == "both" else (side,):
            cells[quantity, leg].setdefault(day, []).append(value)
    return {
        key: {day: float(how(values)) for day, values in days.items()}
        for key, days in cells.items()
    }


def _pain(patient: Patient, first: date, last: date) -> Answers:
    rows = _answered(PainLog, patient, first, last).filter(intensity__isnull=False)
    for site, side, day, value in rows.values_list(
        "site", "side", "local_day", "intensity"
    ):
        if site == "back":
            yield "back_pain", NO_LEG, day, value
        elif site == "leg" and side in (*LEGS, "both"):
            yield "leg_pain", side, day, value


def _numbness(patient: Patient, first: date, last: date) -> Answers:
    rows = _answered(NumbnessLog, patient, first, last).filter(intensity__isnull=False)
    for side, day, value in rows.values_list("side", "local_day", "intensity"):
        if side in (*LEGS, "both"):
            yield "numbness", side, day, value


def _peg(patient: Patient, first: date, last: date) -> Answers:
    rows = _answered(DayLog, patient, first, last)
    for day, *items in rows.values_list("local_day", *PEG):
        if None not in items:
            yield "peg", NO_LEG, day, fmean(items)


def _self_tests(patient: Patient, first: date, last: date) -> Answers:
    rows = _answered(WeaknessLog, patient, first, last)
    for test, side, day, *tries in rows.values_list(
        "test", "side", "local_day", "score", "repeat_score"
    ):
        known = [each for each in tries if each is not None]
        if known and test and side in LEGS:
            # Effort can fall short of power, never exceed it: the better try counts.
            yield test, side, day, max(known)


def _answered(model: Any, patient: Patient, first: date, last: date) -> Any:
    return model.objects.filter(
        patient=patient, withdrawn_at__isnull=True, local_day__range=(first, last)
    )
