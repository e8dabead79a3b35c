"""Who works at a clinic, in which care teams, and who looks after a patient."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from tracker.domain.roles import ADMINISTRATOR, STAFF_ROLES
from tracker.errors import InvalidFields, LastAdministrator, NameTaken, NotFound
from tracker.models import (
    CareTeam,
    Clinic,
    Membership,
    Patient,
    RoleOffer,
    User,
)
from tracker.services import joining
from tracker.services.accounts import make_account
from tracker.signals import care_changed


#: The longest name of a team or a person.
#: Unit: characters.
NAME_MAX: Final = 200


@dataclass(frozen=True)
class Added:
    """What became of somebody who was to get a role: they have it, or are asked."""

    membership: Membership | None = None
    offer: RoleOffer | None = None
    is_new: bool = False


def add_member(
    clinic: Clinic, *, email: str, name: str, role: str, by: User, now: datetime
) -> Added:
    """Give a person a role at the clinic, or offer it. Twice is the same.

    A new account has no password: its owner sets one by a mail. Somebody who has an
    account, and does not work at the clinic yet, is asked first.
    """
    if role not in STAFF_ROLES:
        raise InvalidFields({"role": [f"One of: {', '.join(STAFF_ROLES)}."]})
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email.strip()).first()
        is_new = user is None
        user = user or make_account(email, None, name=name)
        if is_new or user.memberships.filter(clinic=clinic).exists():
            membership, _ = Membership.objects.get_or_create(
                clinic=clinic, user=user, role=role
            )
            return Added(membership, is_new=is_new)
        return Added(offer=joining.offer(clinic, user, role, offered_by=by, now=now))


def end_membership(clinic: Clinic, membership_id: int, *, now: datetime) -> None:
    """Take a role away; what the person had taken on for patients is open again.

    Raises LastAdministrator, or NotFound for a membership of another clinic.
    """
    with transaction.atomic():
        _lock(clinic)
        membership = _membership(clinic, membership_id)
        others = Membership.objects.filter(
            clinic=clinic, role=ADMINISTRATOR, user__is_active=True
        ).exclude(pk=membership.pk)
        if membership.role == ADMINISTRATOR and not others.exists():
            raise LastAdministrator
        membership.delete()
        care_changed.send(sender=Membership, clinic_id=clinic.pk, now=now)


def set_teams(
    clinic: Clinic, membership_id: int, teams: Collection[int], *, now: datetime
) -> None:
    """Let somebody belong to these care teams of the clinic and no other."""
    with transaction.atomic():
        _lock(clinic)
        membership = _membership(clinic, membership_id)
        known = list(CareTeam.objects.filter(clinic=clinic, pk__in=teams))
        if len(known) != len(set(teams)):
            raise NotFound
        membership.care_teams.set(known)
        care_changed.send(sender=Membership, clinic_id=clinic.pk, now=now)


def name_team(clinic: Clinic, name: str, team_id: int | None = None) -> CareTeam:
    """Make a care team, or give one another name; NameTaken, NotFound."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise InvalidFields({"name": [f"1 to {NAME_MAX} characters."]})
    team = CareTeam(clinic=clinic)
    if team_id is not None:
        found = CareTeam.objects.filter(clinic=clinic, pk=team_id).first()
        if found is None:
            raise NotFound
        team = found
    team.name = name
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise NameTaken from None
    return team


def give_team(patient: Patient, team_id: int | None, *, now: datetime) -> None:
    """Let another care team of the clinic, or none, look after the patient.

    Open alerts go on with the people of the new team; what somebody of the old one had
    taken is open again.
    """
    with transaction.atomic():
        if team_id is not None:
            team = CareTeam.objects.filter(clinic=patient.clinic_id, pk=team_id)
            if not team.exists():
                raise NotFound
        Patient.objects.filter(pk=patient.pk).update(care_team=team_id)
        care_changed.send(sender=Patient, clinic_id=patient.clinic_id, now=now)


def _lock(clinic: Clinic) -> None:
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)


def _membership(clinic: Clinic, membership_id: int) -> Membership:
    found = Membership.objects.filter(clinic=clinic, pk=membership_id).first()
    if found is None:
        raise NotFound
    return found
