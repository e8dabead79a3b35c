"""Sets up the people of the demo: two clinics, their staff and their patients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings

from alerts.models import Shift
from analytics.domain.courses import Course
from backend.simulation import cast
from backend.simulation.cast import Person
from tracker.domain import consent
from tracker.domain.diary import LEGS
from tracker.domain.roles import ADMINISTRATOR, CLINICIAN
from tracker.models import CareTeam, Clinic, Episode, Membership, Patient, User
from tracker.services import clinical, enrolment


#: The disc that presses on a root in its usual, posterolateral place.
LEVEL_OF_ROOT: Final = {"L4": "L3/L4", "L5": "L4/L5", "S1": "L5/S1"}
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
        name=cast.CLINIC,
        timezone=cast.ZONE,
        phone="+44 20 7946 0000",
        activated_at=now,
    )
    nurse, surgeon = (_account(*who) for who in (cast.NURSE, cast.SURGEON))
    administrator = _account(*cast.ADMINISTRATOR, is_staff=True, is_superuser=True)
    Membership.objects.create(clinic=clinic, user=administrator, role=ADMINISTRATOR)
    team = CareTeam.objects.create(clinic=clinic, name="Lumbar team")
    for position, user in enumerate((nurse, surgeon), start=1):
        team.members.add(
            Membership.objects.create(clinic=clinic, user=user, role=CLINICIAN)
        )
        _on_call(team, user, line=position)
    _set_up_other_clinic(now=now)
    return Staff(administrator, nurse, surgeon, team)


def _on_call(team: CareTeam, user: User, *, line: int) -> None:
    """Put somebody on duty at any time."""
    Shift.objects.create(
        care_team=team, line=line, clinician=user, starts=time(0), ends=time(0)
    )


def enrol(
    person: Person, number: int, staff: Staff, *, course: Course, now: datetime
) -> Patient:
    """Invite and enrol one patient, examine them, and open the episode of care."""
    patient = _enrol(person, number, staff.team, staff.administrator, now=now)
    episode = clinical.open_episode(
        patient,
        fields={
            "suspected_cause": "disc_herniation",
            "level": LEVEL_OF_ROOT.get(course.root.name, "unknown"),
            "side": course.side,
            "onset_on": (now - timedelta(days=14 + number % 30)).date(),
        },
    )
    _examine(episode, course, staff, on=now.date())
    if person.treatment:
        kind, days_ago = person.treatment
        clinical.record_treatment(
            episode,
            fields={
                "kind": kind,
                "started_on": (
                    now + timedelta(days=cast.ENROLLED_DAYS_AGO - days_ago)
                ).date(),
            },
            by=staff.surgeon,
        )
    return patient


def _examine(episode: Episode, course: Course, staff: Staff, *, on: date) -> None:
    """Record the first visit: what the nerve could do then, and the MRI a week later.

    The root that the course is about was irritated, not weak: sensation altered,
    power full. What the diary tells afterwards is new against it.
    """
    root = course.root.name
    fields = [
        {"kind": "power", "location": myotome, "side": side, "grade": 5}
        for myotome in ("L4", "L5", "S1")
        for side in ("left", "right")
    ]
    fields += [
        {"kind": "sensation", "location": root, "side": side, "grade": grade}
        for side, grade in _both_legs(course.side, painful=1, other=2)
    ]
    fields += [
        {"kind": "straight_leg_raise", "location": "leg", "side": side, "grade": grade}
        for side, grade in _both_legs(course.side, painful=45, other=80)
    ]
    clinical.record_exam(
        episode, fields={"examined_on": on, "findings": fields}, by=staff.surgeon
    )
    clinical.record_imaging(
        episode,
        fields={
            "kind": "mri",
            "performed_on": on + timedelta(days=7),
            "level": episode.level,
            "side": course.side,
            "finding": f"disc herniation touching the {root} root",
        },
        by=staff.surgeon,
    )


def _both_legs(side: str, *, painful: int, other: int) -> list[tuple[str, int]]:
    return [(leg, painful if leg == side else other) for leg in LEGS]


def _set_up_other_clinic(*, now: datetime) -> None:
    clinic = Clinic.objects.create(
        name=cast.OTHER_CLINIC, timezone=cast.ZONE, activated_at=now
    )
    nurse = _account(*cast.OTHER_NURSE)
    team = CareTeam.objects.create(clinic=clinic, name="Spine team")
    team.members.add(
        Membership.objects.create(clinic=clinic, user=nurse, role=CLINICIAN)
    )
    _on_call(team, nurse, line=1)
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
