"""Records that are new, or held just as they come: nearly every push has no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracker.services.sync.records import Clean
from tracker.services.sync.store import Stored, Writer, rounds_of, store_collection


def store_plain(
    writer: Writer, batches: dict[str, list[Clean]], equal: Mapping[str, Iterable[str]]
) -> dict[str, Stored] | None:
    """Let new records wait, and count those that are held as they come (`equal`).

    None when an id comes twice, which takes rounds.
    """
    if len(rounds_of(batches)) > 1:
        return None
    return {
        name: store_collection(writer, name, records, dict.fromkeys(equal[name]))
        for name, records in batches.items()
    }
