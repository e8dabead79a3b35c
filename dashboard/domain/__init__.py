"""Pure view logic: what is shown in which words; no Django, no clock."""

from __future__ import annotations
