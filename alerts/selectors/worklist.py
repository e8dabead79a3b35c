"""The alerts that somebody still has to do something about, and who may see them."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    Case,
    DateTimeField,
    F,
    IntegerField,
    QuerySet,
    Value,
    When,
)

from alerts.domain import states, targets
from alerts.models import Alert, AlertLog, AlertNote
from tracker.errors import NotFound
from tracker.models import Patient, User
from tracker.selectors import access


def urgency(prefix: str = "") -> Case:
    """Return the expression that orders rows by tier."""
    return Case(
        *(
            When(**{f"{prefix}tier": tier}, then=Value(place))
            for place, tier in enumerate(targets.TIERS)
        ),
        output_field=IntegerField(),
    )


def open_alerts(patients: QuerySet[Patient] | None = None) -> QuerySet[Alert]:
    """Return the unresolved alerts: by tier, then deadlines, then age.

    Once an alert is answered, only the deadline of the examination is left.
    """
    alerts = Alert.objects.filter(state__in=states.UNRESOLVED)
    if patients is not None:
        alerts = alerts.filter(patient__in=patients)
    answer_by = Case(
        When(state__in=states.UNANSWERED, then=F("acknowledge_by")),
        output_field=DateTimeField(),
    )
    return alerts.order_by(
        urgency(),
        answer_by.asc(nulls_last=True),
        F("examine_by").asc(nulls_last=True),
        "opened_at",
    )


def visible_alerts(user: User | AnonymousUser) -> QuerySet[Alert]:
    """Return the alerts of the patients that a member of staff may see."""
    return Alert.objects.filter(patient__in=access.visible_patients(user))


def visible_alert(user: User | AnonymousUser, alert_id: UUID) -> Alert:
    """Return one visible alert; not found and not yours are the same error."""
    return _one(visible_alerts(user), alert_id)


def in_full(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Return the alerts with what a page about them shows, in few queries."""
    return alerts.select_related("acknowledged_by", "resolved_by").prefetch_related(
        "flags"
    )


def own_alerts(user: User | AnonymousUser) -> QuerySet[Alert]:
    """Return the alerts of the patients that the account is or cares for."""
    return Alert.objects.filter(patient__in=access.read_by(user))


def own_alert(user: User | AnonymousUser, alert_id: UUID) -> Alert:
    """Return one alert of a patient that the account is or cares for.

    Anything else is not found.
    """
    patients = [each.patient.pk for each in access.synced_patients(user)]
    return _one(Alert.objects.filter(patient__in=patients), alert_id)


def notes_of(alert: Alert) -> QuerySet[AlertNote]:
    """Return what clinicians wrote on an alert."""
    return AlertNote.objects.filter(alert=alert).select_related("author")


def log_of(alert: Alert) -> QuerySet[AlertLog]:
    """Return every move and hop of an alert, in order."""
    return alert.log.select_related("actor").order_by("at", "pk")


def _one(alerts: QuerySet[Alert], alert_id: UUID) -> Alert:
    alert = alerts.filter(pk=alert_id).first()
    if alert is None:
        raise NotFound
    return alert
