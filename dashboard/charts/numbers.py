"""How charts write numbers: with the decimal sign of the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.formats import get_format


def number_locale() -> dict[str, Any]:
    """Return how the reader's language writes numbers, for Vega."""
    return {
        "decimal": get_format("DECIMAL_SEPARATOR"),
        "thousands": get_format("THOUSAND_SEPARATOR"),
        "grouping": [3],
        "currency": ["", ""],
    }
