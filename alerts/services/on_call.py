"""What administrators decide: policies, shifts, holidays and covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction

from alerts.domain import policy as policies
from alerts.domain.policy import Step
from alerts.errors import PolicyInvalid
from alerts.models import Cover, EscalationPolicy, Holiday, Shift
from alerts.selectors import plans
from tracker.domain.roles import CLINICIAN
from tracker.errors import NotFound
from tracker.models import CareTeam, Clinic, Membership


#: How many rows of a kind a clinic may keep; more is a mistake of some script.
MOST_ROWS: Final = 2000


def set_policy(
    clinic: Clinic,
    team: CareTeam | None,
    *,
    steps: Sequence[Step],
    fields: Mapping[str, Any],
) -> EscalationPolicy:
    """Replace the policy of a team, or of the rest of the clinic; PolicyInvalid.

    Alerts that run keep the policy they were opened under.
    """
    row = EscalationPolicy(clinic=clinic, care_team=team, **fields)
    wrong = policies.problems(plans.as_policy(row, list(steps), frozenset()))
    if wrong:
        raise PolicyInvalid(" ".join(dict.fromkeys(wrong)))
    _check_members(clinic, [step.person for step in steps if step.person])
    with transaction.atomic():
        Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
        EscalationPolicy.objects.filter(clinic=clinic, care_team=team).delete()
        row.save(force_insert=True)
        for step in steps:
            row.steps.create(
                whom=step.whom,
                after_percent=step.after_percent,
                person_id=step.person,
                tier=step.tier,
            )
    return row


def add_shift(team: CareTeam, *, fields: Mapping[str, Any]) -> Shift:
    """Add a shift of a clinician of the team; twice is the same."""
    if fields.get("weekday") is not None and fields.get("day") is not None:
        message = "Give a weekday, or a day, or neither for every day."
        raise PolicyInvalid(message)
    _check_clinicians(team, [fields["clinician_id"]])
    _check_room(Shift.objects.filter(care_team=team).count())
    return Shift.objects.get_or_create(care_team=team, **fields)[0]


def add_cover(team: CareTeam, *, fields: Mapping[str, Any]) -> Cover:
    """Let a clinician of the team have the duties of another for some time; twice is the same."""
    if fields["ends_at"] <= fields["starts_at"] or (
        fields["absent_id"] == fields["by_id"]
    ):
        message = "A cover is by somebody else, and ends after it begins."
        raise PolicyInvalid(message)
    _check_clinicians(team, [fields["by_id"]])
    _check_members(team.clinic, [fields["absent_id"]])
    _check_room(Cover.objects.filter(care_team=team).count())
    return Cover.objects.get_or_create(care_team=team, **fields)[0]


def add_swap(
    team: CareTeam, *, duties: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> None:
    """Let two clinicians of the team have each other's duties: two covers, or neither."""
    with transaction.atomic():
        for fields in duties:
            add_cover(team, fields=fields)


def add_holiday(clinic: Clinic, *, day: date, name: str) -> Holiday:
    """Add a holiday to the clinic's calendar; twice is the same."""
    _check_room(Holiday.objects.filter(clinic=clinic).count())
    made, _ = Holiday.objects.update_or_create(
        clinic=clinic, day=day, defaults={"name": name}
    )
    return made


def remove(clinic: Clinic, kind: str, pk: int) -> None:
    """Remove a shift, a holiday or a cover of the clinic; NotFound for another's."""
    rows = {
        "shifts": Shift.objects.filter(care_team__clinic=clinic),
        "covers": Cover.objects.filter(care_team__clinic=clinic),
        "holidays": Holiday.objects.filter(clinic=clinic),
    }[kind]
    if not rows.filter(pk=pk).delete()[0]:
        raise NotFound


def _check_clinicians(team: CareTeam, people: Sequence[int]) -> None:
    found = team.members.filter(role=CLINICIAN, user__in=people)
    if found.values("user").distinct().count() != len(set(people)):
        message = "Name clinicians of this care team."
        raise PolicyInvalid(message)


def _check_members(clinic: Clinic, people: Sequence[int]) -> None:
    found = Membership.objects.filter(clinic=clinic, user__in=people)
    if found.values("user").distinct().count() != len(set(people)):
        message = "Name people of this clinic."
        raise PolicyInvalid(message)


def _check_room(count: int) -> None:
    if count >= MOST_ROWS:
        message = "There are too many already: remove old ones first."
        raise PolicyInvalid(message)
