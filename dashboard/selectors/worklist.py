"""The worklist: who needs an answer, who has one, and everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from alerts.domain import states
from alerts.domain.targets import TIERS
from alerts.models import Alert, Delivery
from alerts.selectors import watch
from dashboard.domain.worklist_filter import (
    AFTER_PROCEDURE,
    SILENT_DAYS,
    WorklistFilter,
)
from dashboard.selectors.alerts import (
    AlertRow,
    unresolved_counts,
    unresolved_rows,
)
from dashboard.selectors.diary import MODELS
from dashboard.selectors.newest import newest_day, newest_entry, newest_sync
from tracker.domain.circumstances import PROCEDURES
from tracker.models import CareTeam, Heartbeat, Patient, Treatment, User
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
    filtered_out: list[tuple[str, int]]
    quiet: Page[Any]
    withdrawn: list[Patient]
    delayed: bool


def worklist(
    user: User | AnonymousUser, *, chosen: WorklistFilter, page: str, now: datetime
) -> Worklist:
    """Return the worklist of one member of staff, as far as the filter asks for it.

    `filtered_out` counts by tier the unanswered alerts that the filter hides.
    """
    everybody = visible_patients(user)
    patients = _fitting(everybody, chosen, now=now)
    fits = _alerts_fitting(user, chosen)
    rows = unresolved_rows(patients, fits, now=now)
    if chosen.call_back:  # who has waited longest stands first
        rows = sorted(rows, key=lambda row: row.alert.call_back_asked_at or now)
    total = sum(unresolved_counts(patients, fits).values())
    return Worklist(
        now=now,
        waiting=[row for row in rows if row.waiting],
        acknowledged=[row for row in rows if not row.waiting],
        hidden_count=total - len(rows),
        filtered_out=_filtered_out(everybody, patients, fits) if chosen.is_set else [],
        quiet=_quiet(patients, chosen, page=page),
        withdrawn=list(withdrawn_among(patients)[:WITHDRAWN_SHOWN]),
        delayed=alerts_delayed(now=now),
    )


def teams_seen(user: User | AnonymousUser) -> list[CareTeam]:
    """Return the care teams of the patients that the account may see."""
    teams = CareTeam.objects.filter(patients__in=visible_patients(user))
    return list(teams.distinct().order_by("name", "pk"))


def _fitting(
    patients: QuerySet[Patient], chosen: WorklistFilter, *, now: datetime
) -> QuerySet[Patient]:
    """Return the patients that the questions about patients leave."""
    for word in chosen.search.split():
        patients = patients.filter(name__icontains=word)
    if chosen.team:
        patients = patients.filter(care_team=chosen.team)
    if chosen.silent:
        heard_since = (now - SILENT_DAYS).date()
        for model in MODELS.values():
            entries = model._default_manager.filter(
                patient=OuterRef("pk"),
                withdrawn_at__isnull=True,
                local_day__gt=heard_since,
            )
            patients = patients.filter(~Exists(entries))
    if chosen.after_procedure:
        since = (now - AFTER_PROCEDURE).date()
        procedures = Treatment.objects.filter(
            patient=OuterRef("pk"),
            kind__in=list(PROCEDURES),
            started_on__range=(since, now.date()),
        )
        patients = patients.filter(Exists(procedures))
    return patients


def _alerts_fitting(user: User | AnonymousUser, chosen: WorklistFilter) -> Q:
    """Return the condition on alerts: taken by the account, or sent to it."""
    fits = Q()
    if chosen.tier:
        fits &= Q(tier=chosen.tier)
    if chosen.call_back:
        fits &= Q(call_back_by__isnull=False)
    if chosen.mine:
        told = Delivery.objects.filter(alert=OuterRef("pk"), recipient=user.pk)
        asked = Q(Exists(told), state__in=states.UNANSWERED)
        fits &= asked | Q(acknowledged_by=user.pk)
    return fits


def _filtered_out(
    everybody: QuerySet[Patient], patients: QuerySet[Patient], fits: Q
) -> list[tuple[str, int]]:
    """Return how many unanswered alerts of each tier a filter hides."""
    unanswered = Alert.objects.filter(
        patient__in=everybody, state__in=states.UNANSWERED
    )
    shown = Alert.objects.filter(fits, patient__in=patients)
    hidden = unanswered.exclude(pk__in=shown.order_by().values("pk"))
    counts = dict(hidden.values_list("tier").annotate(Count("pk")))
    return [(tier, counts[tier]) for tier in TIERS if tier in counts]


def _quiet(
    patients: QuerySet[Patient], chosen: WorklistFilter, *, page: str
) -> Page[Any]:
    """Return the patients without an unresolved alert, the longest silent first.

    Only the day of the last entry orders them: it is in an index, so that thousands of
    patients cost little, and the exact times are looked up for one page alone.
    """
    if chosen.asks_for_alerts:
        patients = patients.none()
    unresolved = Alert.objects.filter(
        patient=OuterRef("pk"), state__in=states.UNRESOLVED
    )
    found = (
        patients.filter(~Exists(unresolved))
        .order_by(newest_day(outer="pk").asc(nulls_first=True), "name", "pk")
        .values_list("pk", flat=True)
    )
    shown: Page[Any] = Paginator(found, QUIET_PAGE_SIZE).get_page(page)
    shown.object_list = _in_full(list(shown.object_list))
    return shown


def _in_full(keys: list[UUID]) -> list[Patient]:
    """Return these patients, in this order, with what the list says of each."""
    found = (
        Patient.objects.filter(pk__in=keys)
        .select_related("care_team", "clinic")
        .annotate(
            last_entry_at=newest_entry(outer="pk"),
            last_sync_at=newest_sync(outer="pk"),
        )
    )
    return sorted(found, key=lambda patient: keys.index(patient.pk))


def alerts_delayed(*, now: datetime) -> bool:
    """Return whether the sweep is late, or anything of any alert that it should do."""
    beat = Heartbeat.objects.filter(name=SWEEP_NAME).first()
    if beat is None or now - beat.beat_at > SWEEP_TOO_OLD:
        return True
    return not watch.on_schedule(now=now)
