"""The only bridge from rows of the database to the columns of the analysis.

Reads the diaries of many patients at once: PostgreSQL copies out the columns that the
engine looks at, Arrow reads them; no Python object is made for a row (ADR 0015).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Final
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.db import connection
from pyarrow import csv

from analytics.domain.events import BASELINE, Event
from analytics.domain.records import KEYS, Diary
from analytics.domain.rows import Rows, objects
from tracker.domain.diary import COLLECTIONS, RED_FLAG_ITEMS
from tracker.models import ExamFinding, Outcome, Treatment
from tracker.selectors.clinical import accepted_baselines
from tracker.selectors.diary import MODEL_OF


#: The columns that the engine looks at; `clinical` ones under their diary names.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "pain_logs": ("site", "side", "intensity", "worst"),
    "numbness_logs": ("side", "intensity", "regions"),
    "weakness_logs": ("side", "test", "score", "repeat_score", "not_done_reason"),
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
#: What comes before the fields: patient, id, time, local day.
_KEY_TYPES: Final = (
    pa.dictionary(pa.int32(), pa.string()),
    pa.string(),
    pa.int64(),
    pa.int32(),
)


def diary_of_patients(patient_ids: Collection[UUID]) -> Diary:
    """Return the diaries of the patients, without what they withdrew.

    An entry with a suspect clock counts at the time it was received; its
    `local_day` already says so.
    """
    return Diary(**{name: _frame(name, patient_ids) for name in COLLECTIONS})


def events_of_patients(patient_ids: Collection[UUID]) -> list[Event]:
    """Return treatments, outcomes, findings of exams and accepted baselines."""
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
        *baselines_of_patients(patient_ids),
    ]


def baselines_of_patients(patient_ids: Collection[UUID]) -> list[Event]:
    """Return what clinicians accepted as usual for the patients and did not withdraw."""
    found = accepted_baselines(*patient_ids)
    return [
        Event(
            patient=str(patient),
            kind=BASELINE,
            name=signal,
            on=on,
            side=side,
            value=value,
        )
        for patient, signal, on, side, value in found.values_list(
            "episode__patient_id", "signal", "from_day", "side", "value"
        )
    ]


def _frame(collection: str, patient_ids: Collection[UUID]) -> Rows:
    kinds = {field.name: field.kind for field in COLLECTIONS[collection].fields}
    names = COLUMNS[collection]
    table = _table(collection, {name: kinds[name] for name in names}, patient_ids)
    patient, entry, instant, day = (table.column(name) for name in KEYS)
    columns = {
        "patient": _words(patient),
        "id": entry.to_numpy(),
        "recorded_at": instant.to_numpy().view("datetime64[us]"),
        "local_day": day.to_numpy().astype("datetime64[D]").astype("datetime64[s]"),
    }
    for name in names:
        columns[name] = _typed(table.column(name), kinds[name])
    return Rows(columns)


def _table(
    collection: str, kinds: Mapping[str, str], patient_ids: Collection[UUID]
) -> pa.Table:
    # Every name is our own; the patients are a parameter.
    statement = f"""
        COPY (
            SELECT patient_id, id,
                   (extract(epoch FROM happened_at) * 1000000)::bigint,
                   local_day - DATE '1970-01-01',
                   {", ".join(_selected(name, kind) for name, kind in kinds.items())}
              FROM {MODEL_OF[collection]._meta.db_table}
             WHERE patient_id = ANY(%s) AND withdrawn_at IS NULL
        ) TO STDOUT (FORMAT csv)
    """  # noqa: S608
    with (
        connection.cursor() as cursor,
        cursor.copy(statement, [list(patient_ids)]) as copy,
    ):
        lines = b"".join(copy)
    types = dict(zip(KEYS, _KEY_TYPES, strict=True))
    types |= {name: _type(kind) for name, kind in kinds.items()}
    if not lines:
        return pa.schema(list(types.items())).empty_table()
    return csv.read_csv(
        pa.BufferReader(lines),
        read_options=csv.ReadOptions(column_names=list(types), use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            # Unquoted and empty is silence; an empty text would come in quotes.
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _selected(name: str, kind: str) -> str:
    if kind == "bool":
        return f"{name}::int"
    return f"array_to_json({name})" if kind in _LISTS else name


def _type(kind: str) -> pa.DataType:
    return pa.float64() if kind in _NUMBERS else pa.dictionary(pa.int32(), pa.string())


def _typed(column: pa.ChunkedArray, kind: str) -> np.ndarray:
    if kind in _NUMBERS:
        return np.asarray(column.to_numpy())  # null becomes NaN: silence
    return _words(column, _list if kind in _LISTS else str)


def _list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _words(column: pa.ChunkedArray, made: Callable[[str], object] = str) -> np.ndarray:
    """Return an array of objects: each different text is made once, null is None."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # of no rows
        return np.empty(0, dtype=object)
    texts = whole.dictionary.to_pylist()
    different = objects([*map(made, texts), None])  # None stands last, at -1
    chosen: np.ndarray = different[whole.indices.fill_null(-1).to_numpy()]
    return chosen
