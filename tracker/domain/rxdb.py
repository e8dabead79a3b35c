"""What RxDB is sent: the fields of each collection, by version of the app's schema.

RxDB checks every document against a schema in which nothing else may stand, and one
document that does not fit stops its pull for ever. So a version, once published, is
never changed: a new field is a new version.
"""

from __future__ import annotations

from typing import Final

from tracker.domain.diary import COLLECTIONS


#: Fields of an entry that every collection of the diary begins with.
COMMON: Final = ("id", "recorded_at", "note", "withdrawn_at")
#: What the server adds to an entry.
ADDED: Final = ("received_at", "revision", "clock_suspect")

#: The collections that the clinic writes and phones read, and their fields.
READ_ONLY: Final[dict[str, tuple[str, ...]]] = {
    "alerts": (
        "id",
        "tier",
        "category",
        "title",
        "text",
        "opened_at",
        "state",
        "examine_by",
        "patient_acknowledged_at",
        "replaced_by",
    ),
    "treatments": ("id", "kind", "started_on", "ended_on"),
    "messages": ("id", "sent_at", "text"),
}

#: The version of an app that does not name one.
FIRST_VERSION: Final = 0

#: Collection to the fields of its documents, by version of the schema.
VERSIONS: Final[dict[int, dict[str, tuple[str, ...]]]] = {
    0: {
        **{
            name: (*COMMON, *collection.field_names, *ADDED)
            for name, collection in COLLECTIONS.items()
        },
        **READ_ONLY,
    },
}
