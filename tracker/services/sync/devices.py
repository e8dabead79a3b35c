"""Which phone was here, and when: a row for each phone of a diary."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tracker.models import Device
from tracker.selectors.prepared import prepared
from tracker.services.sync.store import Writer


#: So many of a phone's last pushes are known again when they come late a second time.
RECENT_PUSHES: Final = 32

#: A phone's clock offset beyond this says only "wrong".
MAX_CLOCK_OFFSET: Final = timedelta(days=365 * 100)

#: A clock that is off by as much or more is corrected by what was measured of it.
#: Unit: duration.
#: Source: our choice: the rules count days, and less than one is a time zone's.
#: Caveat: the clock is taken to have been as wrong when the entry was made.
CORRECTED_FROM: Final = timedelta(hours=24)
#: How far two measurements of one clock may lie apart.
#: Unit: duration. Source: our choice: a slow network, and the drift of a clock.
AGREE_WITHIN: Final = timedelta(minutes=1)

#: A phone that does not name itself leaves no row. More conditions may follow.
SAW_IF: Final = """
    INSERT INTO tracker_device AS known
           (patient_id, device_id, app_version, clock_offset_ms,
            first_seen_at, last_seen_at, last_entry_at, recent_pushes)
    SELECT %(patient_id)s::uuid, %(device_id)s::uuid, %(app_version)s::text,
           %(clock_offset_ms)s::bigint, %(now)s::timestamptz, %(now)s::timestamptz,
           CASE WHEN %(wrote)s::boolean THEN %(now)s::timestamptz END,
           array_remove(ARRAY[%(push)s::bigint], NULL)
     WHERE %(device_id)s::uuid IS NOT NULL
"""
SAW_AGAIN: Final = f"""
    ON CONFLICT (patient_id, device_id) DO UPDATE
       SET app_version = EXCLUDED.app_version,
           clock_offset_ms = EXCLUDED.clock_offset_ms,
           last_seen_at = EXCLUDED.last_seen_at,
           last_entry_at = coalesce(EXCLUDED.last_entry_at, known.last_entry_at),
           recent_pushes =
               CASE WHEN EXCLUDED.recent_pushes <@ known.recent_pushes
                    THEN known.recent_pushes
                    ELSE (EXCLUDED.recent_pushes || known.recent_pushes)
                         [1:{RECENT_PUSHES}]
               END
"""  # noqa: S608 - the number is ours


def clock_offset(sent_at: datetime | None, now: datetime) -> timedelta | None:
    """Return how far the phone's clock is ahead of ours, as far as it can be true."""
    if sent_at is None:
        return None
    return max(-MAX_CLOCK_OFFSET, min(MAX_CLOCK_OFFSET, sent_at - now))


def clock_shift(
    patient_id: UUID, device_id: UUID | None, offset: timedelta | None
) -> timedelta:
    """Return by how much the times of a phone are moved back, as its clock is ahead.

    A clock that seems slow may be a push that lay about since it was written. It is
    believed of a phone that was never here, and else from the second time on.
    """
    if offset is None or abs(offset) < CORRECTED_FROM:
        return timedelta()
    if offset > timedelta() or device_id is None:
        return max(offset, timedelta())
    known = Device.objects.filter(patient=patient_id, device_id=device_id)
    earlier = known.values_list("clock_offset_ms", flat=True).first()
    if earlier is None or abs(offset - timedelta(milliseconds=earlier)) <= AGREE_WITHIN:
        return offset
    return timedelta()


def parameters(writer: Writer, *, wrote: bool) -> dict[str, Any]:
    """Return the parameters of a sighting; `wrote` says that an entry came with it.

    What goes into a sealed diary is not taken in yet, so it is not known again.
    """
    push = None if writer.is_sealed else writer.push
    return {**writer.stamp, "now": writer.now, "wrote": wrote, "push": push}


def saw(writer: Writer, *, wrote: bool) -> None:
    """Note that this phone has just synced."""
    if writer.device_id is None:
        return
    with prepared(SAW_IF + SAW_AGAIN, parameters(writer, wrote=wrote)):
        pass
