"""The periodic jobs of the server as a whole; their timetable stands in celery.py."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from backend import dead_man


@shared_task(name="backend.tasks.ping", acks_late=True)
def ping() -> None:
    """Tell the watcher outside that all is on schedule. Safe to run twice."""
    dead_man.ping(now=timezone.now())
