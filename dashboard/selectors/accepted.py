"""The levels that clinicians accepted as usual, as the charts draw them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.domain import words
from tracker.domain.accepted import SIGNALS, in_force
from tracker.models import AcceptedBaseline, Patient
from tracker.selectors.clinical import accepted_baselines


#: Half the height of the band of an accepted level. Unit: share of the scale.
#: Source: our choice, for the eye only.
REACH: Final = 0.04

Levels = dict[str, list[dict[str, Any]]]


def accepted_levels(patient: Patient, *, first: date, last: date) -> Levels:
    """Return by signal what was accepted: from its day on until the next one."""
    rows: Levels = defaultdict(list)
    counts = in_force(
        accepted_baselines(patient.pk).filter(from_day__lte=last),
        of=lambda row: (row.side, row.signal),
        since=lambda row: row.from_day,
    )
    for own in counts.values():
        ends = [row.from_day for row in own[1:]] + [last + timedelta(days=1)]
        for row, end in zip(own, ends, strict=True):
            if end > first:
                rows[row.signal].append(_level(row, max(row.from_day, first), end))
    return rows


def _level(row: AcceptedBaseline, start: date, end: date) -> dict[str, Any]:
    reach = REACH * SIGNALS[row.signal][1]
    said = _("accepted as usual %(value)s from %(day)s") % {
        "value": words.number(row.value),
        "day": words.day(row.from_day, "j F Y"),
    }
    return {
        "leg": row.side,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "low": row.value - reach,
        "high": row.value + reach,
        "center": row.value,
        "label": f"{words.leg(row.side)}, {said}",
    }
