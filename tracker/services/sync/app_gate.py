"""Apps that are too old to sync safely are told to update; a danger still gets in."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from tracker.domain.app_versions import app_of, is_older
from tracker.errors import AppTooOld
from tracker.models import MinimumApp, Patient, Quarantine
from tracker.services.sync.guidance import as_guidance
from tracker.services.sync.refused import take_dangers
from tracker.services.voice import Voice


#: How long a process goes by what it read, so that no push pays for the question.
#: Unit: seconds.
REMEMBERED: Final = 30


@dataclass
class _Memory:
    """The minimum versions as this process knows them: app -> (version, link)."""

    read_at: float = float("-inf")
    minimums: dict[str, tuple[str, str]] = field(default_factory=dict)


_memory: Final = _Memory()


def forget() -> None:
    """Read the minimum versions anew at the next request."""
    _memory.read_at = float("-inf")


def check_app(app_version: str, language: str) -> AppTooOld | None:
    """Return why this app may not sync, in that language, or None when it may.

    An app for which no minimum is set may always sync.
    """
    minimum = _minimums().get(app_of(app_version))
    if minimum is None or not is_older(app_version, minimum[0]):
        return None
    title = Voice(language).headline(AppTooOld.title)
    return AppTooOld(link=minimum[1], title=title)


def refuse_to_serve(app_version: str, language: str) -> None:
    """Raise AppTooOld when an app that brings nothing may not sync."""
    refusal = check_app(app_version, language)
    if refusal is not None:
        refusal.members["guidance"] = []
        raise refusal


def refuse_old_app(
    patient: Patient,
    changes: dict[str, msgspec.Raw],
    *,
    app_version: str,
    device_id: UUID | None,
    now: datetime,
    sent_at: datetime | None = None,
) -> None:
    """Raise AppTooOld when the app is too old; nothing of the push is stored then.

    But a danger in it is judged, kept in quarantine, and alerted, and the advice is
    in the answer. When the updated app pushes again, the records come in as ever.
    """
    refusal = check_app(app_version, patient.language)
    if refusal is None:
        return
    red_flags = take_dangers(
        patient,
        changes,
        reason=Quarantine.APP_TOO_OLD,
        device_id=device_id,
        sent_at=sent_at,
        now=now,
    )
    refusal.members["guidance"] = as_guidance(red_flags)
    raise refusal


def _minimums() -> dict[str, tuple[str, str]]:
    moment = time.monotonic()
    if moment - _memory.read_at > REMEMBERED:
        rows = MinimumApp.objects.values_list("app", "version", "link")
        _memory.minimums = {app: (version, link) for app, version, link in rows}
        _memory.read_at = moment
    return _memory.minimums
