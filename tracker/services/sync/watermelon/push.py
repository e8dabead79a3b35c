"""The push of WatermelonDB: all of it or nothing, except what concerns danger.

A record that has changed since the phone's last pull ends the push: the phone pulls,
merges by itself and pushes again. Red flags do not wait for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from tracker.domain import watermelon
from tracker.domain.notices import SEALED, Notice
from tracker.errors import AppTooOld, NotAPatient, SyncConflict
from tracker.models import Quarantine, User
from tracker.selectors import sync as selectors
from tracker.selectors.access import SyncedPatient
from tracker.selectors.caregivers import ever_cared_for
from tracker.selectors.sync import Held
from tracker.services.sync import quarantine
from tracker.services.sync.app_gate import check_app
from tracker.services.sync.envelope import Envelope
from tracker.services.sync.exchange import Request, counter_and_place, take_in
from tracker.services.sync.guidance import as_guidance
from tracker.services.sync.push import Pushed
from tracker.services.sync.quarantine import Kept
from tracker.services.sync.records import Clean
from tracker.services.sync.refused import advice, take_dangers
from tracker.services.sync.store import Conflicts, Writer
from tracker.services.sync.watermelon.body import (
    Household,
    Rows,
    ids_in,
    open_body,
    sort_rows,
)
from tracker.services.sync.watermelon.place import (
    Place,
    Sender,
    language_of,
    read_place,
)
from tracker.services.voice import Voice


Batches = dict[str, list[msgspec.Raw]]


class _ChangedMeanwhileError(Exception):
    """A record of this push has changed since the phone's last pull."""


def push(
    *,
    user: User,
    accesses: list[SyncedPatient],
    body: bytes,
    gzipped: bool,
    sender: Sender,
    now: datetime,
) -> bytes:
    """Store what was pushed and return what became of it; sending twice is safe.

    Raises:
        NotAPatient: there is no diary that this account may sync, nor ever was.
        SyncConflict: one of the records has changed since the phone's last pull.
            Nothing was stored, but its red flags have been told.
        AppTooOld: this version of the app may not sync any more. Nothing was stored,
            but its red flags have been told.
        BodyTooLarge, InvalidInput: the body as a whole cannot be taken.
    """
    household = Household(
        {access.patient.pk: access for access in accesses},
        ever_cared_for(user),
    )
    if not household.accesses and not household.former:
        raise NotAPatient
    changes = open_body(body, gzipped=gzipped)
    own = next((access.patient.pk for access in accesses if access.own), None)
    with transaction.atomic():
        place = read_place(user, own, sender.last_pulled_at)
        requests = _locked(household, place, sender, now=now)
        rows = sort_rows(changes, household)
        batches = {
            pk: _batches(requests[pk], rows[pk]) for pk in requests if pk in rows
        }
        refusal: AppTooOld | SyncConflict | None = check_app(
            sender.app_version, language_of(accesses)
        )
        reason = Quarantine.APP_TOO_OLD
        if refusal is None:
            try:
                pushed = _take_in(requests, batches)
            except _ChangedMeanwhileError:
                refusal, reason = SyncConflict(), Quarantine.CONFLICT
            else:
                kept = [*_keep(rows, sender, now=now)]
                return _reply(pushed, kept, _advice(kept, now), _notices(requests))
        refusal.members["guidance"] = [*_warn(requests, batches, reason)]
    raise refusal


def _locked(
    household: Household, place: Place, sender: Sender, *, now: datetime
) -> dict[UUID, Request]:
    """Lock the diaries in the order of their ids; return an empty request for each."""
    requests = {}
    for pk in sorted(household.accesses):
        patient = household.accesses[pk].patient
        known, generation = place.of(pk)
        counter, after = counter_and_place(
            patient, known, lock=True, now=now, generation=generation
        )
        requests[pk] = Request(
            patient,
            Envelope(device=sender.device),
            sender.app_version,
            after,
            now,
            _ends_the_push(after, counter.seq),
            recorded_by=household.accesses[pk].user_id,
        )
    return requests


def _ends_the_push(after: int, through: int) -> Conflicts:
    """Return the judge of a phone that has read as far as `after`.

    This client pulls before each push, so it has read its own earlier pushes too. One
    that has not is a late copy of an old request, and must not undo what came after it.
    Changes beyond `through` are this push's own: it may hold a record twice.
    """

    def changed_meanwhile(
        collection: str, record: Clean, held: Held, current: Mapping[str, Any]
    ) -> bool:
        if after < held.seq <= through:
            raise _ChangedMeanwhileError
        return False

    return changed_meanwhile


def _batches(request: Request, rows: Rows) -> Batches:
    """Return the rows of one patient as records of the native protocol."""
    batches: Batches = {}
    for name in {*rows.written, *rows.deleted}:
        written, deleted = rows.written.get(name, []), rows.deleted.get(name, [])
        held = selectors.documents(name, [*{*ids_in(written), *deleted}])
        batches[name] = [
            *_translated(name, written, held, request),
            *_withdrawn(deleted, held, _pulled(name, deleted, request), request.now),
        ]
    return batches


def _translated(
    name: str, rows: Iterable[Any], held: Mapping[str, dict[str, Any]], request: Request
) -> Iterator[msgspec.Raw]:
    zone = ZoneInfo(request.patient.timezone)
    for row in rows:
        record = row
        if isinstance(row, dict):
            known = held.get(next(ids_in([row]), ""), {})
            record = watermelon.document(name, row, zone=zone, held=known)
        yield msgspec.Raw(msgspec.json.encode(record))


def _pulled(name: str, deleted: list[str], request: Request) -> set[str]:
    """Return which of these ids hold a state that this phone has pulled already."""
    rows = selectors.held(name, deleted) if deleted else {}
    return {id_ for id_, row in rows.items() if row.seq <= request.after}


def _withdrawn(
    ids: Iterable[str],
    held: Mapping[str, dict[str, Any]],
    pulled: set[str],
    now: datetime,
) -> Iterator[msgspec.Raw]:
    """Yield what a deletion means: the same record, taken back; once is enough.

    Not for a phone that has pulled the withdrawn record and deletes it all the same,
    because the answer to its first push was lost: while it holds an unsent deletion
    WatermelonDB ignores what it pulls, and then removes the row. The record is taken
    back anew, so that the next pull brings it.
    """
    for record_id in ids:
        document = held[record_id]
        if document["withdrawn_at"] is None or record_id in pulled:
            taken_back = {"id": record_id, "withdrawn_at": now.astimezone(UTC)}
            yield msgspec.Raw(msgspec.json.encode(document | taken_back))


@transaction.atomic
def _take_in(
    requests: Mapping[UUID, Request], batches: Mapping[UUID, Batches]
) -> list[Pushed]:
    return [
        take_in(_filled(requests[pk], each)) for pk, each in batches.items() if each
    ]


def _filled(request: Request, batches: Batches) -> Request:
    envelope = msgspec.structs.replace(request.envelope, changes=_changes(batches))
    return replace(request, envelope=envelope)


def _changes(batches: Batches) -> dict[str, msgspec.Raw]:
    return {
        name: msgspec.Raw(msgspec.json.encode(raws)) for name, raws in batches.items()
    }


def _warn(
    requests: Mapping[UUID, Request], batches: Mapping[UUID, Batches], reason: str
) -> Iterator[dict[str, Any]]:
    """Tell the red flags of a push that is refused, and keep the rows behind them."""
    for pk, each in batches.items():
        request = requests[pk]
        flags = take_dangers(
            request.patient,
            _changes(each),
            reason=reason,
            device_id=request.envelope.device,
            now=request.now,
        )
        yield from as_guidance(flags)


def _notices(requests: Mapping[UUID, Request]) -> list[Notice]:
    languages = {
        request.patient.language
        for pk, request in requests.items()
        if selectors.counter(pk, lock=False).is_sealed
    }
    return [Voice(language).inform(SEALED) for language in sorted(languages)]


def _keep(
    rows: Mapping[UUID, Rows], sender: Sender, *, now: datetime
) -> Iterator[Kept]:
    for pk, each in rows.items():
        quarantine.keep(_writer(pk, sender.device, now), each.refused)
    return (kept for each in rows.values() for kept in each.refused)


def _writer(patient_id: UUID, device: UUID | None, now: datetime) -> Writer:
    """Return who brings rows that are only kept."""
    return Writer(
        patient_id=patient_id,
        zone=ZoneInfo("UTC"),
        device_id=device,
        app_version="",
        clock_offset=None,
        cursor_seq=0,
        now=now,
        seq=0,
    )


def _advice(refused: Iterable[Kept], now: datetime) -> list[dict[str, Any]]:
    """Return what to show of rows that this account may not write."""
    batches: Batches = {}
    for kept in refused:
        row = msgspec.json.decode(kept.raw)
        if isinstance(row, dict):
            name = kept.collection
            record = watermelon.document(name, row, zone=ZoneInfo("UTC"), held={})
            batches.setdefault(name, []).append(
                msgspec.Raw(msgspec.json.encode(record))
            )
    return advice(batches, now=now)


def _reply(
    every: list[Pushed],
    refused: Iterable[Kept],
    advised: list[dict[str, Any]],
    notices: list[Notice],
) -> bytes:
    quarantined = [*(each for pushed in every for each in pushed.quarantined())]
    quarantined += [kept.as_outcome() for kept in refused]
    outcomes = {"new": 0, "updated": 0, "identical": 0}
    for pushed in every:
        counted = pushed.outcomes()
        outcomes = {name: outcomes[name] + counted[name] for name in outcomes}
    return msgspec.json.encode(
        {
            "outcomes": outcomes | {"quarantined": len(quarantined)},
            "quarantined": quarantined,
            "guidance": [
                *(each for pushed in every for each in as_guidance(pushed.red_flags)),
                *advised,
            ],
            "notices": [asdict(notice) for notice in notices],
        }
    )
