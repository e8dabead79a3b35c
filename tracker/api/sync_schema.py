"""The JSON schemas of sync, made from the field table, for the API's description."""

from __future__ import annotations

from typing import Any, Final

from tracker.domain.diary import (
    COLLECTIONS,
    ID_PATTERN,
    LIST_MAX_ITEMS,
    NOTE_MAX_LENGTH,
    TEXT_MAX_LENGTH,
    Collection,
    Field,
)
from tracker.services.sync.envelope import DEFAULT_LIMIT


Schema = dict[str, Any]

_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_SIMPLE: Final[dict[str, Schema]] = {
    "bool": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "text": {"type": ["string", "null"]},
}


def _field(field: Field) -> Schema:
    if field.kind in ("int", "float"):
        kind = "integer" if field.kind == "int" else "number"
        return {"type": [kind, "null"], "minimum": field.low, "maximum": field.high}
    if field.kind == "choice":
        return {"type": ["string", "null"], "enum": [*field.choices, None]}
    if field.kind in ("choices", "texts"):
        items: Schema = (
            {"type": "string", "enum": list(field.choices)}
            if field.choices
            else {"type": "string", "maxLength": TEXT_MAX_LENGTH}
        )
        return {"type": ["array", "null"], "maxItems": LIST_MAX_ITEMS, "items": items}
    return _SIMPLE[field.kind]


def record(collection: Collection) -> Schema:
    """Return the schema of one record as a phone writes it."""
    return {
        "type": "object",
        "required": ["id", "recorded_at"],
        "properties": {
            "id": {"type": "string", "pattern": f"^{ID_PATTERN}$"},
            "recorded_at": {
                **_INSTANT,
                "description": "With the phone's offset: it fixes the local day.",
            },
            "note": {"type": ["string", "null"], "maxLength": NOTE_MAX_LENGTH},
            "withdrawn_at": {"type": ["string", "null"], "format": "date-time"},
            "revision": {
                "type": ["integer", "null"],
                "description": "The revision this edit is based on, if known.",
            },
            **{field.name: _field(field) for field in collection.fields},
        },
    }


def _record_out(collection: Collection) -> Schema:
    schema = record(collection)
    schema["properties"] |= {
        "received_at": _INSTANT,
        "revision": {"type": "integer"},
        "clock_suspect": {"type": "boolean"},
    }
    return schema


def _lists(records: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": {
            name: {"type": "array", "items": schema} for name, schema in records.items()
        },
    }


REQUEST: Final[Schema] = {
    "type": "object",
    "properties": {
        "cursor": {
            "type": ["string", "null"],
            "description": "From the last reply; null for everything.",
        },
        "patient": {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "Whose diary; needed only by caregivers of several patients.",
        },
        "device": {"type": ["string", "null"], "format": "uuid"},
        "app_version": {"type": ["string", "null"]},
        "sent_at": {"type": ["string", "null"], "format": "date-time"},
        "limit": {"type": ["integer", "null"], "minimum": 1, "default": DEFAULT_LIMIT},
        "changes": _lists({name: record(each) for name, each in COLLECTIONS.items()}),
    },
}

REPLY: Final[Schema] = {
    "type": "object",
    "required": [
        "cursor",
        "has_more",
        "server_time",
        "changes",
        "outcomes",
        "quarantined",
        "guidance",
        "notices",
    ],
    "properties": {
        "cursor": {"type": "string"},
        "has_more": {"type": "boolean"},
        "server_time": _INSTANT,
        "changes": _lists(
            {name: _record_out(each) for name, each in COLLECTIONS.items()}
            | {
                name: {"type": "object"}
                for name in ("alerts", "treatments", "messages")
            }
        ),
        "outcomes": {
            "type": "object",
            "properties": {
                name: {"type": "integer", "minimum": 0}
                for name in ("new", "updated", "identical", "quarantined")
            },
        },
        "quarantined": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "collection": {"type": "string"},
                    "id": {"type": "string"},
                    "errors": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "array",
                            "items": {"type": "string"},
                        },
                    },
                },
            },
        },
        "guidance": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "tier": {"type": "string"},
                    "rule": {"type": "string"},
                    "version": {"type": "string"},
                    "title": {"type": "string"},
                    "text": {"type": "string"},
                    "entry": {"type": ["string", "null"]},
                },
            },
        },
        "notices": {
            "type": "array",
            "description": "About the sync itself; show title and text.",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "title": {"type": "string"},
                    "text": {"type": "string"},
                },
            },
        },
    },
}

DIGEST: Final[Schema] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["count", "hash"],
        "properties": {
            "count": {"type": "integer", "minimum": 0},
            "hash": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        },
    },
}

STATUS: Final[Schema] = {
    "type": "object",
    "required": ["devices", "quarantined"],
    "properties": {
        "devices": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "device_id": {"type": "string", "format": "uuid"},
                    "app_version": {"type": "string"},
                    "clock_offset_ms": {"type": ["integer", "null"]},
                    "last_seen_at": _INSTANT,
                    "last_entry_at": {
                        "type": ["string", "null"],
                        "format": "date-time",
                    },
                },
            },
        },
        "quarantined": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "collection": {"type": "string"},
                    "record_id": {"type": "string"},
                    "reason": {"type": "string"},
                    "errors": {"type": "object"},
                    "received_at": _INSTANT,
                    "text": {"type": "string"},
                },
            },
        },
    },
}
