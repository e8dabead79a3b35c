"""Plays 120 days of the clinic through the real services, with the clock as argument.

Each step, the phones sync, the analysis runs, alerts open, and the nurse does her
work. What happened in the last days is left for the visitor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from alerts.domain.targets import ANSWER_MINUTES
from alerts.models import Alert
from alerts.selectors.schedule import flags_without_alert
from alerts.services.answering import acknowledge, resolve
from alerts.services.sweeping import open_missing
from analytics.services.analyse import analyse_patients
from backend.simulation.cast import Person
from backend.simulation.clinic import Staff
from backend.simulation.diaries import DAYS, Entries
from tracker.models import Patient
from tracker.selectors.access import SyncedPatient
from tracker.services.sync import exchange
from tracker.services.sync.envelope import open_envelope


#: Far back the clinic is looked at every so many days, the last week daily.
_STRIDE_DAYS: Final = 20
_DAILY_DAYS: Final = 7
#: Alerts of people outside the story are the visitor's when younger than this.
_LEFT_OPEN: Final = timedelta(hours=36)
#: A phone that was offline for this long: last night's danger arrives just now.
_OFFLINE: Final = timedelta(hours=36)
#: What came of the alerts of the past, where it was not an examination.
_OUTCOMES: Final = {"soon": "watching", "watch": "advice_given"}
#: Silence is found after some days of it.
_SILENT_STORY: Final = timedelta(days=6)


@dataclass
class Player:
    """One patient of the story: what is in the diary, and how much is sent."""

    person: Person
    patient: Patient
    entries: Entries
    sent_count: int = 0
    cursor: str | None = None

    @property
    def story(self) -> timedelta:
        """How long ago the story of this patient begins; older alerts are history."""
        if self.person.scenario == "silent":
            return _SILENT_STORY
        return timedelta(days=self.person.found_days_ago) + _LEFT_OPEN


def moments(now: datetime) -> list[datetime]:
    """Return the instants at which the phones sync, the last of them `now`."""
    days_ago = [*range(DAYS + 30, _DAILY_DAYS, -_STRIDE_DAYS)]
    days_ago += [*range(_DAILY_DAYS, 0, -1)]
    return [now - timedelta(days=days) for days in days_ago] + [now]


def play(players: list[Player], staff: Staff, *, now: datetime) -> Iterator[datetime]:
    """Play the story; yield after each step, for the progress bar."""
    for moment in moments(now):
        for player in players:
            if moment == now or not _is_offline(player, moment=moment, now=now):
                _sync(player, now=moment)
        analyse_patients([player.patient.pk for player in players], now=moment)
        missing = flags_without_alert().values_list("pk", flat=True)
        open_missing(list(missing), now=moment)
        _work(players, staff, moment=moment, now=now)
        yield moment


def _sync(player: Player, *, now: datetime) -> None:
    """Send what was written since the last time, as a phone does."""
    fresh = [
        (collection, record)
        for at, collection, record in player.entries[player.sent_count :]
        if at <= now
    ]
    if not fresh:
        return
    player.sent_count += len(fresh)
    changes: dict[str, list[object]] = {}
    for collection, record in fresh:
        changes.setdefault(collection, []).append(record)
    body = {
        "cursor": player.cursor,
        "device": str(uuid5(NAMESPACE_DNS, str(player.patient.pk))),
        "sent_at": now.isoformat(),
        "changes": changes,
    }
    reply = exchange(
        access=SyncedPatient.as_themselves(player.patient),
        envelope=open_envelope(json.dumps(body).encode(), gzipped=False),
        app_version="simulated 1.0",
        now=now,
    )
    player.cursor = json.loads(reply)["cursor"]


def _is_offline(player: Player, *, moment: datetime, now: datetime) -> bool:
    sudden = player.person.scenario in ("foot_drop", "cauda_equina")
    return sudden and moment > now - _OFFLINE


def _work(
    players: list[Player], staff: Staff, *, moment: datetime, now: datetime
) -> None:
    """Let the nurse answer what a good nurse would have answered by now."""
    who = {player.patient.pk: player for player in players}
    waiting = Alert.objects.filter(state__in=("open", "notified"), patient__in=who)
    for alert in waiting.order_by("opened_at"):
        player, at = who[alert.patient_id], _answered_at(alert, moment, now)
        if alert.opened_at < now - player.story:
            outcome = _OUTCOMES.get(alert.tier, "examined_no_action")
            resolve(alert.pk, by=staff.nurse, outcome=outcome, now=at)
        elif player.person.answered:
            acknowledge(alert.pk, by=staff.nurse, now=at)


def _answered_at(alert: Alert, moment: datetime, now: datetime) -> datetime:
    """Return when the nurse answers: well within the target, not always alike."""
    share = 0.2 + 0.15 * (alert.opened_at.toordinal() % 5)
    target = ANSWER_MINUTES.get(alert.tier, ANSWER_MINUTES["soon"])
    return min(moment + timedelta(minutes=share * target), now)
