"""The JSON schemas of WatermelonDB's dialect, made from its table of columns."""

from __future__ import annotations

from typing import Any, Final

from tracker.api.sync_schema import REPLY, Schema
from tracker.domain.diary import COLLECTIONS
from tracker.domain.watermelon import TABLES, Column


def _column(column: Column) -> Schema:
    schema: Schema = {"type": [column.type, "null"]}
    if column.encoding == "instant":
        schema["description"] = "Milliseconds since 1970."
    if column.encoding == "list":
        schema["description"] = "A list as JSON."
    if column.encoding == "offset":
        schema["description"] = "Minutes that the phone was ahead of UTC."
    return schema


def _row(columns: tuple[Column, ...]) -> Schema:
    return {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string"},
            **{column.name: _column(column) for column in columns},
        },
    }


def _changes(tables: dict[str, tuple[Column, ...]]) -> Schema:
    return {
        "type": "object",
        "properties": {name: _table(columns) for name, columns in tables.items()},
    }


def _table(columns: tuple[Column, ...]) -> Schema:
    rows = {"type": "array", "items": _row(columns)}
    return {
        "type": "object",
        "properties": {
            "created": rows,
            "updated": rows,
            "deleted": {"type": "array", "items": {"type": "string"}},
        },
    }


PULLED: Final[Schema] = {
    "type": "object",
    "required": ["changes", "timestamp", "notices"],
    "properties": {
        "changes": _changes(TABLES),
        "timestamp": {"type": "integer", "minimum": 1},
        "notices": REPLY["properties"]["notices"],
    },
}

#: Its rows are those of the pull. They are not spelled out twice: a test that makes
#: bodies out of this schema would spend minutes on columns.
PUSH: Final[Schema] = {
    "type": "object",
    "description": "By table: created, updated, deleted, with rows as in the pull.",
    "properties": {name: {"type": "object"} for name in COLLECTIONS},
}

_PUSHED: Final = ("outcomes", "quarantined", "guidance", "notices")
PUSHED: Final[Schema] = {
    "type": "object",
    "required": [*_PUSHED],
    "properties": {name: REPLY["properties"][name] for name in _PUSHED},
}

CONFLICT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["code", "title", "status", "guidance"],
    "properties": {
        "code": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "guidance": REPLY["properties"]["guidance"],
    },
}
