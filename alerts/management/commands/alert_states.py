"""Prints the life of an alert as a diagram, from the table of its moves."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management.base import BaseCommand

from alerts.domain import states


HEAD: Final = """\
# The life of an alert

Printed by `manage.py alert_states` from `alerts/domain/states.py`; do not edit.
Every move is one conditional UPDATE and one line of the log. A flag that is worse than
what the clinician had seen wakes a snoozed alert at once; one of a higher tier replaces it.
"""


def page() -> str:
    """Return the page."""
    rows = "\n".join(
        f"| {move.source} | {move.action} | {move.target} | {move.who} |"
        f" {move.meaning} |"
        for move in states.MOVES
    )
    table = f"| from | action | to | who | |\n|---|---|---|---|---|\n{rows}"
    return f"{HEAD}\n```mermaid\n{states.diagram()}\n```\n\n{table}\n"


class Command(BaseCommand):
    help = "Write docs/alert-states.md from the table of moves."

    def handle(self, **options: object) -> None:
        """Write the page."""
        path = Path(settings.BASE_DIR) / "docs" / "alert-states.md"
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(str(path))
