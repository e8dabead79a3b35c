"""The periodic jobs of alerts; their timetable stands in backend/celery.py."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts.services import covering, reminding, sweeping


@shared_task(name="alerts.tasks.sweep", acks_late=True)
def sweep() -> None:
    """Open, escalate, send. Safe to run twice."""
    sweeping.sweep(now=timezone.now())


@shared_task(name="alerts.tasks.audit", acks_late=True)
def audit() -> None:
    """Find alerts that are behind schedule. Safe to run twice."""
    sweeping.audit(now=timezone.now())


@shared_task(name="alerts.tasks.check_coverage", acks_late=True)
def check_coverage() -> None:
    """Look for clinics that will reach nobody, because people leave. Safe to run twice."""
    covering.check_all(now=timezone.now())


@shared_task(name="alerts.tasks.remind", acks_late=True)
def remind() -> None:
    """Remind patients of their diary at their hour. Safe to run twice."""
    reminding.remind(now=timezone.now())
