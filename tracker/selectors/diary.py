"""The diary as staff read it: entries of one patient, and their revisions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, QuerySet

from tracker.domain.diary import ID_PATTERN
from tracker.errors import NotFound
from tracker.models import (
    DayLog,
    Entry,
    NumbnessLog,
    PainLog,
    RedFlagCheck,
    WeaknessLog,
)


MODEL_OF: Final[dict[str, type[Entry]]] = {
    "pain_logs": PainLog,
    "numbness_logs": NumbnessLog,
    "weakness_logs": WeaknessLog,
    "red_flag_checks": RedFlagCheck,
    "day_logs": DayLog,
}
#: An entry that was edited more often shows its newest revisions.
REVISIONS_SHOWN: Final = 200


def model_of(collection: str) -> type[Entry]:
    """Return the table of a collection; raise NotFound for any other word."""
    if collection not in MODEL_OF:
        raise NotFound
    return MODEL_OF[collection]


def entries(
    patient_id: UUID,
    collection: str,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
) -> QuerySet[Any]:
    """Return a patient's entries between two local days, both included."""
    found = (
        model_of(collection)
        ._default_manager.filter(patient_id=patient_id)
        .select_related("patient", "recorded_by")
    )
    if first_day:
        found = found.filter(local_day__gte=first_day)
    if last_day:
        found = found.filter(local_day__lte=last_day)
    return found


def revisions(patient_id: UUID, collection: str, entry_id: str) -> Iterable[Any]:
    """Return an entry as it is and as it was, newest first; or raise NotFound."""
    model = model_of(collection)
    if not re.fullmatch(ID_PATTERN, entry_id):
        raise NotFound
    entry = entries(patient_id, collection).filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    earlier = (
        model.pgh_event_model.objects.filter(id=entry_id, patient_id=patient_id)  # type: ignore[attr-defined]
        .select_related("patient", "recorded_by")
        .order_by("-revision", "-pgh_id")[:REVISIONS_SHOWN]
    )
    return [entry, *earlier]


def last_days(
    patient_ids: Collection[UUID],
) -> dict[UUID, tuple[date | None, date | None]]:
    """Return the day of each patient's last entry, and of their last self-test."""
    entry: dict[UUID, date] = {}
    test: dict[UUID, date] = {}
    for collection, model in MODEL_OF.items():
        rows = model._default_manager.filter(
            patient__in=patient_ids, withdrawn_at__isnull=True
        )
        newest = rows.order_by().values("patient").annotate(day=Max("local_day"))
        for patient_id, day in newest.values_list("patient", "day"):
            entry[patient_id] = max(day, entry.get(patient_id, day))
            if collection == "weakness_logs":
                test[patient_id] = day
    return {pk: (entry.get(pk), test.get(pk)) for pk in patient_ids}
