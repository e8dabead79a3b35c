"""The red flags of one push: judged from the pushed records, before all else.

Nothing here needs Redis, Celery or the analysis, and a record that is quarantined
for another field is judged all the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction

from tracker import signals
from tracker.domain import circumstances, raw_records, saddle
from tracker.domain.red_flags import KnownState, RedFlag, judge
from tracker.selectors.motor import known_state
from tracker.services.voice import voice_of


logger = logging.getLogger(__name__)

NO_SHIFT: Final = timedelta()
#: What the rules look at; of a day log it is the foot slap, of numbness the saddle.
JUDGED: Final = ("weakness_logs", "red_flag_checks", "day_logs", "numbness_logs")


def red_flags_in(
    patient_id: UUID | None,
    batches: Mapping[str, list[msgspec.Raw]],
    *,
    now: datetime,
    clock_shift: timedelta = NO_SHIFT,
) -> list[RedFlag]:
    """Return what the pushed records raise, in the patient's words, most pressing first.

    Without a patient they are judged alone, compared with nothing that is known.
    `clock_shift` is by how much the times of the records are moved back.
    """
    records = {
        name: [
            raw_records.shifted(each, clock_shift) for each in _readable(batches[name])
        ]
        for name in JUDGED
        if batches.get(name)
    }
    if not records:
        return []
    state = KnownState()
    if patient_id is not None and _needs(records):
        state = known_state(patient_id, now=now)
    found = judge(records, state=state, now=now)
    if not found:
        return []
    voice = voice_of(patient_id)
    return [voice.tell(red_flag) for red_flag in found]


def tell(patient_id: UUID, red_flags: list[RedFlag], *, now: datetime) -> None:
    """Let flags and alerts be written in this very transaction.

    Whatever goes wrong there must cost neither the entries nor the guidance: it is
    undone by itself, and the sweep finds the entries again.
    """
    if not red_flags:
        return
    try:
        with transaction.atomic():
            signals.red_flags_found.send(
                sender=None, patient_id=patient_id, red_flags=red_flags, now=now
            )
    except Exception:
        logger.exception("red flags not recorded", extra={"patient_id": patient_id})


def as_guidance(red_flags: Iterable[RedFlag]) -> list[dict[str, Any]]:
    """Return what the phone shows at once."""
    return [
        {
            "tier": flag.tier,
            "rule": flag.rule,
            "version": flag.version,
            "title": flag.title,
            "text": flag.text,
            "entry": flag.entry,
        }
        for flag in red_flags
    ]


def _needs(records: Mapping[str, list[raw_records.Record]]) -> bool:
    """Return whether the records are compared with what is known of the patient.

    Most days and numbness elsewhere are not, and most pushes hold nothing else.
    """
    return (
        "weakness_logs" in records
        or "red_flag_checks" in records
        or any(map(circumstances.may_matter, records.get("day_logs", ())))
        or any(saddle.saddle_of(log) for log in records.get("numbness_logs", ()))
    )


def _readable(raws: list[msgspec.Raw]) -> list[dict[str, object]]:
    documents = map(_document, raws)
    return [document for document in documents if isinstance(document, dict)]


def _document(raw: msgspec.Raw) -> object:
    """Return a record as whatever JSON it is; the rules are robust, so is this."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(bytes(raw).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
