"""One sentence for each finding about function, care and trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


Row = Mapping[Any, Any]

_DOUBTS: Final = {
    "flat": "Pain was given the very same number on every answered day of a fortnight.",
    "side": "Leg pain changed the leg several times within a fortnight.",
    "order": "The worst pain was below the average pain on several days.",
}


def unsteady(row: Row) -> str:
    """Return the sentence of R09."""
    return (
        f"Falls, trips or a knee that gave way: {_n(row['count'])} in 7 days, above the"
        " own rate of the 28 days before."
    )


def crisis(row: Row) -> str:
    """Return the sentence of R12."""
    return (
        f"{_side(row)} leg pain averages {_n(row['recent'])} over 7 days, severe on"
        f" {_n(row['count'])} of them, and is not under control."
    )


def not_improving(row: Row) -> str:
    """Return the sentence of R13."""
    return (
        f"{_side(row)} leg pain is {_n(row['recent'])} over 7 days after {row['item']};"
        f" it was {_n(row['usual'])} in the first week."
    )


def shorter_walks(row: Row) -> str:
    """Return the sentence of R16."""
    return (
        f"Walking time fell to {_n(row['recent'])} minutes over 7 days from"
        f" {_n(row['usual'])}, and sitting brings relief."
    )


def improving(row: Row) -> str:
    """Return the sentence of R21."""
    return (
        f"PEG fell to {_n(row['recent'])} from {_n(row['usual'])}, more than chance"
        " explains; self-tests are at the baseline."
    )


def doubtful(row: Row) -> str:
    """Return the sentence of R22."""
    return _DOUBTS[str(row["item"])]


def _side(row: Row) -> str:
    return str(row["side"]).capitalize()


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
