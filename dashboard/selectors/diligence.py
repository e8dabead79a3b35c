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
#: First the days of each patient in each month and week, then two sums over them: a
#: row for each week, and one for each month and count of days that somebody reached.
#: A week that lies in two months is added up. So many rows come out however many
#: patients write.
_COUNTS: Final = """
    WITH days AS MATERIALIZED (
        SELECT patient_id, date_trunc('week', local_day)::date AS week,
               date_trunc('month', local_day)::date AS month, count(*) AS days,
               count(*) FILTER (WHERE local_day < %(last)s) AS over
          FROM ({branches}) AS written
         GROUP BY 1, 2, 3
    ), reached AS (
        SELECT month, sum(days) AS days FROM days GROUP BY patient_id, month
    )
    SELECT 'week', week, sum(over)::int, 0 FROM days GROUP BY week
     UNION ALL
    SELECT 'month', month, days::int, count(*)::int FROM reached GROUP BY month, days
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
    days_of: dict[date, list[int]] = {}
    for kind, starts, days, patients in _counts(list(firsts), begins, last):
        if kind == "week":
            weekly[starts] = days
        else:
            days_of.setdefault(starts, []).extend([days] * patients)
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


def _counts(
    patients: list[UUID], first: date, last: date
) -> list[tuple[str, date, int, int]]:
    """Return (`week`, Monday, days, 0) and (`month`, its first, days, patients)."""
    branches = " UNION ".join(
        _BRANCH.format(table=model._meta.db_table) for model in MODELS.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTS.format(branches=branches),
            {"patients": patients, "first": first, "last": last},
        )
        return list(cursor.fetchall())
