"""The patient page: who they are, what was found, examined and done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from alerts.models import Alert, AlertNote
from analytics.models import Flag
from dashboard.domain import words
from dashboard.selectors.alerts import AlertRow, person, unresolved_rows
from dashboard.selectors.diary import EvidenceLine, evidence_lines
from tracker.domain.accepted import signal_name
from tracker.errors import NotAClinician, NotFound
from tracker.models import (
    Episode,
    Exam,
    ExamFinding,
    Patient,
    Treatment,
    User,
)
from tracker.selectors import access


EXAMS_SHOWN: Final = 4
#: Notes that stand with an alert; the timeline has the others.
NOTES_SHOWN: Final = 5
#: What a finding is called, with the ends of its scale.
EXAM_NAMES: Final = {
    "power": "Power, 0-5",
    "reflex": "Reflex, 0-4",
    "sensation": "Sensation, 0-2",
    "straight_leg_raise": "Straight-leg raise, degrees",
}


@dataclass(frozen=True, kw_only=True)
class FlagCard:
    """A flag with the entries that it rests on."""

    flag: Flag
    entries: list[EvidenceLine]
    numbers: list[tuple[str, Any]]


@dataclass(frozen=True, kw_only=True)
class AlertCard:
    """An open alert with its flags."""

    row: AlertRow
    flags: list[FlagCard]
    notes: list[AlertNote]


@dataclass(frozen=True, kw_only=True)
class ExamGrid:
    """One examination: each finding with its left and its right grade."""

    exam: Exam
    rows: list[tuple[str, str, int | None, int | None]]

    @property
    def by(self) -> str:
        """Return the name of whoever wrote it down."""
        return person(self.exam.recorded_by)


def may_act(user: User | AnonymousUser, patient_id: UUID) -> bool:
    """Return whether the account treats the patient and not only sees them."""
    try:
        access.treated_patient(user, patient_id)
    except (NotAClinician, NotFound):
        return False
    return True


def current_episode(patient: Patient) -> Episode | None:
    """Return the open episode, or else the latest."""
    return (
        Episode.objects.filter(patient=patient)
        .order_by("-closed_on", "-created_at")  # NULL, still open, sorts first
        .first()
    )


def treatments(patient: Patient) -> list[Treatment]:
    """Return all treatments, the newest first."""
    return list(Treatment.objects.filter(patient=patient).order_by("-started_on"))


def alert_cards(patient: Patient, *, now: datetime) -> list[AlertCard]:
    """Return the unresolved alerts of one patient with their evidence."""
    mine = Patient.objects.filter(pk=patient.pk)
    rows = unresolved_rows(mine, now=now)
    written = _notes_of(rows)
    lines = evidence_lines(patient, (flag for row in rows for flag in row.flags))
    return [
        AlertCard(
            row=row,
            flags=[
                FlagCard(flag=flag, entries=lines[flag.pk], numbers=_numbers(flag))
                for flag in row.flags
            ],
            notes=written.get(row.alert.pk, [])[:NOTES_SHOWN],
        )
        for row in rows
    ]


def _notes_of(rows: Iterable[AlertRow]) -> dict[UUID, list[AlertNote]]:
    """Return the notes of each alert, the newest first."""
    found: dict[UUID, list[AlertNote]] = {}
    notes = AlertNote.objects.filter(alert__in=[row.alert.pk for row in rows])
    for note in notes.select_related("author").order_by("-written_at"):
        found.setdefault(note.alert_id, []).append(note)
    return found


def _numbers(flag: Flag) -> list[tuple[str, Any]]:
    evidence = flag.evidence if isinstance(flag.evidence, dict) else {}
    numbers = evidence.get("numbers")
    if not isinstance(numbers, dict):
        return []
    return [
        *(
            (words.plain(name), _shown(value))
            for name, value in numbers.items()
            if isinstance(value, int | float | str)
        ),
        *_chosen(flag.rule, evidence),
    ]


def _chosen(rule: str, evidence: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what clinicians had chosen for the patient when a flag was raised."""
    for each in evidence.get("own_numbers", ()):
        if each["rule"] == rule:
            name = words.plain(each["setting"])
            yield _("%s, for this patient") % name, _shown(each["value"])
    for each in evidence.get("baselines", ()):
        name = words.said(signal_name(each["signal"]))
        what = _("%(signal)s, %(leg)s, accepted") % {
            "signal": name,
            "leg": words.leg(each["side"]),
        }
        yield what, _shown(each["value"])


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return words.plain(value)
    return words.number(round(value, 2))


def exams(patient: Patient) -> list[ExamGrid]:
    """Return the latest examinations as left-right tables."""
    latest = (
        Exam.objects.filter(episode__patient=patient)
        .select_related("recorded_by")
        .prefetch_related("findings")
        .order_by("-examined_on", "-created_at")[:EXAMS_SHOWN]
    )
    return [ExamGrid(exam=exam, rows=_grid(exam)) for exam in latest]


def _grid(exam: Exam) -> list[tuple[str, str, int | None, int | None]]:
    sides: dict[tuple[str, str], dict[str, int]] = {}
    for finding in exam.findings.all():
        place = sides.setdefault((finding.kind, finding.location), {})
        place[finding.side] = finding.grade
    order = [kind for kind, _ in _kinds()]
    return [
        (
            words.said(EXAM_NAMES[kind]),
            _place(where),
            grades.get("left"),
            grades.get("right"),
        )
        for (kind, where), grades in sorted(
            sides.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
        )
    ]


def _place(where: str) -> str:
    return "" if where == "leg" else words.plain(where)


def _kinds() -> list[tuple[str, str]]:
    choices = ExamFinding._meta.get_field("kind").choices or []
    return [(str(kind), str(label)) for kind, label in choices]


@dataclass(frozen=True, kw_only=True)
class OwnDiary:
    """What a patient, or somebody who cares for them, was told: the newest first."""

    patient: Patient
    own: bool
    alerts: list[Alert]


def own_diaries(user: User | AnonymousUser) -> list[OwnDiary]:
    """Return the account's own diary and those that it cares for."""
    return [
        OwnDiary(
            patient=each.patient,
            own=each.own,
            alerts=list(each.patient.alerts.order_by("-opened_at")[:10]),
        )
        for each in access.synced_patients(user)
    ]
