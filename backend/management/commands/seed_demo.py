"""`manage.py seed_demo`: fills an empty database with the simulated clinic."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from tracker.models import Clinic, Heartbeat


#: Written when the story has been played to its end.
_DONE = "demo.seeded"


class Command(BaseCommand):
    help = (
        "Simulate a clinic of about 40 patients over 120 days, push their diaries "
        "through the sync service and analyse them. Does nothing when it is there."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if Heartbeat.objects.filter(name=_DONE).exists():
            self.stdout.write("The simulated clinic is there already; data is kept.")
            return
        if Clinic.objects.exists():
            self._forget_half_a_clinic()
        self._seed()

    def _forget_half_a_clinic(self) -> None:
        if settings.DATABASE_URL:
            raise CommandError(
                "The database at DATABASE_URL holds another clinic, or half a "
                "simulated one; give the demo an empty database."
            )
        call_command("flush", interactive=False, verbosity=0)

    def _seed(self) -> None:
        # The engine takes long to load; a demo that is there already starts without it.
        from alerts.services.sweeping import sweep
        from backend.simulation import cast, clinic, diaries, story

        now = timezone.now()
        begin = now - timedelta(days=cast.ENROLLED_DAYS_AGO)
        zone = ZoneInfo(cast.ZONE)
        staff = clinic.set_up(now=begin)
        players = [
            story.Player(
                person=person,
                patient=clinic.enrol(
                    person,
                    number,
                    staff,
                    course=diaries.course(person, number, zone=zone),
                    now=begin,
                ),
                entries=diaries.diary(person, number, now=now, zone=zone),
            )
            for number, person in enumerate(
                tqdm(cast.PATIENTS, desc="Enrolling patients", unit="patient")
            )
        ]
        steps = story.play(players, staff, now=now)
        total = len(story.moments(now))
        for _ in tqdm(steps, desc="Playing 120 days", total=total, unit="step"):
            pass
        sweep(now=timezone.now())  # nobody is told late, so the first page says nothing
        Heartbeat.objects.create(name=_DONE, beat_at=now)
