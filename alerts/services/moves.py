"""The one way in which an alert changes its state, and the log of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from alerts.domain import states
from alerts.models import Alert, AlertLog
from tracker.models import User
from tracker.services import live


def move(
    alert_id: UUID,
    action: str,
    *,
    by: User | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
    **changes: Any,
) -> bool:
    """Make one move of the table, inside the caller's transaction, and log it.

    One conditional UPDATE decides; False means that somebody else was first. The
    row is locked before it only so that the log names the state it came from.
    """
    rows = Alert.objects.filter(pk=alert_id)
    locked = rows.select_for_update(no_key=True)
    source, due = locked.values_list("state", "acknowledge_by").first() or ("", None)
    if action in states.ANSWERS and source in states.UNANSWERED and due:
        # The next who is asked gets a time of their own: what this answer met is kept.
        detail = {"due": due.isoformat()} | (detail or {})
    moved = rows.filter(state__in=states.SOURCES[action]).update(
        state=states.TARGET[action], step_token=uuid4(), **changes
    )
    if moved:
        note(
            alert_id,
            action,
            by=by,
            now=now,
            detail=detail,
            states_between=(source, states.TARGET[action]),
        )
    return moved == 1


def note(
    alert_id: UUID,
    action: str,
    *,
    now: datetime,
    by: User | None = None,
    detail: dict[str, Any] | None = None,
    states_between: tuple[str, str] = ("", ""),
) -> None:
    """Log one hop, ids, codes and counts only; open worklists hear that there is one."""
    AlertLog.objects.create(
        alert_id=alert_id,
        at=now,
        actor=by,
        action=action,
        from_state=states_between[0],
        to_state=states_between[1],
        detail=detail or {},
    )
    clinic = Alert.objects.filter(pk=alert_id).values_list("patient__clinic", flat=True)
    live.announce_on_commit(live.clinic_topic(clinic[0]))


def note_all(
    lines: Iterable[tuple[Alert, dict[str, Any]]], *, action: str, now: datetime
) -> None:
    """Log one hop of many alerts, whose patients are loaded, by one statement."""
    lines = list(lines)
    AlertLog.objects.bulk_create(
        AlertLog(alert=alert, at=now, action=action, detail=detail)
        for alert, detail in lines
    )
    for clinic in {alert.patient.clinic_id for alert, _ in lines}:
        live.announce_on_commit(live.clinic_topic(clinic))
