"""The red flags once more, from the rows: what a failing push did not record.

Judges the entries that came since the last analysis and the records in quarantine,
by the same function as the push does.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from tracker.domain.diary import COLLECTIONS, SADDLE_REGIONS
from tracker.domain.red_flags import RedFlag, judge
from tracker.selectors.diary import MODEL_OF
from tracker.selectors.motor import known_state


#: What the red-flag rules look at, and which rows of it: of a day log it is the foot
#: slap, of numbness the saddle.
JUDGED: Final = ("weakness_logs", "red_flag_checks", "day_logs", "numbness_logs")
_ONLY: Final = {
    "day_logs": "AND entry.foot_slap",
    "numbness_logs": f"AND entry.regions && ARRAY{list(SADDLE_REGIONS)}::text[]",
}
#: Records of quarantine looked at in one analysis; the newest come first.
MOST_QUARANTINED: Final = 500

Records = dict[str, list[dict[str, Any]]]

_TABLES: Final = {
    "weakness_logs": "tracker_weaknesslog",
    "red_flag_checks": "tracker_redflagcheck",
    "day_logs": "tracker_daylog",
    "numbness_logs": "tracker_numbnesslog",
}
_QUARANTINED: Final = """
    SELECT kept.patient_id, kept.collection, kept.raw
      FROM tracker_quarantine AS kept
      JOIN analytics_analysisstate AS state USING (patient_id)
     WHERE kept.patient_id = ANY(%s) AND kept.collection = ANY(%s)
       AND kept.resolved_at IS NULL AND kept.id > state.analysed_quarantine_id
     ORDER BY kept.id DESC LIMIT %s
"""


def new_records(patient_ids: Collection[UUID]) -> dict[UUID, Records]:
    """Return what came since the last analysis and may be dangerous, by patient."""
    found: dict[UUID, Records] = {}
    for collection in JUDGED:
        for patient_id, record in _stored(collection, patient_ids):
            found.setdefault(patient_id, {}).setdefault(collection, []).append(record)
    for patient_id, collection, raw in _quarantined(patient_ids):
        document = _readable(raw)
        if isinstance(document, dict):
            found.setdefault(patient_id, {}).setdefault(collection, []).append(document)
    return found


def red_flags_of(patient_id: UUID, records: Records, *, now: datetime) -> list[RedFlag]:
    """Return the red flags of some records, against what is known of the patient."""
    if not records:
        return []
    return judge(records, state=known_state(patient_id, now=now), now=now)


def stored_record(
    patient_id: UUID, collection: str, entry: str | None
) -> dict[str, Any] | None:
    """Return an entry as a phone sends it; None when it is not stored, or withdrawn."""
    rows = MODEL_OF[collection]._default_manager.filter(
        patient=patient_id, pk=entry, withdrawn_at__isnull=True
    )
    names = COLLECTIONS[collection].field_names
    found = rows.values("id", *names, at=F("happened_at")).first()
    return found | {"recorded_at": found["at"]} if found else None


def _stored(
    collection: str, patient_ids: Collection[UUID]
) -> list[tuple[UUID, dict[str, Any]]]:
    names = COLLECTIONS[collection].field_names
    fields = ", ".join(f"entry.{name}" for name in names)
    with connection.cursor() as cursor:
        # All names are our own; nothing of a request is in the statement.
        cursor.execute(
            f"""
            SELECT entry.patient_id, entry.id,
                   entry.happened_at, {fields}
              FROM {_TABLES[collection]} AS entry
              JOIN analytics_analysisstate AS state USING (patient_id)
             WHERE entry.patient_id = ANY(%s) AND entry.seq > state.analysed_seq
               AND entry.withdrawn_at IS NULL {_ONLY.get(collection, "")}
             ORDER BY entry.seq
            """,  # noqa: S608
            [list(patient_ids)],
        )
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    keys = ("id", "recorded_at", *names)
    return [(row[0], dict(zip(keys, row[1:], strict=True))) for row in rows]


def _quarantined(patient_ids: Collection[UUID]) -> Sequence[tuple[UUID, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _QUARANTINED, [list(patient_ids), list(JUDGED), MOST_QUARANTINED]
        )
        rows: Sequence[tuple[UUID, str, str]] = cursor.fetchall()
    return rows


def _readable(raw: str) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
