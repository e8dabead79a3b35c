"""People and records for tests: plain functions, through the services where they exist.

Every free text holds `CANARY`, so that a log line with patient data fails its test.
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone
from rest_framework.test import APIClient

from alerts.models import Shift
from tracker.domain import consent, roles
from tracker.models import (
    AcceptedBaseline,
    Caregiver,
    CareTeam,
    Clinic,
    Episode,
    Membership,
    Message,
    Patient,
    Quarantine,
    Treatment,
    User,
)
from tracker.services import caregivers, clinical, enrolment
from tracker.services.counter import next_change_number
from tracker.services.sessions import open_session


CANARY = "CANARY"
PASSWORD = "a long pass phrase for tests"

_numbers = itertools.count(1)


def _number() -> int:
    return next(_numbers)


def make_clinic(**fields: Any) -> Clinic:
    return Clinic.objects.create(
        **{"name": f"{CANARY} clinic {_number()}", "timezone": "Europe/Berlin"}
        | {"activated_at": datetime(2026, 1, 1, tzinfo=UTC)}
        | fields
    )


def make_team(clinic: Clinic | None = None, *members: Membership) -> CareTeam:
    team = CareTeam.objects.create(
        clinic=clinic or make_clinic(), name=f"{CANARY} team {_number()}"
    )
    team.members.add(*members)
    return team


def make_user(email: str = "", **fields: Any) -> User:
    email = email or f"canary{_number()}@example.org"
    user = User.objects.create_user(email, PASSWORD, name=f"{CANARY} person", **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_superuser() -> User:
    return make_user(is_staff=True, is_superuser=True)


def make_clinician(
    clinic: Clinic | None = None, team: CareTeam | None = None, **fields: Any
) -> User:
    """Make a clinician of a clinic, and of a team when one is given."""
    if clinic is None:
        clinic = team.clinic if team else make_clinic()
    user = make_user(**fields)
    membership = Membership.objects.create(
        clinic=clinic, user=user, role=roles.CLINICIAN
    )
    if team:
        team.members.add(membership)
    return user


def put_on_call(team: CareTeam, *people: User) -> None:
    """Let the first person be on duty at any time, and the second be next."""
    for line, person in enumerate(people, start=1):
        Shift.objects.create(
            care_team=team,
            line=line,
            clinician=person,
            starts=time(0),
            ends=time(0),
        )


def make_administrator(clinic: Clinic | None = None, **fields: Any) -> User:
    user = make_user(**fields)
    Membership.objects.create(
        clinic=clinic or make_clinic(), user=user, role=roles.ADMINISTRATOR
    )
    return user


def make_patient(
    clinic: Clinic | None = None,
    team: CareTeam | None = None,
    *,
    now: datetime | None = None,
    **fields: Any,
) -> Patient:
    """Invite and enrol a patient of a clinic, and of a team when one is given."""
    now = now or timezone.now()
    if clinic is None:
        clinic = team.clinic if team else make_clinic()
    inviter = make_administrator(clinic)
    _, code = enrolment.invite(
        patient_name=f"{CANARY} patient {_number()}",
        clinic=clinic,
        care_team=team,
        created_by=inviter,
        now=now,
    )
    person: dict[str, Any] = {
        "email": f"canary{_number()}@example.org",
        "password": PASSWORD,
        "consent_version": consent.VERSION,
        "birth_year": 1970,
        "sex": "female",
        "timezone": "Europe/Berlin",
        "phone": f"{CANARY} 030",
        "emergency_contact": f"{CANARY} contact",
    }
    return enrolment.enrol(code, enrolment.Enrolment(**person | fields), now=now)


def make_caregiver(
    patient: Patient,
    user: User | None = None,
    *,
    may_write: bool = False,
    now: datetime | None = None,
) -> Caregiver:
    """Invite a caregiver, who redeems the code with a new account or this one."""
    now = now or timezone.now()
    _, code = caregivers.invite_caregiver(
        patient.pk, may_write=may_write, by=patient.user, now=now
    )
    if user:
        return caregivers.accept(code, user=user, now=now)
    return caregivers.enrol_caregiver(
        code,
        email=f"canary{_number()}@example.org",
        password=PASSWORD,
        name=f"{CANARY} caregiver",
        now=now,
    )


def make_episode(patient: Patient | None = None, **fields: Any) -> Episode:
    return clinical.open_episode(
        patient or make_patient(),
        fields={"suspected_cause": "disc_herniation", "level": "L4/L5"} | fields,
    )


def make_treatment(
    episode: Episode | None = None, by: User | None = None, **fields: Any
) -> Treatment:
    episode = episode or make_episode()
    defaults = {
        "kind": "physiotherapy",
        "started_on": date(2026, 3, 2),
        "note": f"{CANARY} treatment",
    }
    return clinical.record_treatment(
        episode,
        fields=defaults | fields,
        by=by or make_clinician(episode.patient.clinic),
    )


def make_baseline(
    episode: Episode | None = None, by: User | None = None, **fields: Any
) -> AcceptedBaseline:
    episode = episode or make_episode()
    defaults = {
        "side": "left",
        "signal": "test_heel_walk",
        "value": 2.0,
        "from_day": timezone.now().date(),
        "why": f"{CANARY} stable",
    }
    return clinical.record_baseline(
        episode,
        fields=defaults | fields,
        by=by or make_clinician(episode.patient.clinic),
    )


def make_message(patient: Patient, by: User | None = None) -> Message:
    return clinical.send_message(
        patient,
        text=f"{CANARY} message",
        by=by or make_clinician(patient.clinic),
        now=timezone.now(),
    )


def make_quarantined(patient: Patient, **fields: Any) -> Quarantine:
    defaults = {
        "collection": "pain_logs",
        "record_id": f"entry.{_number():08d}",
        "reason": Quarantine.INVALID,
        "errors": {"intensity": ["Must be from 0 to 10."]},
        "raw": f'{{"intensity": 11, "note": "{CANARY}"}}',
        "content_hash": f"{_number():064d}",
        "received_at": timezone.now(),
    }
    return Quarantine.objects.create(patient=patient, **defaults | fields)


def make_entry(
    model: type[Any], patient: Patient, *, local_day: date, **fields: Any
) -> Any:
    """Store one diary entry directly: for tests that are not about sync."""
    number = _number()
    recorded_at = datetime.combine(local_day, datetime.min.time(), tzinfo=UTC)
    defaults = {
        "id": f"entry.{number:08d}",
        "recorded_at": recorded_at,
        "recorded_offset_minutes": 0,
        "note": f"{CANARY} note",
        "received_at": recorded_at,
        "revision": 1,
        "seq": next_change_number(patient.pk, analyse=False),
        "client_hash": number,
    }
    defaults |= fields
    defaults.setdefault("happened_at", defaults["recorded_at"])
    return model.objects.create(patient=patient, local_day=local_day, **defaults)


def token_of(user: User) -> str:
    return open_session(user, ip="127.0.0.1", user_agent="tests")


def client_of(user: User | None) -> APIClient:
    """Return a client that calls the API as this account, or as nobody."""
    client = APIClient()
    if user is not None:
        client.credentials(HTTP_X_SESSION_TOKEN=token_of(user))
    return client
