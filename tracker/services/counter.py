"""The patient's change counter: who takes a number holds the lock until commit."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from tracker.services import live
from tracker.services.sync.readonly import readers


_TAKE = """
    UPDATE tracker_synccounter
       SET seq = seq + %(count)s,
           clinic_seq = seq + %(count)s,
           diary_seq = CASE WHEN %(analyse)s THEN seq + %(count)s ELSE diary_seq END
     WHERE patient_id = %(patient)s
 RETURNING seq
"""


def next_change_number(patient_id: UUID, *, analyse: bool, count: int = 1) -> int:
    """Take `count` numbers for a change of the clinic's; return the last of them.

    Inside the caller's transaction: its commit releases the lock.

    One UPDATE both takes the row lock and the number, which the ORM would need two
    round trips for. `analyse` says that the change is news for the analysis.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE, {"patient": patient_id, "count": count, "analyse": analyse}
        )
        (seq,) = cursor.fetchone() or (None,)
    if seq is None:
        message = "patient without a sync counter"
        raise LookupError(message)
    live.announce_on_commit(live.patient_topic(patient_id), readers())
    return int(seq)
