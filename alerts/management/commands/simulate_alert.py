"""Prints what would happen to an alert that nobody answers, as a timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts.domain.targets import ALERTING
from alerts.selectors import on_call
from tracker.models import CareTeam, Clinic


class Command(BaseCommand):
    help = (
        "Show who would be told when of an alert that nobody answers. Writes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("clinic", type=int)
        parser.add_argument("tier", choices=ALERTING)
        parser.add_argument(
            "at", help="local time of the clinic, such as 2026-03-28T23:10"
        )
        parser.add_argument("--team", type=int)

    def handle(self, **options: Any) -> None:
        """Print one line for each time that people would be told."""
        clinic = Clinic.objects.filter(pk=options["clinic"]).first()
        team = CareTeam.objects.filter(pk=options["team"], clinic=clinic).first()
        if clinic is None or (options["team"] and team is None):
            message = "There is no such clinic, or the team is another clinic's."
            raise CommandError(message)
        zone = ZoneInfo(clinic.timezone)
        try:
            raised_at = datetime.fromisoformat(options["at"])
        except ValueError:
            message = "Give the time like this: 2026-03-28T23:10."
            raise CommandError(message) from None
        told = on_call.simulate(
            clinic,
            team,
            tier=options["tier"],
            raised_at=raised_at.replace(tzinfo=raised_at.tzinfo or zone),
        )
        for moment in told.moments:
            people = [
                told.names[pk] + _later(moment.held.get(pk), zone)
                for pk in moment.hop.people
            ] or ["nobody"]
            self.stdout.write(
                f"{moment.at.astimezone(zone):%a %d %b %H:%M}  {moment.hop.whom}:"
                f" {', '.join(people)}"
            )


def _later(held: datetime | None, zone: ZoneInfo) -> str:
    return f" (quiet hours: {held.astimezone(zone):%a %H:%M})" if held else ""
