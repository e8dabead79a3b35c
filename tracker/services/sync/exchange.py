"""One round trip of the native protocol: take what the phone has, give what is new."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from tracker import signals
from tracker.domain.cursor import make_cursor, read_cursor
from tracker.errors import NotThePatient
from tracker.models import Patient, SyncCounter
from tracker.selectors import sync as selectors
from tracker.selectors.access import SyncedPatient
from tracker.selectors.sync import Counter
from tracker.services import live
from tracker.services.sync import devices
from tracker.services.sync.envelope import Envelope
from tracker.services.sync.guidance import as_guidance
from tracker.services.sync.pull import Page, nothing_after, own_page, page
from tracker.services.sync.push import Pushed, push
from tracker.services.sync.store import Conflicts, Writer


logger = logging.getLogger(__name__)

#: How far the counter jumps ahead of a phone that knew a higher number than the
#: server: beyond anything that the lost days can have handed out.
REWIND_JUMP: Final = 1_000_000
#: A phone's clock offset beyond this says only "wrong".
MAX_CLOCK_OFFSET: Final = timedelta(days=365 * 100)


def exchange(
    *, access: SyncedPatient, envelope: Envelope, app_version: str, now: datetime
) -> bytes:
    """Store what was pushed, then return the reply as JSON. Sending twice is safe.

    Raises:
        NotThePatient: somebody who only reads along has pushed.
        CursorInvalid: the cursor is damaged or belongs to another patient.
        BodyTooLarge: more records than one push may hold.
    """
    if envelope.changes and not access.may_write:
        raise NotThePatient
    patient = access.patient
    after = read_cursor(
        envelope.cursor, patient_id=patient.pk, key=settings.SECRET_KEY.encode()
    )
    request = Request(patient, envelope, app_version, after, now)
    pushed, news = _if_need_be_singly(_push_and_read, request)
    return _reply(patient, pushed, news, now=now)


@dataclass(frozen=True)
class Request:
    """One sync request: whose, what, and up to where the phone knows the diary."""

    patient: Patient
    envelope: Envelope
    app_version: str
    after: int
    now: datetime
    conflicts: Conflicts | None = None


def take_in(request: Request) -> Pushed:
    """Store what was pushed and read nothing: the other dialects read in their own way.

    Raises:
        BodyTooLarge: more records than one push may hold.
        Whatever `request.conflicts` raises; then nothing has been stored.
    """
    return _if_need_be_singly(_push_only, request)


_Outcome = TypeVar("_Outcome")


def _if_need_be_singly(work: Callable[..., _Outcome], request: Request) -> _Outcome:
    try:
        return work(request, careful=False)
    except (DataError, IntegrityError) as error:
        # Our checks let a record through that the database refuses. It must not cost
        # the other records their way in, so each now comes by itself.
        logger.error("the database refused a batch", extra=_fault(request, error))
        return work(request, careful=True)


@transaction.atomic
def _push_only(request: Request, *, careful: bool) -> Pushed:
    counter, request = _at_its_place(request)
    return _push(request, counter, careful=careful)[0]


@transaction.atomic
def _push_and_read(request: Request, *, careful: bool) -> tuple[Pushed, Page]:
    before, request = _at_its_place(request)
    pushed, counter = _push(request, before, careful=careful)
    limit = request.envelope.page_size
    if counter.is_sealed:
        return pushed, nothing_after(request.after)
    if request.after == before.seq and not pushed.red_flags:
        return pushed, own_page(pushed.rows(), counter=counter, limit=limit)
    return pushed, page(
        request.patient.pk, counter=counter, after=request.after, limit=limit
    )


def _at_its_place(request: Request) -> tuple[Counter, Request]:
    counter, after = counter_and_place(
        request.patient,
        request.after,
        lock=bool(request.envelope.changes),
        now=request.now,
    )
    return counter, replace(request, after=after)


def counter_and_place(
    patient: Patient, after: int, *, lock: bool, now: datetime
) -> tuple[Counter, int]:
    """Return the counter, and where to read from: a phone ahead of us starts anew."""
    counter = selectors.counter(patient.pk, lock=lock)
    if after <= counter.seq:
        return counter, after
    return _rewound(patient, after, now=now), 0


def _push(
    request: Request, counter: Counter, *, careful: bool
) -> tuple[Pushed, Counter]:
    writer = _writer(request, counter)
    if not request.envelope.changes:
        devices.saw(writer, wrote=False)
        return Pushed(), counter
    pushed = push(writer, request.envelope.changes, careful=careful)
    return pushed, _after_push(counter, writer, pushed)


def _fault(request: Request, error: Exception) -> dict[str, object]:
    """Return what may be logged of a database error: its kind, never its words."""
    return {"patient_id": request.patient.pk, "error": type(error).__name__}


def _writer(request: Request, counter: Counter) -> Writer:
    app_version = request.envelope.app_version or request.app_version
    return Writer(
        patient_id=request.patient.pk,
        zone=ZoneInfo(request.patient.timezone),
        device_id=request.envelope.device,
        app_version=app_version[:100].replace("\0", ""),
        clock_offset=_clock_offset(request.envelope, request.now),
        cursor_seq=request.after,
        now=request.now,
        seq=counter.seq,
        conflicts=request.conflicts,
        is_sealed=counter.is_sealed,
    )


def _clock_offset(envelope: Envelope, now: datetime) -> timedelta | None:
    """Return how far the phone's clock is ahead of ours, as far as it can be true."""
    if envelope.sent_at is None:
        return None
    offset = envelope.sent_at - now
    return max(-MAX_CLOCK_OFFSET, min(MAX_CLOCK_OFFSET, offset))


def _after_push(counter: Counter, writer: Writer, pushed: Pushed) -> Counter:
    """Return the counter as it stands now, and announce news after the commit."""
    if pushed.changed_anything:
        transaction.on_commit(
            partial(
                signals.diary_changed.send_robust, None, patient_id=writer.patient_id
            )
        )
        live.announce_on_commit(
            live.patient_topic(writer.patient_id), {name for name, _ in pushed.rows()}
        )
    if counter.is_sealed:
        return counter
    if pushed.red_flags:  # their alerts have taken numbers too
        return selectors.counter(writer.patient_id, lock=False)
    if not pushed.changed_anything:
        # Numbers given to rows that were refused at the last moment are not taken:
        # a cursor must never be ahead of the counter.
        return counter
    return replace(counter, seq=writer.seq)


def _rewound(patient: Patient, known_seq: int, *, now: datetime) -> Counter:
    """Move the counter beyond what a phone knows: a backup has been restored."""
    counter = selectors.counter(patient.pk, lock=True)
    seq = max(counter.seq, known_seq) + REWIND_JUMP
    SyncCounter.objects.filter(pk=patient.pk).update(seq=seq, rewound_at=now)
    logger.error("a phone is ahead of the server", extra={"patient_id": patient.pk})
    return replace(counter, seq=seq)


def _reply(patient: Patient, pushed: Pushed, news: Page, *, now: datetime) -> bytes:
    return msgspec.json.encode(
        {
            "cursor": make_cursor(
                news.reaches,
                patient_id=patient.pk,
                key=settings.SECRET_KEY.encode(),
            ),
            "has_more": news.has_more,
            "server_time": now,
            "changes": news.changes,
            "outcomes": pushed.outcomes(),
            "quarantined": pushed.quarantined(),
            "guidance": as_guidance(pushed.red_flags),
            "notices": [asdict(notice) for notice in news.notices],
        }
    )
