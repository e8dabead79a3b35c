"""What clinicians record on an episode of care, and their messages.

Each change that the analysis or a phone must see takes a change number and is
announced after the commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from tracker import signals
from tracker.domain.accepted import LONGEST_AGO, value_problem
from tracker.errors import Conflict, EmergencyUnanswered, InvalidFields
from tracker.models import (
    AcceptedBaseline,
    Episode,
    Exam,
    ExamFinding,
    Imaging,
    Message,
    Neurophysiology,
    Outcome,
    Patient,
    SyncCounter,
    Treatment,
    User,
)
from tracker.models.clinical import FINDING_GRADES
from tracker.selectors.clinical import RECORDS, accepted_baselines
from tracker.services.counter import next_change_number


#: One examination has at most power, reflexes, sensation and leg raise of two legs.
FINDINGS_MAX: Final = 2 * sum(len(where) for where, _ in FINDING_GRADES.values())

#: What of a record may change later, and so makes its version.
CHANGEABLE: Final[Mapping[type[Episode | Treatment], tuple[str, ...]]] = {
    Episode: ("suspected_cause", "level", "side", "onset_on", "closed_on"),
    Treatment: ("started_on", "ended_on", "note"),
}

Row = TypeVar(
    "Row",
    Episode,
    Exam,
    Imaging,
    Neurophysiology,
    Treatment,
    Outcome,
    AcceptedBaseline,
    Message,
)
Changing = TypeVar("Changing", Episode, Treatment)


@dataclass(frozen=True)
class Finding:
    """One graded finding of an examination."""

    kind: str
    location: str
    side: str
    grade: int


def finding_problem(finding: Finding) -> str:
    """Return why a finding cannot be, or an empty string."""
    if finding.kind not in FINDING_GRADES:
        return f"Use one of: {', '.join(FINDING_GRADES)}."
    locations, (low, high) = FINDING_GRADES[finding.kind]
    if finding.location not in locations:
        return f"The location of {finding.kind} is one of: {', '.join(locations)}."
    if not low <= finding.grade <= high:
        return f"The grade of {finding.kind} is from {low} to {high}."
    return ""


def open_episode(
    patient: Patient, *, fields: Mapping[str, Any], record_id: UUID | None = None
) -> Episode:
    """Begin an episode of care; under a `record_id` once, however often it is sent."""
    pk = record_id or uuid4()
    episode = Episode(id=pk, patient=patient, **fields)
    return _once(lambda: save_episode(episode), Episode, pk=pk, patient=patient)


def version_of(row: Episode | Treatment) -> str:
    """Return what tells one state of a record from another; for optimistic locking."""
    state = [str(getattr(row, name) or "") for name in CHANGEABLE[type(row)]]
    return sha256("\0".join(state).encode()).hexdigest()[:16]


def _changed(row: Changing, fields: Mapping[str, Any], version: str | None) -> Changing:
    """Return the row as it stands now, locked and with the changes.

    Raises Conflict when it is no longer the version that the caller saw. The counter
    is locked first, as by everybody who writes for a patient: no two wait crosswise.
    """
    SyncCounter.objects.select_for_update().get(pk=row.patient_id)
    fresh = type(row).objects.select_for_update().get(pk=row.pk)
    if version is not None and version != version_of(fresh):
        raise Conflict
    for name, value in fields.items():
        setattr(fresh, name, value)
    return fresh


def _once(make: Callable[[], Row], model: type[Row], **identity: Any) -> Row:
    """Make a row under the id that a form brought, or return what it made before.

    A form that is sent twice stores once. Raises Conflict when the id belongs to
    something else.
    """
    try:
        with transaction.atomic():
            return make()
    except IntegrityError:
        before = model._default_manager.filter(**identity).first()
        if before is None:
            raise Conflict from None
        return before


@transaction.atomic
def change_episode(
    episode: Episode, *, fields: Mapping[str, Any], version: str | None = None
) -> Episode:
    """Change what is suspected about an episode, or close it.

    With `version`, of `version_of`, raises Conflict when somebody was faster.
    """
    return save_episode(_changed(episode, fields, version))


@transaction.atomic
def save_episode(episode: Episode) -> Episode:
    """Store an episode; the analysis compares the diary with its cause and side."""
    _in_order(episode.onset_on, episode.closed_on, "closed_on", "the onset")
    announce_change(episode.patient_id)
    episode.save(force_insert=episode._state.adding)
    return episode


@transaction.atomic
def record_exam(episode: Episode, *, fields: Mapping[str, Any], by: User) -> Exam:
    """Record an examination with all its findings, or nothing of it.

    `fields` holds `findings`, a list of mappings of kind, location, side and grade.
    """
    plain = dict(fields)
    findings = [Finding(**finding) for finding in plain.pop("findings")]
    _check_findings(findings)
    announce_change(episode.patient_id)
    exam = Exam.objects.create(episode=episode, recorded_by=by, **plain)
    ExamFinding.objects.bulk_create(
        ExamFinding(exam=exam, **asdict(finding)) for finding in findings
    )
    return exam


def record_imaging(episode: Episode, *, fields: Mapping[str, Any], by: User) -> Imaging:
    """Record an MRI, CT or X-ray."""
    return Imaging.objects.create(episode=episode, recorded_by=by, **fields)


def record_neurophysiology(
    episode: Episode, *, fields: Mapping[str, Any], by: User
) -> Neurophysiology:
    """Record nerve conduction studies or electromyography."""
    return Neurophysiology.objects.create(episode=episode, recorded_by=by, **fields)


def record_outcome(episode: Episode, *, fields: Mapping[str, Any], by: User) -> Outcome:
    """Record how a deficit or the episode turned out."""
    return save_outcome(Outcome(episode=episode, recorded_by=by, **fields))


@transaction.atomic
def save_outcome(outcome: Outcome) -> Outcome:
    """Store a new or changed outcome; it is news for the analysis."""
    announce_change(outcome.episode.patient_id)
    outcome.save(force_insert=outcome._state.adding)
    return outcome


def record_treatment(
    episode: Episode, *, fields: Mapping[str, Any], by: User
) -> Treatment:
    """Record a treatment; phones read it at their next sync."""
    return save_treatment(Treatment(episode=episode, recorded_by=by, **fields))


@transaction.atomic
def record_baseline(
    episode: Episode, *, fields: Mapping[str, Any], by: User
) -> AcceptedBaseline:
    """Record what is usual for a leg from a day on; the analysis compares with it.

    `fields` may hold `seen`, the id of the one that stood when the clinician looked
    (None: none stood).

    Raises:
        InvalidFields: a level off its scale, or a day that is too long ago.
        EmergencyUnanswered: an emergency of the patient waits for a human.
        Conflict: somebody accepted another after what was seen.
    """
    plain = dict(fields)
    looked = "seen" in plain
    seen = plain.pop("seen", None)
    _check_baseline(plain)
    announce_change(episode.patient_id)  # holds the patient's lock from here on
    before = AcceptedBaseline.objects.filter(episode=episode)
    if (made := before.filter(pk=plain.setdefault("id", uuid4())).first()) is not None:
        return made
    _refuse_beside_emergency(episode.patient_id)
    last = _last_baseline(episode, plain["side"], plain["signal"])
    if looked and seen != (last and last.pk):
        raise Conflict
    return AcceptedBaseline.objects.create(episode=episode, recorded_by=by, **plain)


def _refuse_beside_emergency(patient_id: UUID) -> None:
    """Ask whoever keeps alerts; this app knows none of them."""
    answers = signals.emergency_asked.send(sender=None, patient_id=patient_id)
    if any(answer for _, answer in answers):
        raise EmergencyUnanswered


def _last_baseline(episode: Episode, side: str, signal: str) -> AcceptedBaseline | None:
    standing = accepted_baselines(episode.patient_id)
    return standing.filter(side=side, signal=signal).last()


@transaction.atomic
def withdraw_baseline(
    baseline: AcceptedBaseline, *, why: str, by: User, now: datetime
) -> AcceptedBaseline:
    """Withdraw an accepted baseline: the analysis goes on as if it had never been.

    Withdrawn twice it is withdrawn once, with the first reason.
    """
    announce_change(baseline.episode.patient_id)
    fresh = AcceptedBaseline.objects.select_for_update().get(pk=baseline.pk)
    if fresh.withdrawn_at is None:
        fresh.withdrawn_at, fresh.withdrawn_by, fresh.withdrawn_why = now, by, why
        fresh.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    return fresh


_RECORDERS: Final = {
    "exams": record_exam,
    "imaging": record_imaging,
    "neurophysiology": record_neurophysiology,
    "treatments": record_treatment,
    "outcomes": record_outcome,
    "baselines": record_baseline,
}


def record(
    episode: Episode,
    kind: str,
    *,
    fields: Mapping[str, Any],
    by: User,
    record_id: UUID | None = None,
) -> Any:
    """Record something of a kind of `selectors.clinical.RECORDS` on an episode.

    Under a `record_id` it is stored once, however often it is sent.
    """
    pk = record_id or uuid4()
    named = {**fields, "id": pk}
    return _once(
        lambda: _RECORDERS[kind](episode, fields=named, by=by),
        RECORDS[kind],
        pk=pk,
        episode=episode,
    )


@transaction.atomic
def change_treatment(
    treatment: Treatment, *, fields: Mapping[str, Any], version: str | None = None
) -> Treatment:
    """Change a treatment, mostly to say when it ended.

    With `version`, of `version_of`, raises Conflict when somebody was faster.
    """
    return save_treatment(_changed(treatment, fields, version))


@transaction.atomic
def save_treatment(treatment: Treatment) -> Treatment:
    """Store a new or changed treatment under a new change number."""
    _in_order(treatment.started_on, treatment.ended_on, "ended_on", "the start")
    treatment.patient_id = treatment.episode.patient_id
    treatment.seq = announce_change(treatment.patient_id)
    treatment.save(force_insert=treatment._state.adding)
    return treatment


def send_message(
    patient: Patient,
    *,
    text: str,
    by: User,
    now: datetime,
    record_id: UUID | None = None,
) -> Message:
    """Send a message to a patient; phones read it at their next sync.

    Under a `record_id` it is sent once, however often it is asked for.
    """
    pk = record_id or uuid4()
    fields = {"patient": patient, "text": text, "sent_by": by, "sent_at": now}

    def send() -> Message:
        seq = next_change_number(patient.pk, analyse=False)
        return Message.objects.create(id=pk, seq=seq, **fields)

    return _once(send, Message, pk=pk, patient=patient)


def announce_change(patient_id: UUID) -> int:
    """Take a number worth analysing, and tell whoever listens after the commit."""
    seq = next_change_number(patient_id, analyse=True)
    transaction.on_commit(
        partial(
            signals.diary_changed.send_robust,
            sender=announce_change,
            patient_id=patient_id,
        )
    )
    return seq


def _in_order(first: date | None, last: date | None, field: str, what: str) -> None:
    if first and last and last < first:
        raise InvalidFields({field: [f"This is before {what}."]})


def _check_baseline(fields: Mapping[str, Any]) -> None:
    if problem := value_problem(fields["signal"], fields["value"]):
        raise InvalidFields({"value": [problem]})
    earliest = timezone.now().date() - LONGEST_AGO
    if fields["from_day"] < earliest:
        raise InvalidFields({"from_day": [f"This is before {earliest}."]})


def _check_findings(findings: Sequence[Finding]) -> None:
    problems = [problem for found in findings if (problem := finding_problem(found))]
    places = Counter((found.kind, found.location, found.side) for found in findings)
    problems += [
        f"{' '.join(place)} is graded {times} times."
        for place, times in places.items()
        if times > 1
    ]
    if problems:
        raise InvalidFields({"findings": problems})
