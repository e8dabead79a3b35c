"""What holds for a patient's alert: the escalation policy and the rota of their team."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.domain import policy as policies
from alerts.domain import rota as rotas
from alerts.domain.policy import Policy, Step
from alerts.domain.rota import Cover, Rota, Shift
from alerts.domain.targets import CALENDAR_DAYS, EMERGENCY, Calendar
from alerts.models import Alert, EscalationPolicy, Holiday
from alerts.models import Cover as CoverRow
from alerts.models import Shift as ShiftRow
from tracker.models import CareTeam, Clinic


#: Days of holidays that are read around an instant.
_BEHIND: Final = timedelta(days=2)
_AHEAD: Final = timedelta(days=CALENDAR_DAYS + 2)


def plan_of(alert: Alert, *, now: datetime) -> Policy:
    """Return the policy that held when the alert was opened: it does not change."""
    if alert.plan:
        return policies.read(alert.plan["policy"])
    return policy_of(alert.patient.clinic, alert.patient.care_team_id, now=now)


def snapshot(alert: Alert, *, now: datetime) -> dict[str, Any]:
    """Return what an alert keeps: the policy, and who was on duty at that instant."""
    clinic, team_id = alert.patient.clinic, alert.patient.care_team_id
    rota = rota_of(clinic, team_id, now=now)
    return {
        "policy": policies.written(policy_of(clinic, team_id, now=now)),
        "on_duty": rotas.written(rota, now),
    }


def policy_of(clinic: Clinic, team_id: int | None, *, now: datetime) -> Policy:
    """Return the policy of a care team: its own, else the clinic's, else the default."""
    rows = EscalationPolicy.objects.filter(clinic=clinic).prefetch_related("steps")
    by_team = {row.care_team_id: row for row in rows}
    chosen = by_team.get(team_id) or by_team.get(None)
    holidays = holidays_of(clinic, now=now)
    if chosen is None:
        zone = ZoneInfo(clinic.timezone)
        return Policy(calendar=Calendar(zone=zone, holidays=holidays))
    return as_policy(chosen, [_step(row) for row in chosen.steps.all()], holidays)


def as_policy(
    row: EscalationPolicy, steps: list[Step], holidays: frozenset[date]
) -> Policy:
    """Return a stored policy as the rules know it."""
    return Policy(
        calendar=Calendar(
            zone=ZoneInfo(row.clinic.timezone),
            opens=row.opens,
            closes=row.closes,
            weekdays=frozenset(row.weekdays),
            holidays=holidays,
        ),
        steps=tuple(steps),
        last_resort_percent=row.last_resort_percent,
        repeat_count=row.repeat_count,
        target_minutes={
            EMERGENCY: row.emergency_minutes,
            "urgent": row.urgent_minutes,
            "soon": row.soon_minutes,
        },
    )


def rota_of(
    clinic: Clinic,
    team_id: int | None,
    *,
    now: datetime,
    until: datetime | None = None,
) -> Rota:
    """Return the rota of a care team from `now` to `until`; empty without a team."""
    zone = ZoneInfo(clinic.timezone)
    if team_id is None:
        return Rota(zone=zone)
    shifts = ShiftRow.objects.filter(care_team=team_id)
    covers = CoverRow.objects.filter(
        care_team=team_id, ends_at__gt=now, starts_at__lte=until or now
    )
    return Rota(
        zone=zone,
        shifts=tuple(_shift(row) for row in shifts),
        covers=tuple(_cover(row) for row in covers),
        holidays=holidays_of(clinic, now=now),
    )


def holidays_of(clinic: Clinic, *, now: datetime) -> frozenset[date]:
    """Return the holidays of a clinic that lie near an instant."""
    near = ((now - _BEHIND).date(), (now + _AHEAD).date())
    rows = Holiday.objects.filter(clinic=clinic, day__range=near)
    return frozenset(rows.values_list("day", flat=True))


def teams_of(clinic: Clinic) -> list[CareTeam]:
    """Return the care teams of a clinic by name."""
    return list(CareTeam.objects.filter(clinic=clinic).order_by("name", "pk"))


def _step(row: Any) -> Step:
    return Step(
        whom=row.whom,
        after_percent=row.after_percent,
        person=row.person_id,
        tier=row.tier,
    )


def _shift(row: ShiftRow) -> Shift:
    return Shift(
        line=row.line,
        person=row.clinician_id,
        starts=row.starts,
        ends=row.ends,
        weekday=row.weekday,
        day=row.day,
    )


def _cover(row: CoverRow) -> Cover:
    return Cover(
        absent=row.absent_id, by=row.by_id, starts=row.starts_at, ends=row.ends_at
    )
