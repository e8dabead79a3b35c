"""R03 for questions that nobody asked: numbness of the saddle on the body map."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from tracker.domain import diary, raw_records
from tracker.domain.power_tests import NEW_WITHIN, KnownState


#: A safety check so long before the numbness was written down still goes with it.
#: Unit: duration.
#: Source: our choice [A]; clinical.md section 13 (R08): numbness beside the saddle
#:   always opens the list of questions.
#: Caveat: any check counts, whatever it left open: R03 looks at that.
ASKED_WITHIN: Final = timedelta(hours=24)


def unasked(
    records: object, *, state: KnownState, now: datetime
) -> tuple[raw_records.Record, tuple[str, ...]] | None:
    """Return the newest report of a numb saddle that no safety check goes with.

    With it come the areas. One from before the last `NEW_WITHIN` is not asked about.
    """
    checks = raw_records.live_records(records, diary.RED_FLAG_CHECKS.name)
    asked = [raw_records.recorded_at(check, now=now) for check in checks]
    if state.checked_at is not None:
        asked.append(state.checked_at)
    since = max([now - NEW_WITHIN, *(at + ASKED_WITHIN for at in asked)])
    found = [
        (at, raw_records.record_id(log) or "", log)
        for log in raw_records.live_records(records, diary.NUMBNESS_LOGS.name)
        if (at := raw_records.recorded_at(log, now=now)) > since and saddle_of(log)
    ]
    if not found:
        return None
    _, _, newest = max(found, key=lambda each: each[:2])
    return newest, saddle_of(newest)


def saddle_of(log: raw_records.Record) -> tuple[str, ...]:
    """Return the areas of the saddle that a report calls numb, in the diary's order."""
    regions, intensity = log.get("regions"), log.get("intensity")
    if not isinstance(regions, Sequence) or isinstance(regions, str | bytes):
        return ()
    if intensity == 0 and not isinstance(intensity, bool):
        return ()
    told = {raw_records.word(region) for region in regions}
    return tuple(region for region in diary.SADDLE_REGIONS if region in told)
