"""The Celery app, and the timetable of every periodic job."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")

app = Celery("rootwatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

#: Work is found in the database, so a beat that is missed is made up by the next.
app.conf.beat_schedule = {
    "analyse those who are due": {"task": "analytics.tasks.sweep", "schedule": 15},
    "analyse everybody once a day": {
        "task": "analytics.tasks.sweep_nightly",
        "schedule": crontab(minute="*/30"),  # each run takes the zones where it is night
    },
    "deliver and escalate alerts": {"task": "alerts.tasks.sweep", "schedule": 10},
    "look for alerts nobody was told of": {
        "task": "alerts.tasks.audit",
        "schedule": 60,
    },
    "clear what has expired": {
        "task": "tracker.tasks.tidy",
        "schedule": crontab(hour=3, minute=20),
    },
}
