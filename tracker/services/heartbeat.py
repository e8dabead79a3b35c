"""Periodic jobs say that they ran; `/health/background` listens."""

from __future__ import annotations

from datetime import datetime

from tracker.models import Heartbeat


def beat(name: str, *, now: datetime) -> None:
    """Note that the job `name` came to its end at `now`."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})
