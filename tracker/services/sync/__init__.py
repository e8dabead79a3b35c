"""Sync: the push and pull of one diary. Read `exchange` first."""

from __future__ import annotations

from tracker.services.sync.exchange import exchange


__all__ = ["exchange"]
