"""What a member of staff wants to see of the worklist; whatever is unknown is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from alerts.domain.targets import ALERTING


#: The longest search; names are shorter.
#: Unit: characters.
SEARCH_MAX: Final = 100
#: A diary without an entry for so long is silent on the worklist.
#: Unit: days.
#: Source: clinical.md, R15 (no entry for a week).
#: Caveat: a way to look for people; what is told to whom follows the rule.
SILENT_DAYS: Final = timedelta(days=7)
#: How long after a procedure a patient stands under "after a procedure".
#: Unit: days. Source: our choice, the six weeks of a usual follow-up.
AFTER_PROCEDURE: Final = timedelta(days=42)

_YES: Final = "on"


@dataclass(frozen=True, kw_only=True)
class WorklistFilter:
    """One choice for each question; the empty choice is everybody."""

    search: str = ""
    team: int | None = None
    tier: str = ""
    mine: bool = False
    call_back: bool = False
    silent: bool = False
    after_procedure: bool = False

    @property
    def is_set(self) -> bool:
        """Return whether anybody may be hidden by it."""
        return self != WorklistFilter()

    @property
    def asks_for_alerts(self) -> bool:
        """Return whether only patients with an alert can fit."""
        return self.mine or self.call_back or bool(self.tier)

    @property
    def query(self) -> str:
        """Return it as the query of an address, in one order."""
        chosen = {
            "search": self.search,
            "team": str(self.team or ""),
            "tier": self.tier,
            "mine": _YES if self.mine else "",
            "call_back": _YES if self.call_back else "",
            "silent": _YES if self.silent else "",
            "after_procedure": _YES if self.after_procedure else "",
        }
        return urlencode({name: value for name, value in chosen.items() if value})


def read(asked: Mapping[str, str]) -> WorklistFilter:
    """Return the filter that an address asks for."""
    team = asked.get("team", "")
    tier = asked.get("tier", "")
    return WorklistFilter(
        search=asked.get("search", "").replace("\0", "").strip()[:SEARCH_MAX],
        team=int(team)
        if team.isascii() and team.isdigit() and len(team) < 10
        else None,
        tier=tier if tier in ALERTING else "",
        mine=bool(asked.get("mine")),
        call_back=bool(asked.get("call_back")),
        silent=bool(asked.get("silent")),
        after_procedure=bool(asked.get("after_procedure")),
    )
