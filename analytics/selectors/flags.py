"""Which flags somebody may read; not found and not yours are one error."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from analytics.models import AnalysisState, Flag
from tracker.domain.power_tests import NEW_WITHIN
from tracker.errors import NotFound
from tracker.models import User
from tracker.selectors.access import read_by, visible_patient, visible_patients


Account = User | AnonymousUser

#: Rules whose open or recent flag means that power has dropped (R03 and R18 ask for it).
MOTOR_DROP_RULES: Final = ("R04", "R05", "R06", "R07")


def flags_of_visible_patient(user: Account, patient_id: UUID) -> QuerySet[Flag]:
    """Return all flags of a patient whom the member of staff may see."""
    return Flag.objects.filter(patient=visible_patient(user, patient_id))


def visible_flag(user: Account, flag_id: UUID) -> Flag:
    """Return one flag of a patient whom the member of staff may see."""
    found = Flag.objects.filter(pk=flag_id, patient__in=visible_patients(user)).first()
    if found is None:
        raise NotFound
    return found


def own_flags(user: Account) -> QuerySet[Flag]:
    """Return all flags of the patients that this account is or cares for."""
    return Flag.objects.filter(patient__in=read_by(user))


def baselines_of(patient_id: UUID) -> dict[str, Any]:
    """Return what is usual for the patient as of the last analysis, for the charts.

    By `quantity|side`: `leg_pain|left` holds center, low and high of the band;
    `heel_walk|left` the usual score. What is not known yet is absent.
    """
    state = AnalysisState.objects.filter(pk=patient_id).only("baselines").first()
    return dict(state.baselines) if state else {}


def has_recent_motor_drop(patient_id: UUID, *, now: datetime) -> bool:
    """Return whether a flag that is open, or of late, says that a leg has lost power.

    Closing a flag does not bring power back: as in a replay, it counts for as long as
    a drop is new. One day more, since the patient's day may be behind UTC.

    A severe drop that was not repeated yet (R05 as information) does not say so.
    """
    since = (now - NEW_WITHIN - timedelta(days=1)).date()
    flags = Flag.objects.filter(
        Q(status="open") | Q(raised_on__gte=since),
        patient=patient_id,
        rule__in=MOTOR_DROP_RULES,
    )
    return flags.exclude(tier="info").exists()
