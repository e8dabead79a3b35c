"""The timeline of a patient: what was found, done and written, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from alerts.domain.notes import KINDS
from alerts.domain.snoozing import REASONS
from alerts.models import AlertLog, AlertNote
from analytics.models import Flag
from dashboard.domain import sentences, words
from dashboard.selectors.alerts import person
from tracker.domain.accepted import signal_name
from tracker.models import (
    AcceptedBaseline,
    Exam,
    Imaging,
    Message,
    Neurophysiology,
    Outcome,
    Patient,
    Treatment,
)


SHOWN: Final = 60
MOVES: Final = {
    "acknowledge": "alert acknowledged",
    "snooze": "alert snoozed",
    "resolve": "alert resolved",
    "hand_over": "alert handed to a colleague",
    "call_back_asked": "the patient asked to be called back",
    "called_back": "the patient was called back",
    "reopen": "alert open again, nobody finished it",
    "supersede": "alert replaced by a more urgent one",
}
SNOOZE_WORDS: Final = {reason.code: reason.label for reason in REASONS}


@dataclass(frozen=True, kw_only=True)
class TimelineItem:
    """Something that happened on a day; `note` is what `by` wrote in their own words."""

    on: date
    kind: str
    text: str
    tier: str = ""
    by: str = ""
    note: str = ""


def timeline(patient: Patient) -> list[TimelineItem]:
    """Return what was found, done and written, the newest first."""
    items = [
        *_flag_items(patient),
        *_treatment_items(patient),
        *_clinical_items(patient),
        *_baseline_items(patient),
        *_answer_items(patient),
        *_message_items(patient),
        *_note_items(patient),
    ]
    return sorted(items, key=lambda item: item.on, reverse=True)[:SHOWN]


def flares(patient: Patient) -> list[TimelineItem]:
    """Return the flags that ask nothing of anybody; they would drown the others."""
    flags = Flag.objects.filter(patient=patient, tier="info").order_by("-raised_at")
    return [_flag_item(flag) for flag in flags[:SHOWN]]


def studies(patient: Patient) -> list[TimelineItem]:
    """Return imaging and nerve studies, the newest first."""
    return sorted(_study_items(patient), key=lambda item: item.on, reverse=True)


def _flag_items(patient: Patient) -> Iterator[TimelineItem]:
    flags = Flag.objects.filter(patient=patient).exclude(tier="info")
    yield from map(_flag_item, flags.order_by("-raised_at")[:SHOWN])


def _flag_item(flag: Flag) -> TimelineItem:
    return TimelineItem(
        on=flag.raised_on,
        kind=_("Flag"),
        text=f"{flag.rule}: {sentences.retold(flag.explanation)}",
        tier=flag.tier,
    )


def _treatment_items(patient: Patient) -> Iterator[TimelineItem]:
    given = Treatment.objects.filter(patient=patient).select_related("recorded_by")
    for treatment in given:
        kind = words.plain(treatment.kind)
        yield TimelineItem(
            on=treatment.started_on,
            kind=_("Treatment"),
            text=kind,
            by=person(treatment.recorded_by),
            note=treatment.note,
        )
        if treatment.ended_on and treatment.ended_on != treatment.started_on:
            ended = _("%s ended") % kind
            yield TimelineItem(on=treatment.ended_on, kind=_("Treatment"), text=ended)


def _clinical_items(patient: Patient) -> Iterator[TimelineItem]:
    mine = {"episode__patient": patient}
    for exam in Exam.objects.filter(**mine).select_related("recorded_by"):
        yield TimelineItem(
            on=exam.examined_on,
            kind=_("Exam"),
            text=_("examined"),
            by=person(exam.recorded_by),
            note=exam.note,
        )
    yield from _study_items(patient)
    for outcome in Outcome.objects.filter(**mine).select_related("recorded_by"):
        yield TimelineItem(
            on=outcome.recorded_on,
            kind=_("Outcome"),
            text=words.plain(outcome.kind),
            by=person(outcome.recorded_by),
            note=outcome.note,
        )


def _study_items(patient: Patient) -> Iterator[TimelineItem]:
    mine = {"episode__patient": patient}
    for scan in Imaging.objects.filter(**mine).select_related("recorded_by"):
        what = f"{words.said(scan.get_kind_display())} {words.plain(scan.level)}"
        yield TimelineItem(
            on=scan.performed_on,
            kind=_("Imaging"),
            text=f"{what}: {scan.finding}",
            by=person(scan.recorded_by),
            note=scan.note,
        )
    for study in Neurophysiology.objects.filter(**mine).select_related("recorded_by"):
        yield TimelineItem(
            on=study.performed_on,
            kind=_("Nerve study"),
            text=f"{words.said(study.get_kind_display())}: {study.finding}",
            by=person(study.recorded_by),
            note=study.note,
        )


def _baseline_items(patient: Patient) -> Iterator[TimelineItem]:
    accepted = AcceptedBaseline.objects.filter(episode__patient=patient)
    for row in accepted.select_related("recorded_by", "withdrawn_by"):
        what = _("%(signal)s, %(leg)s, usual %(value)s") % {
            "signal": words.said(signal_name(row.signal)),
            "leg": words.leg(row.side),
            "value": words.number(row.value),
        }
        yield TimelineItem(
            on=row.from_day,
            kind=_("Baseline"),
            text=what,
            by=person(row.recorded_by),
            note=row.why,
        )
        if row.withdrawn_at and row.withdrawn_by:
            yield TimelineItem(
                on=_clinic_day(row.withdrawn_at, patient),
                kind=_("Baseline"),
                text=_("%s, withdrawn") % what,
                by=person(row.withdrawn_by),
                note=row.withdrawn_why,
            )


def _answer_items(patient: Patient) -> Iterator[TimelineItem]:
    log = (
        AlertLog.objects.filter(alert__patient=patient, action__in=MOVES)
        .select_related("actor", "alert")
        .order_by("-at")[:SHOWN]
    )
    slept: set[str] = set()
    for move in log:
        # An alert keeps the words of its latest snooze alone.
        latest = move.action == "snooze" and str(move.alert_id) not in slept
        if latest:
            slept.add(str(move.alert_id))
        yield TimelineItem(
            on=_clinic_day(move.at, patient),
            kind=_("Answer"),
            text=_move_words(move, patient),
            by=person(move.actor),
            note=move.alert.snooze_note if latest else _outcome_note(move),
        )


def _outcome_note(move: AlertLog) -> str:
    return move.alert.outcome_note if move.action == "resolve" else ""


def _move_words(move: AlertLog, patient: Patient) -> str:
    """Return what was done, with the outcome, or until when it sleeps and why."""
    done = words.said(MOVES[move.action])
    if move.action == "resolve" and move.alert.outcome:
        return f"{done}: {words.plain(move.alert.outcome)}"
    until = move.detail.get("until") if move.action == "snooze" else None
    if not until:
        return done
    at = datetime.fromisoformat(until).astimezone(ZoneInfo(patient.clinic.timezone))
    reason = move.detail.get("reason", "")
    return _("%(done)s until %(day)s, %(clock)s: %(reason)s") % {
        "done": done,
        "day": words.day(at.date()),
        "clock": words.clock(at),
        "reason": words.said(SNOOZE_WORDS.get(reason, reason)),
    }


def _message_items(patient: Patient) -> Iterator[TimelineItem]:
    sent = Message.objects.filter(patient=patient).select_related("sent_by")
    for message in sent.order_by("-sent_at")[:SHOWN]:
        yield TimelineItem(
            on=_clinic_day(message.sent_at, patient),
            kind=_("Message"),
            text=_("sent to the patient"),
            by=person(message.sent_by),
            note=message.text,
        )


def _note_items(patient: Patient) -> Iterator[TimelineItem]:
    written = AlertNote.objects.filter(alert__patient=patient).select_related("author")
    for note in written.order_by("-written_at")[:SHOWN]:
        yield TimelineItem(
            on=_clinic_day(note.written_at, patient),
            kind=_("Note"),
            text=words.said(KINDS[note.kind]),
            by=person(note.author),
            note=note.text,
        )


def _clinic_day(at: datetime, patient: Patient) -> date:
    return at.astimezone(ZoneInfo(patient.clinic.timezone)).date()
