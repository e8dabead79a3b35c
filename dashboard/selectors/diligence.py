"""On how many days the patients of a clinic write, by week and by month."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min

from dashboard.domain.figures import (
    Month,
    Week,
    first_of_month,
    monday,
    months_of,
    weeks_of,
)
from dashboard.selectors.diary import MODELS
from tracker.models import Clinic, Consent
from tracker.selectors.consent import MONITORING


DAY: Final = timedelta(days=1)
#: One branch for each collection; a day counts once, whatever was written on it.
_BRANCH: Final = """
    SELECT patient_id, local_day FROM "{table}"
     WHERE patient_id = ANY(%(patients)s) AND withdrawn_at IS NULL
       AND local_day BETWEEN %(first)s AND %(last)s
"""
_DAYS: Final = """
    SELECT patient_id, date_trunc('week', local_day)::date AS week,
           date_trunc('month', local_day)::date AS month, count(*),
           count(*) FILTER (WHERE local_day < %(last)s)
      FROM ({branches}) AS written
     GROUP BY 1, 2, 3
"""


def diligence(
    clinic: Clinic, *, first: date, last: date
) -> tuple[list[Week], list[Month]]:
    """Return the weeks of [first, last] and the whole months that these days touch.

    Patients who agree today count, from the day on which they first did. A month that
    has not ended is counted up to `last`, weeks up to the day before: that of `last`
    is not over.
    """
    begins = min(monday(first), first_of_month(first))
    firsts = _first_days(clinic)
    weekly: Counter[date] = Counter()
    monthly: dict[date, Counter[UUID]] = {}
    for patient, week, month, days, over in _days(list(firsts), begins, last):
        weekly[week] += over
        monthly.setdefault(month, Counter())[patient] += days
    days_of = {month: list(counts.values()) for month, counts in monthly.items()}
    return (
        weeks_of(weekly, firsts.values(), first=monday(first), last=last - DAY),
        months_of(days_of, firsts.values(), first=first, last=last),
    )


def _first_days(clinic: Clinic) -> dict[UUID, date]:
    zone = ZoneInfo(clinic.timezone)
    agreed = Consent.objects.filter(
        patient__clinic=clinic, kind=MONITORING, withdrawn_at__isnull=True
    )
    rows = agreed.values_list("patient").annotate(first=Min("given_at"))
    return {patient: given.astimezone(zone).date() for patient, given in rows}


def _days(
    patients: list[UUID], first: date, last: date
) -> list[tuple[UUID, date, date, int, int]]:
    branches = " UNION ".join(
        _BRANCH.format(table=model._meta.db_table) for model in MODELS.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _DAYS.format(branches=branches),
            {"patients": patients, "first": first, "last": last},
        )
        return list(cursor.fetchall())
