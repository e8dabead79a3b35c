"""One round trip of the native protocol: take what the phone has, give what is new."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from tracker import signals
from tracker.domain import notices
from tracker.domain.cursor import (
    make_cursor,
    position,
    read_cursor,
    seq_and_generation,
)
from tracker.errors import NotThePatient
from tracker.models import Patient
from tracker.selectors import sync as selectors
from tracker.selectors.access import SyncedPatient
from tracker.selectors.glance import glance
from tracker.selectors.sync import Counter
from tracker.services import live, resync
from tracker.services.sync import devices, guidance
from tracker.services.sync.app_gate import refuse_old_app
from tracker.services.sync.envelope import Envelope, check_native_count
from tracker.services.sync.guidance import as_guidance
from tracker.services.sync.incoming import Incoming, read_changes
from tracker.services.sync.plain import store_plain
from tracker.services.sync.pull import Page, nothing_after, own_page, written_page
from tracker.services.sync.push import Pushed, finish, push
from tracker.services.sync.refused import dangers_of_refused
from tracker.services.sync.store import Conflicts, Writer
from tracker.services.voice import Voice


logger = logging.getLogger(__name__)


def exchange(
    *, access: SyncedPatient, envelope: Envelope, app_version: str, now: datetime
) -> bytes:
    """Store what was pushed, then return the reply as JSON. Sending twice is safe.

    Raises:
        NotThePatient: somebody who only reads along has pushed.
        CursorInvalid: the cursor is damaged or belongs to another patient.
        AppTooOld: this version of the app may not sync any more.
        BodyTooLarge: more records than one push may hold.
    """
    if envelope.changes and not access.may_write:
        raise NotThePatient
    patient = access.patient
    refuse_old_app(
        patient,
        envelope.changes,
        app_version=envelope.app_version or app_version,
        device_id=envelope.device,
        sent_at=envelope.sent_at,
        now=now,
    )
    known = read_cursor(
        envelope.cursor, patient_id=patient.pk, key=settings.SECRET_KEY.encode()
    )
    after, generation = seq_and_generation(known)
    request = Request(
        patient,
        envelope,
        app_version,
        after,
        now,
        generation=generation,
        recorded_by=access.user_id,
    )
    with dangers_of_refused(patient, envelope, now=now):
        check_native_count(envelope.changes)
        pushed, news = _if_need_be_singly(_take_and_give, request)
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
    generation: int | None = None
    starts_over: bool = False
    incoming: Incoming = field(default_factory=Incoming)
    recorded_by: int | None = None

    @property
    def reads_after(self) -> int:
        """The number after which the phone gets the changes."""
        return 0 if self.starts_over else self.after


def take_in(request: Request) -> Pushed:
    """Store what was pushed and read nothing: the other dialects read in their own way.

    Raises:
        BodyTooLarge: more records than one push may hold.
        Whatever `request.conflicts` raises; then nothing has been stored.
    """
    return _if_need_be_singly(_push_only, request)


_Outcome = TypeVar("_Outcome")


def _if_need_be_singly(work: Callable[..., _Outcome], request: Request) -> _Outcome:
    # Decoded once, before any lock is held.
    request = replace(request, incoming=read_changes(request.envelope.changes))
    try:
        return work(request, careful=False)
    except (DataError, IntegrityError) as error:
        # Our checks let a record through that the database refuses. It must not cost
        # the other records their way in, so each now comes by itself.
        logger.error("the database refused a batch", extra=_fault(request, error))
        return work(request, careful=True)


def _take_and_give(request: Request, *, careful: bool) -> tuple[Pushed, Page]:
    done = None if careful else _quickly(request)
    return done or _push_and_read(request, careful=careful)


def _quickly(request: Request) -> tuple[Pushed, Page] | None:
    """Take a push whose entries are all new or held as they come; None for any other.

    It needs no lock and no transaction: one statement looks, one writes, and the
    latter does nothing if anybody has taken a number, or sealed the diary, between.
    """
    incoming = request.incoming
    if incoming.refused or incoming.has_parts or not incoming.clean:
        return None
    sent = {
        name: [(r.id, r.hash) for r in each] for name, each in incoming.clean.items()
    }
    counter, equal = glance(request.patient.pk, request.envelope.device, sent)
    if equal is None or not _is_at_its_place(request, counter):
        return None
    writer = _writer(request, counter)
    stored = store_plain(writer, incoming.clean, equal)
    if stored is None or guidance.red_flags_in(
        request.patient.pk,
        incoming.batches,
        now=request.now,
        clock_shift=writer.clock_shift,
    ):
        return None
    pushed = Pushed(stored)
    with _savepoint_within_transaction():
        if not finish(writer, pushed):
            return None
    after = _after_push(counter, writer, pushed)
    return pushed, _news(request, counter, after, pushed)


def _is_at_its_place(request: Request, counter: Counter) -> bool:
    """Return whether the phone just goes on from where it was."""
    if counter.is_sealed or request.after > counter.seq:
        return False
    return not request.after or request.generation in (None, counter.generation)


def _savepoint_within_transaction() -> AbstractContextManager[Any]:
    """Return what keeps a caller's transaction usable when the database refuses rows."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


@transaction.atomic
def _push_only(request: Request, *, careful: bool) -> Pushed:
    counter, request = _at_its_place(request)
    return _push(request, counter, careful=careful)[0]


@transaction.atomic
def _push_and_read(request: Request, *, careful: bool) -> tuple[Pushed, Page]:
    place = request.after
    before, request = _at_its_place(request)
    pushed, counter = _push(request, before, careful=careful)
    if counter.is_sealed:
        # Where it was, also when that is ahead of us: so it starts over later on.
        held = replace(counter, generation=request.generation or 0)
        return pushed, nothing_after(place, counter=held)
    return pushed, _news(request, before, counter, pushed)


def _news(request: Request, before: Counter, counter: Counter, pushed: Pushed) -> Page:
    """Return the page after the phone's cursor; the counter as it was, and now is."""
    limit = request.envelope.page_size
    if request.reads_after == before.seq and not pushed.red_flags:
        rows = pushed.rows()
        return own_page(rows, counter=counter, now=request.now, limit=limit)
    news = written_page(
        request.patient.pk, counter=counter, after=request.reads_after, limit=limit
    )
    if request.starts_over:
        return replace(news, notices=(notices.RESYNC,))
    return news


def _at_its_place(request: Request) -> tuple[Counter, Request]:
    """Return the counter, and the request as one that the counter has caught up with."""
    counter, after = counter_and_place(
        request.patient,
        request.after,
        lock=bool(request.envelope.changes),
        now=request.now,
        device_id=request.envelope.device,
        generation=request.generation or 0,
    )
    if after < request.after:
        return counter, replace(request, after=after, starts_over=True)
    known = request.generation if after else None
    starts_over = known not in (None, counter.generation)
    return counter, replace(request, starts_over=starts_over)


def counter_and_place(
    patient: Patient,
    after: int,
    *,
    lock: bool,
    now: datetime,
    device_id: UUID | None = None,
    generation: int = 0,
) -> tuple[Counter, int]:
    """Return the counter, and where to read from: a phone ahead of us starts anew."""
    counter = selectors.counter(patient.pk, lock=lock, device_id=device_id)
    if after <= counter.seq:
        return counter, after
    selectors.counter(patient.pk, lock=True)
    resync.rewind(patient.pk, known_seq=after, generation=generation, now=now)
    logger.error("a phone is ahead of the server", extra={"patient_id": patient.pk})
    return selectors.counter(patient.pk, lock=True, device_id=device_id), 0


def reading_place(
    patient: Patient,
    after: int,
    generation: int | None,
    *,
    lock: bool,
    now: datetime,
    device_id: UUID | None = None,
) -> tuple[Counter, int]:
    """Return the counter, and where a pull reads from: 0 for a phone that starts over.

    The other dialects' clients do not notice that they must; they only take what comes.
    None as generation is that of whoever cannot say.
    """
    counter, place = counter_and_place(
        patient,
        after,
        lock=lock,
        now=now,
        device_id=device_id,
        generation=generation or 0,
    )
    starts_over = place and generation not in (None, counter.generation)
    return counter, 0 if starts_over else place


def _push(
    request: Request, counter: Counter, *, careful: bool
) -> tuple[Pushed, Counter]:
    writer = _writer(request, counter)
    if not request.envelope.changes:
        devices.saw(writer, wrote=False)
        return Pushed(), counter
    pushed = push(writer, request.incoming, careful=careful)
    return pushed, _after_push(counter, writer, pushed)


def _fault(request: Request, error: Exception) -> dict[str, object]:
    """Return what may be logged of a database error: its kind, never its words."""
    return {"patient_id": request.patient.pk, "error": type(error).__name__}


def _writer(request: Request, counter: Counter) -> Writer:
    app_version = request.envelope.app_version or request.app_version
    offset = devices.clock_offset(request.envelope.sent_at, request.now)
    patient_id, device_id = request.patient.pk, request.envelope.device
    return Writer(
        patient_id=patient_id,
        zone=ZoneInfo(request.patient.timezone),
        device_id=device_id,
        app_version=app_version[:100].replace("\0", ""),
        clock_offset=offset,
        clock_shift=devices.clock_shift(patient_id, device_id, offset),
        cursor_seq=request.after,
        now=request.now,
        seq=counter.seq,
        conflicts=request.conflicts,
        is_sealed=counter.is_sealed,
        recorded_by=request.recorded_by,
        push=request.envelope.push,
    )


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
        return selectors.counter(
            writer.patient_id, lock=False, device_id=writer.device_id
        )
    if not pushed.changed_anything:
        # Numbers given to rows that were refused at the last moment are not taken:
        # a cursor must never be ahead of the counter.
        return counter
    return replace(counter, seq=writer.seq)


def _reply(patient: Patient, pushed: Pushed, news: Page, *, now: datetime) -> bytes:
    return msgspec.json.encode(
        {
            "cursor": make_cursor(
                position(news.reaches, news.generation),
                patient_id=patient.pk,
                key=settings.SECRET_KEY.encode(),
            ),
            "has_more": news.has_more,
            "server_time": now,
            "changes": news.changes,
            "outcomes": pushed.outcomes(),
            "quarantined": pushed.quarantined(),
            "guidance": as_guidance(pushed.red_flags),
            "notices": [
                asdict(Voice(patient.language).inform(notice))
                for notice in news.notices
            ],
        }
    )
