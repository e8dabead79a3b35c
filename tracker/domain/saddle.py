"""R03 for questions that nobody asked: numbness of the saddle on the body map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tracker.domain import diary, raw_records
from tracker.domain.earlier_checks import earlier_checks
from tracker.domain.power_tests import NEW_WITHIN, KnownState


#: A safety check so long before the numbness was written down still goes with it.
#: Unit: duration.
#: Source: our choice [A]; clinical.md section 13 (R08): numbness beside the saddle
#:   always opens the list of questions.
#: Caveat: one sitting; what was answered in the morning says nothing of the evening.
ASKED_WITHIN: Final = timedelta(hours=2)

#: The safety questions that ask for what the map shows.
QUESTIONS: Final = ("saddle_genital_numbness", "saddle_anal_numbness")
_OPEN: Final = ("prefer_not_to_say", raw_records.UNANSWERED)


@dataclass(frozen=True, kw_only=True)
class Unasked:
    """The newest report of a numb saddle without an answer, and its areas.

    `refused`: the questions were put, and left open.
    """

    log: raw_records.Record
    areas: tuple[str, ...]
    refused: bool


def unasked(records: object, *, state: KnownState, now: datetime) -> Unasked | None:
    """Return the newest report of a numb saddle that no answered check goes with.

    One from before the last `NEW_WITHIN` is not asked about.
    """
    pushed = raw_records.live_records(records, diary.RED_FLAG_CHECKS.name)
    checks = [*pushed, *earlier_checks(records, state=state)]
    answered: list[datetime] = []
    refused: list[datetime] = []
    for check in checks:
        at = raw_records.recorded_at(check, now=now)
        (refused if _leaves_open(check) else answered).append(at)
    if state.checked_at is not None:
        answered.append(state.checked_at)
    since = max([now - NEW_WITHIN, *(at + ASKED_WITHIN for at in answered)])
    found = [
        (at, raw_records.record_id(log) or "", log)
        for log in raw_records.live_records(records, diary.NUMBNESS_LOGS.name)
        if (at := raw_records.recorded_at(log, now=now)) > since and saddle_of(log)
    ]
    if not found:
        return None
    newest, _, log = max(found, key=lambda each: each[:2])
    return Unasked(
        log=log,
        areas=saddle_of(log),
        refused=any(at + ASKED_WITHIN >= newest for at in refused),
    )


def _leaves_open(check: raw_records.Record) -> bool:
    return any(raw_records.answer(check.get(item)) in _OPEN for item in QUESTIONS)


def saddle_of(log: raw_records.Record) -> tuple[str, ...]:
    """Return the areas of the saddle that a report calls numb, in the diary's order."""
    regions, intensity = log.get("regions"), log.get("intensity")
    if not isinstance(regions, Sequence) or isinstance(regions, str | bytes):
        return ()
    if intensity == 0 and not isinstance(intensity, bool):
        return ()
    told = {raw_records.word(region) for region in regions}
    return tuple(region for region in diary.SADDLE_REGIONS if region in told)
