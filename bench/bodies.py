"""Builds what the phones send, before any clock runs."""

from __future__ import annotations

import json
import uuid
from typing import Any

import numpy as np

from tracker.domain.diary import COLLECTIONS, Field


#: Size of one pain record as JSON. Unit: bytes.
RECORD_BYTES = 291
#: How a day's entries fall over the collections. Unit: records of one hundred.
MIXTURE = {
    "pain_logs": 60,
    "numbness_logs": 15,
    "weakness_logs": 14,
    "day_logs": 10,
    "red_flag_checks": 1,
}

Record = dict[str, Any]
Batch = dict[str, list[Record]]


def pain_batch(count: int, rng: np.random.Generator) -> Batch:
    """Return a push of this many pain records of RECORD_BYTES."""
    return {"pain_logs": [_pain(rng) for _ in range(count)]}


def mixed_batch(count: int, rng: np.random.Generator) -> Batch:
    """Return a push of all five collections."""
    return {
        name: [_record(name, rng) for _ in range(count * share // 100)]
        for name, share in MIXTURE.items()
    }


def encode(value: object) -> bytes:
    """Return JSON as a phone writes it."""
    return json.dumps(value, separators=(",", ":")).encode()


def _pain(rng: np.random.Generator) -> Record:
    record = _common(rng) | {
        "site": "leg",
        "side": "left",
        "intensity": int(rng.integers(0, 11)),
        "worst": int(rng.integers(0, 11)),
        "regions": ["lateral_calf"],
        "qualities": ["shooting"],
        "triggers": ["sitting"],
        "relievers": None,
    }
    missing = RECORD_BYTES - len(encode(record | {"note": ""}))
    return record | {"note": "n" * missing}


def _common(rng: np.random.Generator) -> Record:
    day, hour = rng.integers(1, 28), rng.integers(6, 23)
    return {
        "id": str(uuid.uuid4()),
        "recorded_at": f"2026-03-{day:02}T{hour:02}:30:00+01:00",
        "note": None,
        "withdrawn_at": None,
    }


def _record(collection: str, rng: np.random.Generator) -> Record:
    if collection == "pain_logs":
        return _pain(rng)
    values = {f.name: _value(f, rng) for f in COLLECTIONS[collection].fields}
    return _common(rng) | values


def _value(field: Field, rng: np.random.Generator) -> Any:
    if field.kind in ("int", "float"):
        return int(rng.integers(field.low or 0, (field.high or 0) + 1))
    # The calm answer, so that no red flag is raised: "no" comes first.
    fixed = {"bool": False, "date": "2026-03-01", "texts": ["ibuprofen"]}
    if field.kind == "choices":
        return list(field.choices[:1])
    return field.choices[0] if field.kind == "choice" else fixed[field.kind]
