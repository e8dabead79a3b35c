"""Sets up the people of the demo: two clinics, their staff and their patients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings

from alerts.models import OnCallStep
from backend.simulation import cast
from backend.simulation.cast import Person
from tracker.domain import consent
from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.models import CareTeam, Clinic, Membership, Patient, User
from tracker.services import clinical, enrolment


#: Patients of the second clinic: somebody whom the first must never see.
_OTHER_PATIENT = Person(name="Nobody Yours", scenario="stable")


@dataclass(frozen=True)
class Staff:
    """The clinicians whom the story needs."""

    administrator: User
    nurse: User
    surgeon: User
    team: CareTeam


def set_up(*, now: datetime) -> Staff:
    """Make both clinics and their staff."""
    clinic = Clinic.objects.create(
        name=cast.CLINIC, timezone=cast.ZONE, phone="+44 20 7946 0000"
    )
    nurse, surgeon = (_account(*who) for who in (cast.NURSE, cast.SURGEON))
    administrator = _account(*cast.ADMINISTRATOR, is_staff=True, is_superuser=True)
    Membership.objects.create(clinic=clinic, user=administrator, role=ADMINISTRATOR)
    team = CareTeam.objects.create(clinic=clinic, name="Lumbar team")
    for position, user in enumerate((nurse, surgeon), start=1):
        team.members.add(
            Membership.objects.create(clinic=clinic, user=user, role=CLINICIAN)
        )
        OnCallStep.objects.create(care_team=team, position=position, clinician=user)
    _set_up_other_clinic(now=now)
    return Staff(administrator, nurse, surgeon, team)


def enrol(person: Person, number: int, staff: Staff, *, now: datetime) -> Patient:
    """Invite and enrol one patient, and open the episode of care."""
    patient = _enrol(person, number, staff.team, staff.administrator, now=now)
    episode = clinical.open_episode(
        patient,
        fields={
            "suspected_cause": "disc_herniation",
            "level": ("L4/L5", "L5/S1")[number % 2],
            "onset_on": (now - timedelta(days=14 + number % 30)).date(),
        },
    )
    if person.treatment:
        kind, days_ago = person.treatment
        clinical.record_treatment(
            episode,
            fields={
                "kind": kind,
                "started_on": (now + timedelta(days=120 - days_ago)).date(),
            },
            by=staff.surgeon,
        )
    return patient


def _set_up_other_clinic(*, now: datetime) -> None:
    clinic = Clinic.objects.create(name=cast.OTHER_CLINIC, timezone=cast.ZONE)
    nurse = _account(*cast.OTHER_NURSE)
    team = CareTeam.objects.create(clinic=clinic, name="Spine team")
    team.members.add(
        Membership.objects.create(clinic=clinic, user=nurse, role=CLINICIAN)
    )
    OnCallStep.objects.create(care_team=team, position=1, clinician=nurse)
    _enrol(_OTHER_PATIENT, 0, team, nurse, now=now)


def _enrol(
    person: Person, number: int, team: CareTeam, by: User, *, now: datetime
) -> Patient:
    _, code = enrolment.invite(
        patient_name=person.name,
        clinic=team.clinic,
        care_team=team,
        created_by=by,
        now=now,
    )
    return enrolment.enrol(
        code,
        enrolment.Enrolment(
            email=person.email or f"patient{number}.{team.pk}@simulated.example",
            # Hashing is slow on purpose; nobody logs in as the others.
            password=settings.DEMO_PASSWORD if person.email else None,
            consent_version=consent.VERSION,
            birth_year=person.birth_year,
            sex=person.sex,
            timezone=cast.ZONE,
        ),
        now=now,
    )


def _account(email: str, name: str, **fields: bool) -> User:
    user = User.objects.create_user(email, settings.DEMO_PASSWORD, name=name, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
