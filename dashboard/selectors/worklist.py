"""The worklist: who needs an answer, who has one, and everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef

from alerts.domain import states
from alerts.models import Alert
from alerts.selectors import watch
from dashboard.selectors.alerts import (
    AlertRow,
    newest_entry,
    newest_sync,
    unresolved_counts,
    unresolved_rows,
)
from tracker.models import Heartbeat, Patient, User
from tracker.selectors.access import visible_patients
from tracker.selectors.consent import withdrawn_among


#: Age of the last sweep from which the page says that alerts are delayed.
#: Unit: duration.
#: Source: alerts.md, "the dashboard says so when they are"; the sweep runs every 10 s.
SWEEP_TOO_OLD: Final = timedelta(minutes=2)
SWEEP_NAME: Final = "alerts.sweep"
QUIET_PAGE_SIZE: Final = 25
#: Withdrawn consents that the worklist tells of, the latest.
WITHDRAWN_SHOWN: Final = 20


@dataclass(frozen=True, kw_only=True)
class Worklist:
    """All that the worklist shows at one moment."""

    now: datetime
    waiting: list[AlertRow]
    acknowledged: list[AlertRow]
    hidden_count: int
    quiet: Page[Any]
    withdrawn: list[Patient]
    delayed: bool


def worklist(user: User | AnonymousUser, *, page: str, now: datetime) -> Worklist:
    """Return the worklist of one member of staff."""
    patients = visible_patients(user)
    rows = unresolved_rows(patients, now=now)
    total = sum(unresolved_counts(patients).values())
    return Worklist(
        now=now,
        waiting=[row for row in rows if row.waiting],
        acknowledged=[row for row in rows if not row.waiting],
        hidden_count=total - len(rows),
        quiet=quiet_patients(user, page=page),
        withdrawn=list(withdrawn_among(patients)[:WITHDRAWN_SHOWN]),
        delayed=alerts_delayed(now=now),
    )


def quiet_patients(user: User | AnonymousUser, *, page: str) -> Page[Any]:
    """Return the patients without an unresolved alert, the longest silent first."""
    unresolved = Alert.objects.filter(
        patient=OuterRef("pk"), state__in=states.UNRESOLVED
    )
    patients = (
        visible_patients(user)
        .filter(~Exists(unresolved))
        .select_related("care_team", "clinic")
        .annotate(
            last_entry_at=newest_entry(outer="pk"),
            last_sync_at=newest_sync(outer="pk"),
        )
        .order_by(F("last_entry_at").asc(nulls_first=True), "name", "pk")
    )
    return Paginator(patients, QUIET_PAGE_SIZE).get_page(page)


def alerts_delayed(*, now: datetime) -> bool:
    """Return whether the sweep is late, or anything of any alert that it should do."""
    beat = Heartbeat.objects.filter(name=SWEEP_NAME).first()
    if beat is None or now - beat.beat_at > SWEEP_TOO_OLD:
        return True
    return not watch.on_schedule(now=now)
