"""Template tags of the dashboard."""

from __future__ import annotations
