"""A proposal that a clinician does not want to decide on now."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from dashboard.models import PutOff
from tracker.domain.accepted import SIGNALS
from tracker.domain.diary import LEGS
from tracker.errors import InvalidFields
from tracker.models import Patient, User


#: How long nobody is asked again. Unit: duration. Source: our choice.
QUIET: Final = timedelta(days=28)


def put_off(
    patient: Patient, *, side: str, signal: str, by: User, today: date
) -> PutOff:
    """Ask nobody of the care team about this leg and signal for a while.

    Raises:
        InvalidFields: there is no such leg or signal.
    """
    if side not in LEGS or signal not in SIGNALS:
        raise InvalidFields({"signal": ["Name a leg and one of its signals."]})
    made, _ = PutOff.objects.update_or_create(
        patient=patient,
        side=side,
        signal=signal,
        defaults={"until": today + QUIET, "put_off_by": by},
    )
    return made
