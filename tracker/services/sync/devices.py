"""Which phone was here, and when: a row for each phone of a diary."""

from __future__ import annotations

from typing import Any, Final

from tracker.selectors.prepared import prepared
from tracker.services.sync.store import Writer


#: So many of a phone's last pushes are known again when they come late a second time.
RECENT_PUSHES: Final = 32

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
