"""One analysis: read, let the engine find, store; safe to repeat, and to run twice.

The change number is read before the entries, in one snapshot, so what arrives
meanwhile has a higher one and is found by the next sweep. Only workers load this.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from traceback import extract_tb
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from analytics import frames
from analytics.domain import overrides, pipeline
from analytics.domain.events import Event
from analytics.domain.findings import Finding
from analytics.domain.records import Diary, spans_of
from analytics.models import AnalysisRun, Flag
from analytics.selectors.own_numbers import Numbers, numbers_in_force
from analytics.selectors.progress import Progress, progress_of
from analytics.services import claims, progress, replaying
from analytics.services.baselines import baselines_of
from analytics.services.findings import fresh_flags
from analytics.services.raising import raise_flags
from analytics.services.red_flags import record_red_flags, untold
from analytics.services.unanswered import raise_unanswered
from tracker.domain.red_flags import RedFlag
from tracker.models import SyncCounter


logger = logging.getLogger(__name__)

#: Version of the engine, kept with every run. Unit: none. Source: ours.
ENGINE_VERSION: Final = "2.0.0"
#: Patients read and analysed together: bounds the memory of a worker.
TOGETHER: Final = 200


@dataclass
class Analysed:
    """What came of analysing some patients."""

    done: list[UUID] = field(default_factory=list)
    failed: list[UUID] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)


@dataclass(frozen=True)
class _Read:
    """The rows of some patients as they stood at one moment."""

    patients: dict[UUID, Progress]
    diary: Diary
    events: list[Event]
    records: dict[UUID, replaying.Records]
    numbers: dict[UUID, Numbers]


@dataclass(frozen=True)
class _Result:
    """What was found for one patient."""

    red_flags: list[RedFlag]
    findings: list[Finding]
    last_heard: date | None
    baselines: dict[str, object]
    numbers: Numbers


def analyse_patients(
    patient_ids: Collection[UUID], now: datetime, *, token: UUID | None = None
) -> Analysed:
    """Analyse the diaries of patients as of `now` and store what is new.

    A patient whose analysis fails is noted and left for later; the others go on.
    `token` is the claim of a worker, given back patient by patient.
    """
    claims.begin(now, patient_ids)
    outcome = Analysed()
    wanted = list(dict.fromkeys(patient_ids))
    for first in range(0, len(wanted), TOGETHER):
        _analyse(wanted[first : first + TOGETHER], now, token, outcome)
    return outcome


def _analyse(
    patient_ids: list[UUID], now: datetime, token: UUID | None, outcome: Analysed
) -> None:
    started = _Started(now=now, token=token)
    try:
        read = _read(patient_ids, now)
        results = _results(read, now)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # noqa: BLE001 - one bad diary must not stop the rest
        if len(patient_ids) > 1:
            for patient_id in patient_ids:
                _analyse([patient_id], now, token, outcome)
        else:
            _fail(patient_ids[0], started, error, outcome)
        return
    for patient_id, result in results.items():
        try:
            outcome.flags += _store(read.patients[patient_id], result, started)
            outcome.done.append(patient_id)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:  # noqa: BLE001 - the same
            _fail(patient_id, started, error, outcome)


@dataclass(frozen=True)
class _Started:
    now: datetime
    token: UUID | None


def _read(patient_ids: Sequence[UUID], now: datetime) -> _Read:
    with _snapshot():
        patients = progress_of(patient_ids)
        return _Read(
            patients=patients,
            diary=frames.diary_of_patients(patient_ids),
            events=frames.events_of_patients(patient_ids),
            records=replaying.new_records(patient_ids),
            numbers=numbers_in_force(
                {each.patient_id: each.clinic_id for each in patients.values()}, at=now
            ),
        )


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let every statement see the same moment.

    Inside somebody else's transaction that is not to be had; then the change number
    is still read first, so nothing is lost, at worst something is looked at twice.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                )
        yield


def _results(read: _Read, now: datetime) -> dict[UUID, _Result]:
    groups = _together(read, now)
    results: dict[UUID, _Result] = {}
    for (day, _), patient_ids in groups.items():
        changes = read.numbers[patient_ids[0]].changes
        diary = _only(read.diary, patient_ids, alone=len(groups) == 1)
        found = pipeline.analyse(
            diary, read.events, as_of=day, rules=overrides.in_force(changes)
        )
        spans = spans_of(diary)
        usual = baselines_of(diary, read.events, as_of=day)
        for patient_id in patient_ids:
            name = str(patient_id)
            results[patient_id] = _Result(
                red_flags=replaying.red_flags_of(
                    patient_id, read.records.get(patient_id, {}), now=now
                ),
                findings=found.get(name, []),
                last_heard=spans[name][1] if name in spans else None,
                baselines=usual.get(name, {}),
                numbers=read.numbers[patient_id],
            )
    return results


def _together(read: _Read, now: datetime) -> dict[tuple[date, str], list[UUID]]:
    """Return the patients who have the same day and the same numbers of the rules."""
    groups: dict[tuple[date, str], list[UUID]] = {}
    for patient_id, patient in read.patients.items():
        numbers = json.dumps(read.numbers[patient_id].changes, sort_keys=True)
        key = (local_day(patient, now), numbers)
        groups.setdefault(key, []).append(patient_id)
    return groups


def local_day(patient: Progress, now: datetime) -> date:
    """Return the patient's own day."""
    return now.astimezone(ZoneInfo(patient.timezone)).date()


def _only(diary: Diary, patient_ids: Sequence[UUID], *, alone: bool) -> Diary:
    if alone:
        return diary
    names = [str(patient_id) for patient_id in patient_ids]
    return Diary(
        **{
            name: rows[np.isin(rows["patient"], names)]
            for name, rows in diary.frames().items()
        }
    )


def _store(patient: Progress, result: _Result, started: _Started) -> list[Flag]:
    with transaction.atomic():
        # The same lock, and first, as the push takes it: one after the other.
        SyncCounter.objects.select_for_update().get(pk=patient.patient_id)
        flags = record_red_flags(patient.patient_id, result.red_flags, started.now)
        replayed = [each.red_flag for each in result.findings if each.red_flag]
        flags += record_red_flags(
            patient.patient_id, untold(patient.patient_id, replayed), started.now
        )
        flags += raise_flags(
            fresh_flags(
                patient.patient_id,
                result.findings,
                numbers=result.numbers,
                today=local_day(patient, started.now),
                last_heard=result.last_heard,
                now=started.now,
            ),
            now=started.now,
        )
        flags += raise_unanswered(
            patient.patient_id, today=local_day(patient, started.now), now=started.now
        )
        progress.advance(
            patient, started.now, token=started.token, baselines=result.baselines
        )
        AnalysisRun.objects.create(
            patient_id=patient.patient_id,
            started_at=started.now,
            finished_at=started.now,
            through_seq=patient.diary_seq,
            engine_version=ENGINE_VERSION,
            flag_count=len(flags),
        )
    return flags


def _fail(
    patient_id: UUID, started: _Started, error: Exception, outcome: Analysed
) -> None:
    """Note the failure without the error's words, which could quote the diary."""
    where = extract_tb(error.__traceback__)[-1]
    logger.error(
        "analysis failed",
        extra={
            "patient_id": patient_id,
            "error": type(error).__name__,
            "where": f"{where.filename}:{where.lineno}",
        },
    )
    with transaction.atomic():
        progress.set_back(patient_id, started.now, token=started.token)
        AnalysisRun.objects.create(
            patient_id=patient_id,
            started_at=started.now,
            through_seq=0,
            engine_version=ENGINE_VERSION,
            error_code=type(error).__name__[:60],
        )
    outcome.failed.append(patient_id)
