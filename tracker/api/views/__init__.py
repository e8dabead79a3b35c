"""Views of the tracker, one module for each subject."""

from __future__ import annotations
