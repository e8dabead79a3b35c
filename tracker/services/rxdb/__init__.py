"""Sync in RxDB's dialect: thin translations over the core in `tracker.services.sync`."""

from __future__ import annotations
