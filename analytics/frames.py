"""The only bridge from rows to DataFrames.

Reads the diaries of many patients at once, by columns: raw tuples of the cursor, no
objects, and only the columns that the engine looks at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
import pandas as pd
from django.db import connection

from analytics.domain.events import Event
from analytics.domain.records import KEYS, Diary
from tracker.domain.diary import COLLECTIONS, RED_FLAG_ITEMS
from tracker.models import ExamFinding, Outcome, Treatment
from tracker.selectors.diary import MODEL_OF


#: The columns that the engine looks at; `clinical` ones under their diary names.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "pain_logs": ("site", "side", "intensity", "worst"),
    "numbness_logs": ("side", "intensity", "regions"),
    "weakness_logs": ("side", "test", "score", "repeat_score"),
    "red_flag_checks": RED_FLAG_ITEMS,
    "day_logs": (
        "walk_minutes_before_stopping",
        "trips",
        "falls",
        "knee_gave_way",
        "foot_slap",
        "medications_taken",
        "relief_on_sitting",
        "sleep_quality",
        "peg_pain",
        "peg_enjoyment",
        "peg_activity",
    ),
}
_NUMBERS: Final = frozenset({"int", "float", "bool"})
_LISTS: Final = frozenset({"choices", "texts"})


def diary_of_patients(patient_ids: Collection[UUID]) -> Diary:
    """Return the diaries of the patients, without what they withdrew.

    An entry with a suspect clock counts at the time it was received; its
    `local_day` already says so.
    """
    return Diary(**{name: _frame(name, patient_ids) for name in COLLECTIONS})


def events_of_patients(patient_ids: Collection[UUID]) -> list[Event]:
    """Return treatments, outcomes and findings of exams of the patients."""
    wanted = list(patient_ids)
    treatments = Treatment.objects.filter(patient__in=wanted).values_list(
        "patient_id", "kind", "started_on"
    )
    outcomes = Outcome.objects.filter(episode__patient__in=wanted).values_list(
        "episode__patient_id", "kind", "recorded_on"
    )
    findings = ExamFinding.objects.filter(exam__episode__patient__in=wanted)
    return [
        *(
            Event(patient=str(patient), kind="treatment", name=kind, on=on)
            for patient, kind, on in treatments
        ),
        *(
            Event(patient=str(patient), kind="outcome", name=kind, on=on)
            for patient, kind, on in outcomes
        ),
        *(
            Event(
                patient=str(patient),
                kind="exam",
                name=kind,
                on=on,
                side=side,
                location=location,
                grade=grade,
            )
            for patient, kind, on, side, location, grade in findings.values_list(
                "exam__episode__patient_id",
                "kind",
                "exam__examined_on",
                "side",
                "location",
                "grade",
            )
        ),
    ]


def _frame(collection: str, patient_ids: Collection[UUID]) -> pd.DataFrame:
    names = COLUMNS[collection]
    rows = _rows(collection, names, patient_ids)
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [
        () for _ in (*KEYS, *names)
    ]
    kinds = {field.name: field.kind for field in COLLECTIONS[collection].fields}
    patient, entry, instant, day = columns[: len(KEYS)]
    frame = {
        "patient": _objects(patient),
        "id": _objects(entry),
        "recorded_at": pd.to_datetime(
            np.array(instant, dtype="datetime64[us]"), utc=True
        ),
        "local_day": np.array(day, dtype="datetime64[s]"),
    }
    for name, values in zip(names, columns[len(KEYS) :], strict=True):
        frame[name] = _typed(values, kinds[name])
    return pd.DataFrame(frame)


def _rows(
    collection: str, names: Sequence[str], patient_ids: Collection[UUID]
) -> list[tuple[Any, ...]]:
    table = MODEL_OF[collection]._meta.db_table
    # Every name is our own; the patients are a parameter.
    statement = f"""
        SELECT patient_id::text, id,
               (extract(epoch FROM CASE WHEN clock_suspect THEN received_at
                                        ELSE recorded_at END) * 1000000)::bigint,
               local_day, {", ".join(names)}
          FROM {table}
         WHERE patient_id = ANY(%s) AND withdrawn_at IS NULL
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(patient_ids)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _typed(values: Sequence[Any], kind: str) -> np.ndarray:
    if kind in _NUMBERS:
        return np.array(values, dtype="float64")  # None becomes NaN: silence
    if kind in _LISTS:
        values = [None if value is None else tuple(value) for value in values]
    return _objects(values)


def _objects(values: Sequence[Any]) -> np.ndarray:
    """Return an array of objects, also of tuples, which numpy would unpack."""
    array = np.empty(len(values), dtype=object)
    array[:] = list(values) if not _holds_tuples(values) else None
    if _holds_tuples(values):
        for place, value in enumerate(values):
            array[place] = value
    return array


def _holds_tuples(values: Sequence[Any]) -> bool:
    return any(isinstance(value, tuple) for value in values)
