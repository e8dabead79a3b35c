"""Who is to be told of a patient's alert, at any step.

Only active people who may see the patient count: a message to somebody who cannot
open the alert reaches nobody.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from alerts.domain.policy import People
from alerts.models import Alert, Delivery
from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.models import User


def people_of(clinic_id: int, team_id: int | None) -> People:
    """Return who can be told of the patients of a care team, or of those without one."""
    return People(
        clinicians=tuple(_clinicians(clinic_id, team_id).values_list("pk", flat=True)),
        administrators=tuple(_administrators(clinic_id).values_list("pk", flat=True)),
    )


def told_of(alert: Alert) -> list[int]:
    """Return the staff who have been told of an alert and can still be told."""
    people = people_of(alert.patient.clinic_id, alert.patient.care_team_id)
    told = Delivery.objects.filter(
        alert=alert, step__gte=1, recipient__in=people.everybody
    )
    return list(told.order_by().values_list("recipient", flat=True).distinct())


def _clinicians(clinic_id: int, team_id: int | None) -> QuerySet[User]:
    memberships = (
        Q(memberships__care_teams=team_id)
        if team_id
        else Q(memberships__clinic=clinic_id)
    )
    return _reachable(memberships & Q(memberships__role=CLINICIAN))


def _administrators(clinic_id: int) -> QuerySet[User]:
    return _reachable(Q(memberships__clinic=clinic_id, memberships__role=ADMINISTRATOR))


def _reachable(who: Q) -> QuerySet[User]:
    return (
        User.objects.filter(who, is_active=True)
        .exclude(email="")
        .order_by("pk")
        .distinct()
    )
