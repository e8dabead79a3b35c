"""The Celery app, and the timetable of every periodic job."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any, Final

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_prerun


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")

app = Celery("rootwatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

#: Work is found in the database, so a beat that is missed is made up by the next.
#: A message expires when the next one is due: a worker that was away finds one
#: message for each job and not a thousand.
app.conf.beat_schedule = {
    "analyse those who are due": {
        "task": "analytics.tasks.sweep",
        "schedule": 15,
        "options": {"expires": 15},
    },
    "go on with trials of rules": {
        "task": "analytics.tasks.sweep_trials",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "deliver and escalate alerts": {
        "task": "alerts.tasks.sweep",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "look for alerts nobody was told of": {
        "task": "alerts.tasks.audit",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "tell a watcher outside that all is well": {
        "task": "backend.tasks.ping",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "remind patients of their diary": {
        "task": "alerts.tasks.remind",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "look for clinics that will reach nobody": {
        "task": "alerts.tasks.check_coverage",
        "schedule": crontab(minute=40),
        "options": {"expires": 3600},
    },
    "clear what has expired": {
        "task": "tracker.tasks.tidy",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600},
    },
    "forget old runs and trials of the analysis": {
        "task": "analytics.tasks.tidy",
        "schedule": crontab(hour=4, minute=20),
        "options": {"expires": 3600},
    },
}

#: How long a job's heartbeat may be away before `/health/background` says so.
PATIENCE: Final = {
    "analytics.sweep": timedelta(minutes=5),
    "alerts.sweep": timedelta(minutes=2),
    "alerts.audit": timedelta(minutes=5),
    "alerts.remind": timedelta(minutes=10),
}
#: The same for what runs so seldom that a new server is well before it has run once.
SELDOM: Final = {"alerts.coverage": timedelta(hours=3)}


@setup_logging.connect
def use_our_log(**_: Any) -> None:
    """Keep Celery from writing log lines of its own shape."""
    from django.conf import settings

    from backend.logging import configure

    configure(settings.LOGGING)


@task_prerun.connect
def begin_task(task_id: str | None = None, **_: Any) -> None:
    """Give every log line of a task the task's id."""
    from backend.logging import begin

    begin(task_id)
