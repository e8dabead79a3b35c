"""Typst sheets as PDF: one library without system packages (ADR 0018)."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, Final


_HERE: Final = Path(__file__).parent


def pdf(template: str, data: dict[str, Any]) -> bytes:
    """Return a sheet as accessible PDF (PDF/UA-1); the text of `data` is never markup.

    The typesetter reads this folder and nothing else, and only our own fonts.
    """
    compiled: bytes = import_module("typst").compile(
        str(_HERE / template),
        root=str(_HERE),
        font_paths=[str(_HERE / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=["ua-1"],
    )
    return compiled
