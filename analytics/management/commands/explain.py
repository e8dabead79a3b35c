"""Explains a flag: its inputs day by day, and whether today's engine says the same."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.services.explaining import explanation_of
from tracker.errors import NotFound


class Command(BaseCommand):
    help = (
        "Print why a flag was raised: its evidence, the thresholds, the answers day by "
        "day, and whether a replay of today's diary and rules raises it again. Writes "
        "nothing. What it prints is health data."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("flag", metavar="FLAG_ID", help="id of the flag")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for line in explanation_of(options["flag"]):
                self.stdout.write(line)
        except NotFound:
            raise CommandError(
                "There is no flag with this id; /api/v1/flags lists them."
            ) from None
