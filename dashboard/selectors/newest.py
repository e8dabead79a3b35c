"""When a patient was last heard of, as columns of a query."""

from __future__ import annotations

from django.db.models import DateField, DateTimeField, Max, OuterRef, Subquery
from django.db.models.functions import Greatest

from dashboard.selectors.diary import MODELS
from tracker.models import Device


def newest_sync(*, outer: str) -> Subquery:
    """Return when a phone of the patient was last heard."""
    mine = Device.objects.filter(patient=OuterRef(outer)).order_by().values("patient")
    return Subquery(
        mine.annotate(newest=Max("last_seen_at")).values("newest"),
        output_field=DateTimeField(),
    )


def newest_entry(*, outer: str) -> Greatest:
    """Return when the newest entry was recorded, not when it arrived.

    A phone that was offline delivers old news; the page must not call it fresh.
    """
    return Greatest(
        *(
            Subquery(
                model._default_manager.filter(
                    patient=OuterRef(outer), withdrawn_at__isnull=True
                )
                .order_by("-local_day", "-happened_at")
                .values("happened_at")[:1]
            )
            for model in MODELS.values()
        ),
        output_field=DateTimeField(),
    )


def newest_day(*, outer: str) -> Greatest:
    """Return the patient's day of the newest entry."""
    return Greatest(
        *(
            Subquery(
                model._default_manager.filter(
                    patient=OuterRef(outer), withdrawn_at__isnull=True
                )
                .order_by("-local_day")
                .values("local_day")[:1]
            )
            for model in MODELS.values()
        ),
        output_field=DateField(),
    )
