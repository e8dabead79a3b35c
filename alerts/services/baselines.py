"""While an emergency waits for a human, nobody calls a lower level usual."""

from __future__ import annotations

from uuid import UUID

from alerts.selectors.patient import has_unanswered_emergency


def on_emergency_asked(sender: object, patient_id: UUID, **_: object) -> bool:
    """Answer the tracker's question whether an emergency waits for a human."""
    return has_unanswered_emergency(patient_id)
