"""Alerts as rows: the reason, the deadline and who has it, ready to be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, DateTimeField, Max, OuterRef, QuerySet, Subquery

from alerts.domain import states
from alerts.domain.outcomes import Outcome, outcomes_for
from alerts.models import Alert
from alerts.selectors.worklist import open_alerts, visible_alert
from analytics.models import Flag
from dashboard.domain import need
from dashboard.domain.need import Deadline
from tracker.models import Device, Patient, User


#: How many alerts one page shows; whoever has more unanswered needs colleagues.
ROWS_SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One alert as a page shows it."""

    alert: Alert
    patient: Patient
    waiting: bool
    deadlines: tuple[Deadline, ...]
    onset: str
    waited: str
    roots: tuple[tuple[str, int], ...]
    flags: tuple[Flag, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def acknowledged_by(self) -> str:
        """Return the name of whoever has it, or an empty text."""
        return person(self.alert.acknowledged_by)

    @property
    def resolved_by(self) -> str:
        """Return the name of whoever closed it, or an empty text."""
        return person(self.alert.resolved_by)

    @property
    def root_words(self) -> str:
        """Return the two likeliest roots and the side in words."""
        names = " or ".join(root for root, _ in self.roots[:2])
        return ", ".join(part for part in (names, self.alert.side) if part)


def person(user: User | None) -> str:
    """Return how a colleague is called on a page."""
    return (user.name or user.email) if user else ""


def unresolved_rows(patients: QuerySet[Patient], *, now: datetime) -> list[AlertRow]:
    """Return the unresolved alerts of these patients, most urgent first."""
    alerts = (
        open_alerts(patients)
        .select_related(
            "patient", "patient__care_team", "patient__clinic", "acknowledged_by"
        )
        .prefetch_related("flags")
        .annotate(
            last_entry_at=newest(Device, "last_entry_at", outer="patient"),
            last_sync_at=newest(Device, "last_seen_at", outer="patient"),
        )
    )
    return [row(alert, now=now) for alert in alerts[:ROWS_SHOWN]]


def unresolved_counts(patients: QuerySet[Patient]) -> dict[str, int]:
    """Return how many unresolved alerts there are in each state."""
    counted = open_alerts(patients).order_by().values("state")
    return {
        item["state"]: item["count"] for item in counted.annotate(count=Count("pk"))
    }


def visible_row(
    user: User | AnonymousUser, alert_id: UUID, *, now: datetime
) -> AlertRow:
    """Return one visible alert as a row; not found and not yours are one error."""
    return row(visible_alert(user, alert_id), now=now)


def row(alert: Alert, *, now: datetime) -> AlertRow:
    """Return the alert as a page shows it."""
    flags = sorted(alert.flags.all(), key=lambda flag: flag.raised_at, reverse=True)
    roots: dict[str, float] = next(
        (flag.likely_roots for flag in flags if flag.likely_roots), {}
    )
    return AlertRow(
        alert=alert,
        patient=alert.patient,
        waiting=alert.state in states.UNANSWERED,
        deadlines=tuple(_deadlines(alert, now=now)),
        onset=need.since_onset(alert.onset_on, zone=alert.patient.timezone, now=now),
        waited=need.duration(now - alert.opened_at),
        roots=tuple(need.likely(roots)),
        flags=tuple(flags),
        outcomes=outcomes_for(alert.tier),
    )


def _deadlines(alert: Alert, *, now: datetime) -> Iterable[Deadline]:
    promises = [("examine", alert.examine_by)]
    if alert.state in states.UNANSWERED:
        promises.insert(0, ("answer", alert.acknowledge_by))
    for kind, at in promises:
        stands = need.deadline(kind, since=alert.opened_at, at=at, now=now)
        if stands:
            yield stands


def newest(model: type[Device], field: str, *, outer: str) -> Subquery:
    """Return the newest value of a patient's devices, as one subquery."""
    mine = model.objects.filter(patient=OuterRef(outer)).order_by().values("patient")
    return Subquery(
        mine.annotate(newest=Max(field)).values("newest"),
        output_field=DateTimeField(),
    )
