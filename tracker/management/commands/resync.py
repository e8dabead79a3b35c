"""Makes phones fetch everything again; what they have not sent stays with them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.errors import NotFound
from tracker.services import resync


class Command(BaseCommand):
    """`resync --patient ID [--device ID]`, `--everybody` or `--restored`."""

    help = "Make phones sync from the start. Nothing that they have not sent is lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say whose phones."""
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--patient", type=UUID, help="all phones of one diary")
        whose.add_argument("--everybody", action="store_true", help="all phones")
        whose.add_argument(
            "--restored", action="store_true", help="all, after restoring a backup"
        )
        parser.add_argument("--device", type=UUID, help="only this phone of --patient")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say for how many diaries."""
        if options["device"] and not options["patient"]:
            message = "--device needs --patient: whose phone is it?"
            raise CommandError(message)
        try:
            count = _resync(options)
        except NotFound:
            message = "There is no such patient, or this phone has never synced."
            raise CommandError(message) from None
        self.stdout.write(f"{count} diaries start over at their phones' next sync.")


def _resync(options: dict[str, Any]) -> int:
    if options["restored"]:
        return resync.resync_after_restore(now=timezone.now())
    if options["everybody"]:
        return resync.resync_everybody()
    if options["device"]:
        resync.resync_device(options["patient"], options["device"])
    else:
        resync.resync_patient(options["patient"])
    return 1
