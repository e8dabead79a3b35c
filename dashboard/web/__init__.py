"""Doors: each view parses, asks one selector or service, and renders."""

from __future__ import annotations
