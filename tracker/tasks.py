"""The tracker's periodic job; its timetable stands in backend/celery.py."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from tracker.services import tidy as services


@shared_task
def tidy() -> None:
    """Clear what has expired. Safe to run twice."""
    services.tidy(now=timezone.now())
