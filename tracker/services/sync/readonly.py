"""Collections that phones read and never write; each app registers its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID


#: (patient_id, after_seq, through_seq, limit) -> (seq, document) pairs in seq order,
#: after_seq exclusive, through_seq inclusive, at most `limit` of them.
Reader = Callable[[UUID, int, int, int], list[tuple[int, dict[str, Any]]]]

_readers: Final[dict[str, Reader]] = {}


def register(name: str, reader: Reader) -> None:
    """Offer a read-only collection to phones; registering twice replaces."""
    _readers[name] = reader


def readers() -> dict[str, Reader]:
    """Return the registered readers by collection name."""
    return dict(_readers)
