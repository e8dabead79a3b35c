"""A patient whose device took an alert, and who has not read it, is told again.

A telephone in another room has taken the message, so nothing failed and nobody would try
again. It ends when the patient answers, or their app says that it was seen.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import F, QuerySet

from alerts.domain import states, unread
from alerts.models import Alert, Delivery
from alerts.selectors import schedule
from alerts.services import escalating, telling
from alerts.services.moves import note


def tell_again(*, now: datetime) -> int:
    """Tell patients again of what they have not read in time; return of how many."""
    due = escalating.some_of(schedule.unread_due(now=now), escalating.STEPS)
    return sum(
        escalating.alone(alert_id, partial(_tell_again, alert_id, now=now))
        for alert_id in due
    )


def seen(message: QuerySet[Delivery]) -> None:
    """Note that a message was seen; of the newest words to the patient that is enough.

    A caregiver who has seen it has not made sure that the patient did.
    """
    read = message.filter(
        step=telling.PATIENT_STEP,
        wave__gte=F("alert__patient_wave"),
        recipient=F("alert__patient__user"),
    )
    alerts = Alert.objects.filter(pk__in=read.values("alert"))
    alerts.update(tell_patient_at=None)


def _tell_again(alert_id: UUID, *, now: datetime) -> bool:
    waiting = Alert.objects.filter(
        pk=alert_id,
        state__in=states.UNRESOLVED,
        patient_acknowledged_at=None,
        tell_patient_at__isnull=False,
    )
    alert = waiting.select_for_update(skip_locked=True, no_key=True).first()
    if alert is None:
        return False
    told = Delivery.objects.filter(
        alert=alert, step=telling.PATIENT_STEP, wave__gte=alert.patient_wave
    )
    tellings = max(told.values("wave").distinct().count(), 1)
    if told.filter(schedule.GOES_OUT, state__in=("queued", "leased")).exists():
        # What is still tried says it already; a provider that is back says it once.
        alert.tell_patient_at = unread.next_telling(
            alert.patient_tier, tellings, now=now
        )
        alert.save(update_fields=["tell_patient_at"])
        return False
    readers = told.filter(seen_at__isnull=False).values_list("recipient", flat=True)
    people = telling.tell_patient_again(alert, besides=set(readers), now=now)
    again = unread.next_telling(alert.patient_tier, tellings + 1, now=now)
    alert.tell_patient_at = again if people else None
    alert.save(update_fields=["tell_patient_at"])
    if people:
        note(alert.pk, "patient_told_again", now=now, detail={"people": people})
    return bool(people)
