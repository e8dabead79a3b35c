"""Safety checks of the pushes before: what comes now may make them more urgent."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tracker.domain import diary, raw_records
from tracker.domain.power_tests import KnownState


#: A safety check that came in so long before a push is judged together with it.
#: Unit: duration.
#: Source: our choice [A]: phones send an evening in several pushes, some a collection
#:   at a time, and a day that began without a network in the evening.
#: Caveat: by when it came in; what is older is found by the analysis if of one day.
CHECK_KEPT: Final = timedelta(hours=24)


def earlier_checks(records: object, *, state: KnownState) -> list[raw_records.Record]:
    """Return the safety checks of a moment ago that the push does not bring again."""
    touched = raw_records.ids_in(records, diary.RED_FLAG_CHECKS.name)
    return [check for check in state.checks if check.get("id") not in touched]
