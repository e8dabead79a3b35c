"""A note on an alert that stays as it is: what was tried, and by whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from alerts.domain import notes
from alerts.errors import NoteInvalid
from alerts.models import Alert, AlertNote
from alerts.selectors import worklist
from alerts.services import calling_back, moves
from tracker.models import User
from tracker.selectors import access


#: The same words by the same person so soon after are the same note, sent twice.
#: Unit: duration. Source: our choice.
TWICE: Final = timedelta(minutes=1)


def write(
    alert_id: UUID, *, by: User, kind: str, text: str = "", now: datetime
) -> AlertNote:
    """Write a note; never edited or removed. A call that reached the patient is noted.

    Raises:
        NoteInvalid: nothing was written, or too much, or there are too many.
        NotAClinician, NotFound: the patient is not this clinician's.
    """
    text = text.strip()
    with transaction.atomic():
        alert = worklist.visible_alert(by, alert_id)
        access.treated_patient(by, alert.patient_id)
        # Two at once: the second waits, and sees the note of the first.
        Alert.objects.select_for_update(no_key=True).only("pk").get(pk=alert_id)
        _check(alert_id, kind, text)
        same = AlertNote.objects.filter(
            alert=alert_id, author=by, kind=kind, text=text, written_at__gt=now - TWICE
        ).first()
        if same is not None:
            return same
        written = AlertNote.objects.create(
            alert_id=alert_id, author=by, kind=kind, text=text, written_at=now
        )
        moves.note(alert_id, "noted", by=by, now=now, detail={"kind": kind})
        if kind == notes.SPOKE:
            calling_back.called(alert_id, by=by, now=now)
    return written


def _check(alert_id: UUID, kind: str, text: str) -> None:
    if kind not in notes.KINDS or (kind == notes.NOTE and not text):
        raise NoteInvalid
    if len(text) > notes.NOTE_LENGTH:
        message = f"Write a note of at most {notes.NOTE_LENGTH} characters."
        raise NoteInvalid(message)
    if AlertNote.objects.filter(alert=alert_id).count() >= notes.MOST_NOTES:
        message = f"This alert has {notes.MOST_NOTES} notes already."
        raise NoteInvalid(message)
