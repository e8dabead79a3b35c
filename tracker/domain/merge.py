"""Which state survives when two devices have edited one record.

Server order decides, never a device's clock: the edit that arrives later wins each
field that it changed, and keeps its hands off the fields that it did not change.
What it changed is what differs from its base: the last state that this device knew.
"""

from __future__ import annotations

from collections.abc import Mapping


Document = Mapping[str, object]


def merged(
    *, base: Document | None, current: Document, incoming: Document
) -> dict[str, object]:
    """Return the state after `incoming`, for every field of `current`.

    A field that `incoming` does not carry was not touched: an older app that does
    not know a field must not erase it. Without a base, all carried fields count as
    changed. The replaced state is kept as a revision by the caller.
    """
    return {
        name: incoming[name] if _changed(name, base, incoming) else value
        for name, value in current.items()
    }


def as_written(
    document: Document, *, before: Document, known: Document | None
) -> dict[str, object]:
    """Return what a device wrote, out of the state that its write became.

    That state may hold another device's edits too. When the answer to the write was
    lost, the device has never seen those, and must not seem to undo them.
    """
    if known is None:
        return dict(document)
    return {
        name: value if before.get(name) != value else known[name]
        for name, value in document.items()
    }


def _changed(name: str, base: Document | None, incoming: Document) -> bool:
    if name not in incoming:
        return False
    return base is None or base.get(name) != incoming[name]
