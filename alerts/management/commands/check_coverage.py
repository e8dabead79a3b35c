"""Prints the hours of the coming month at which a clinic reaches nobody."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from alerts.selectors import on_call
from tracker.models import Clinic


class Command(BaseCommand):
    help = "Show when a clinic's policy reaches nobody; status 1 if it ever does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", type=int, help="only this one")

    def handle(self, *, clinic: int | None, **options: Any) -> None:
        """Print every hole of every clinic."""
        clinics = Clinic.objects.order_by("pk")
        if clinic is not None:
            clinics = clinics.filter(pk=clinic)
        broken = [each.pk for each in clinics if self._print(each)]
        if broken:
            message = f"Clinics that reach nobody at some hour: {broken}."
            raise CommandError(message)

    def _print(self, clinic: Clinic) -> bool:
        found = on_call.coverage_of(clinic, now=timezone.now())
        zone = ZoneInfo(clinic.timezone)
        for each in found:
            team = f"team {each.team.pk}" if each.team else "without a team"
            for hole in each.holes:
                starts, ends = (
                    at.astimezone(zone).isoformat(sep=" ", timespec="minutes")
                    for at in (hole.starts, hole.ends)
                )
                self.stdout.write(
                    f"clinic {clinic.pk}, {team}: {starts} to {ends}: {hole.kind}"
                )
            for duty in each.left:
                self.stdout.write(
                    f"clinic {clinic.pk}, {team}: {duty.kind} {duty.id} names somebody"
                    " who has left"
                )
        if not any(each.holes for each in found):
            self.stdout.write(f"clinic {clinic.pk}: somebody at every hour")
        return any(each.reaches_nobody for each in found)
