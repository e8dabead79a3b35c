"""Who is to be told of a patient's alert, at any step.

Only active people who may see the patient count: a message to somebody who cannot
open the alert reaches nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alerts.domain.policy import People
from alerts.models import Alert, ContactPoint, DeadMailbox, Delivery
from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.models import User


def people_of(clinic_id: int, team_id: int | None) -> People:
    """Return who can be told of the patients of a care team, or of those without one."""
    return People(
        clinicians=tuple(_clinicians(clinic_id, team_id).values_list("pk", flat=True)),
        administrators=tuple(_administrators(clinic_id).values_list("pk", flat=True)),
    )


def reachable_people_of(clinic_id: int, team_id: int | None) -> People:
    """Return those of them whom no message is known to miss: for looking ahead.

    An alert is told to the others all the same: what was refused may work again.
    """
    people = people_of(clinic_id, team_id)
    missed = unreachable(people.everybody)
    return People(
        clinicians=tuple(pk for pk in people.clinicians if pk not in missed),
        administrators=tuple(pk for pk in people.administrators if pk not in missed),
    )


def unreachable(people: Collection[int]) -> dict[int, datetime]:
    """Return those whom nothing that goes out reaches, with since when.

    Their mail is refused for good, and they have no other way that works.
    """
    other_ways = ContactPoint.objects.filter(
        user=OuterRef("user"), retired_at__isnull=True
    )
    dead = DeadMailbox.objects.filter(user__in=people, email=F("user__email"))
    rows = dead.filter(~Exists(other_ways))
    return dict(rows.values_list("user", "since"))


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
