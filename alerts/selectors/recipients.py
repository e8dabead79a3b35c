"""Who is to be told of a patient's alert, at each step of the escalation.

Only active people who may see the patient count: a message to somebody who cannot
open the alert reaches nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from alerts.models import OnCallStep
from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.models import Patient, User


#: The steps of an alert: on duty, second, and from then on everybody.
ON_DUTY = 1
SECOND = 2
LAST_RESORT = 3


@dataclass(frozen=True)
class Chain:
    """The accounts to tell, by step."""

    on_duty: tuple[int, ...]
    second: tuple[int, ...]
    administrators: tuple[int, ...]

    def at(self, step: int) -> tuple[int, ...]:
        """Return whom to tell at a step; nobody only when the chain is empty."""
        if step <= ON_DUTY:
            return self.on_duty
        if step == SECOND:
            return self.second
        return _once([*self.on_duty, *self.second, *self.administrators])

    def through(self, step: int) -> tuple[int, ...]:
        """Return all who have been told by the time of a step."""
        return _once([pk for s in range(ON_DUTY, step + 1) for pk in self.at(s)])


def chain(patient: Patient) -> Chain:
    """Return whom to tell of this patient's alerts.

    Without a rota every clinician of the patient is on duty; without clinicians the
    clinic's administrators are. The second step is the second on the rota, else the
    other clinicians, else the administrators, else the first again.
    """
    clinicians = list(_clinicians(patient).values_list("pk", flat=True))
    administrators = tuple(_administrators(patient).values_list("pk", flat=True))
    rota = [pk for pk in _rota(patient) if pk in clinicians]
    on_duty = tuple(rota[:1] or clinicians) or administrators
    others = tuple(rota[1:2] or [pk for pk in clinicians if pk not in on_duty])
    return Chain(on_duty, others or administrators or on_duty, administrators)


def _clinicians(patient: Patient) -> QuerySet[User]:
    memberships = (
        Q(memberships__care_teams=patient.care_team_id)
        if patient.care_team_id
        else Q(memberships__clinic=patient.clinic_id)
    )
    return _reachable(memberships & Q(memberships__role=CLINICIAN))


def _administrators(patient: Patient) -> QuerySet[User]:
    return _reachable(
        Q(memberships__clinic=patient.clinic_id, memberships__role=ADMINISTRATOR)
    )


def _reachable(who: Q) -> QuerySet[User]:
    return (
        User.objects.filter(who, is_active=True)
        .exclude(email="")
        .order_by("pk")
        .distinct()
    )


def _rota(patient: Patient) -> Sequence[int]:
    if patient.care_team_id is None:
        return []
    rows = OnCallStep.objects.filter(care_team=patient.care_team_id)
    return list(
        dict.fromkeys(rows.order_by("position").values_list("clinician", flat=True))
    )


def _once(people: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(people))
