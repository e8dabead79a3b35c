"""What the clinic writes and phones read: treatments and messages, by change number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tracker.models import Message, Treatment


Numbered = list[tuple[int, dict[str, Any]]]


def treatments_for_phone(
    patient_id: UUID, after: int, through: int, limit: int
) -> Numbered:
    """Return the patient's treatments changed in (after, through], oldest first."""
    rows = Treatment.objects.filter(
        patient_id=patient_id, seq__gt=after, seq__lte=through
    ).order_by("seq")[:limit]
    return [
        (
            row.seq,
            {
                "id": row.pk,
                "kind": row.kind,
                "started_on": row.started_on,
                "ended_on": row.ended_on,
            },
        )
        for row in rows
    ]


def messages_for_phone(
    patient_id: UUID, after: int, through: int, limit: int
) -> Numbered:
    """Return the clinic's messages sent in (after, through], oldest first."""
    rows = Message.objects.filter(
        patient_id=patient_id, seq__gt=after, seq__lte=through
    ).order_by("seq")[:limit]
    return [
        (row.seq, {"id": row.pk, "sent_at": row.sent_at, "text": row.text})
        for row in rows
    ]
