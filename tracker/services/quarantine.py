"""Staff look at what could not be stored, and say what became of it."""

from __future__ import annotations

from datetime import datetime

from tracker.errors import Conflict
from tracker.models import Quarantine, User


def resolve_quarantined(
    record: Quarantine, *, resolution: str, user: User, now: datetime
) -> None:
    """Close a quarantined record; raise Conflict when somebody else already has."""
    won = Quarantine.objects.filter(pk=record.pk, resolved_at__isnull=True).update(
        resolved_at=now, resolved_by=user, resolution=resolution
    )
    if not won:
        raise Conflict
    record.refresh_from_db()
