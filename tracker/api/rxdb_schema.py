"""The JSON schemas of RxDB's dialect: for the API's description and for apps."""

from __future__ import annotations

from typing import Any, Final

from tracker.api.sync_schema import Schema, record
from tracker.domain.diary import COLLECTIONS, ID_LENGTHS
from tracker.domain.rxdb import ADDED, READ_ONLY, VERSIONS


_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
#: Types of what the server adds to an entry; missing until it has come back once.
_ADDED: Final[dict[str, Schema]] = {
    "received_at": _TEXT_OR_NULL,
    "revision": {"type": ["integer", "null"]},
    "clock_suspect": {"type": ["boolean", "null"]},
}


def rx_json_schema(collection: str, version: int) -> Schema:
    """Return the RxJsonSchema that an app gives to `addCollections`.

    It knows types and no ranges or lists of words: those may grow, and a document
    that does not fit its schema would stop the pull for ever. The server judges them.
    """
    fields = VERSIONS[version][collection]
    required = ["id"] if collection in READ_ONLY else ["id", "recorded_at"]
    return {
        "version": version,
        "primaryKey": "id",
        "type": "object",
        "properties": {name: _type(collection, name) for name in fields},
        "required": required,
    }


def _type(collection: str, name: str) -> Schema:
    if name == "id":
        return {"type": "string", "maxLength": ID_LENGTHS[1]}
    if name == "recorded_at":
        return {"type": "string"}
    if collection in READ_ONLY:
        return _TEXT_OR_NULL
    if name in ADDED:
        return _ADDED[name]
    described = record(COLLECTIONS[collection])["properties"][name]
    plain: dict[str, Any] = {"type": described["type"]}
    return plain | ({"items": {"type": "string"}} if "items" in described else {})


_CHECKPOINT: Final[Schema] = {
    "type": "object",
    "required": ["seq", "id", "updatedAt", "lwt"],
    "properties": {
        "seq": {"type": "integer"},
        "id": {"type": "string", "description": "Opaque; give it back as it is."},
        "updatedAt": {"type": "integer", "description": "The same number as `seq`."},
        "lwt": {"type": "integer", "description": "The same number as `seq`."},
    },
}
_DOCUMENT: Final[Schema] = {
    "type": "object",
    "required": ["id", "_deleted"],
    "properties": {"id": {"type": "string"}, "_deleted": {"type": "boolean"}},
}

PULLED: Final[Schema] = {
    "type": "object",
    "required": ["documents", "checkpoint"],
    "properties": {
        "documents": {"type": "array", "items": _DOCUMENT},
        "checkpoint": _CHECKPOINT,
    },
}
ROWS: Final[Schema] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["newDocumentState"],
        "properties": {
            "newDocumentState": {"type": "object"},
            "assumedMasterState": {"type": ["object", "null"]},
        },
    },
}
CONFLICTS: Final[Schema] = {"type": "array", "items": _DOCUMENT}
