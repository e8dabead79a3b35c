"""Diary entries as a page shows them: merged, in words, withdrawn ones marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from analytics.models import Flag
from dashboard.domain import words
from tracker.domain import diary
from tracker.models import (
    DayLog,
    Entry,
    NumbnessLog,
    PainLog,
    Patient,
    RedFlagCheck,
    WeaknessLog,
)


MODELS: Final[dict[str, type[Entry]]] = {
    "pain_logs": PainLog,
    "numbness_logs": NumbnessLog,
    "weakness_logs": WeaknessLog,
    "red_flag_checks": RedFlagCheck,
    "day_logs": DayLog,
}
LATEST_SHOWN: Final = 30
RED_FLAGS_SHOWN: Final = 20


@dataclass(frozen=True, kw_only=True)
class EntryLine:
    """One entry in words."""

    entry: Entry
    collection: str
    kind: str
    text: str
    caregiver: str = ""

    @property
    def felt_at(self) -> datetime:
        """Return when it was felt, on the patient's own right clock, without a zone."""
        offset = timedelta(minutes=self.entry.recorded_offset_minutes)
        return (self.entry.happened_at.astimezone(UTC) + offset).replace(tzinfo=None)

    @property
    def is_clock_doubtful(self) -> bool:
        """Return whether the phone's clock was wrong: the time is our best guess."""
        return self.entry.clock_suspect or (
            self.entry.happened_at != self.entry.recorded_at
        )


@dataclass(frozen=True, kw_only=True)
class EvidenceLine:
    """One entry that a flag rests on: as the rule saw it, and as it stands now."""

    day: str
    kind: str
    value: str
    now: str
    withdrawn: bool


def latest_entries(patient: Patient, *, limit: int = LATEST_SHOWN) -> list[EntryLine]:
    """Return the newest entries of all collections, withdrawn ones too."""
    lines = [
        _line(collection, entry, caregiver=_caregiver(patient, entry))
        for collection, model in MODELS.items()
        for entry in _of(model, patient)
        .select_related("recorded_by")
        .order_by("-local_day", "-happened_at")[:limit]
    ]
    return sorted(lines, key=lambda line: line.entry.happened_at, reverse=True)[:limit]


def red_flag_history(patient: Patient) -> list[tuple[date, list[str]]]:
    """Return the days on which a safety question was answered `new` or `worse`."""
    alarming = Q()
    for item in diary.RED_FLAG_ITEMS:
        alarming |= Q(**{f"{item}__in": words.ALARMING_ANSWERS})
    checks = (
        RedFlagCheck.objects.filter(patient=patient, withdrawn_at__isnull=True)
        .filter(alarming)
        .order_by("-local_day", "-happened_at")[:RED_FLAGS_SHOWN]
    )
    return [
        (check.local_day, words.alarming_items(_values("red_flag_checks", check)))
        for check in checks
    ]


def evidence_lines(
    patient: Patient, flags: Iterable[Flag]
) -> dict[Any, list[EvidenceLine]]:
    """Return, by flag, the entries it rests on; one query for each collection."""
    flags = list(flags)
    cited = {flag.pk: _cited(flag) for flag in flags}
    known = _entries_by_id(
        patient, [item for items in cited.values() for item in items]
    )
    return {
        pk: [_evidence_line(item, known) for item in items]
        for pk, items in cited.items()
    }


def _cited(flag: Flag) -> list[dict[str, Any]]:
    evidence = flag.evidence if isinstance(flag.evidence, dict) else {}
    entries = evidence.get("entries") or []
    return [item for item in entries if isinstance(item, dict)]


def _entries_by_id(
    patient: Patient, cited: list[dict[str, Any]]
) -> dict[tuple[str, str], Entry]:
    known: dict[tuple[str, str], Entry] = {}
    for collection, model in MODELS.items():
        ids = {item.get("id") for item in cited if item.get("collection") == collection}
        if ids:
            for entry in _of(model, patient).filter(pk__in=ids):
                known[collection, entry.pk] = entry
    return known


def _evidence_line(
    item: dict[str, Any], known: dict[tuple[str, str], Entry]
) -> EvidenceLine:
    collection = str(item.get("collection", ""))
    entry = known.get((collection, str(item.get("id", ""))))
    value = item.get("value")
    return EvidenceLine(
        day=_day(item.get("day") or (entry.local_day if entry else None)),
        kind=_kind(collection),
        value="" if value is None else _value(value),
        now=_line(collection, entry).text if entry else "",
        withdrawn=bool(entry and entry.withdrawn_at),
    )


def _day(day: Any) -> str:
    """Return the day of a stored text or an entry; one that is none, as it stands."""
    try:
        return words.day(date.fromisoformat(str(day))) if day else ""
    except ValueError:
        return str(day)


def _value(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words.number(value)
    return ", ".join(words.plain(each) for each in str(value).split(", "))


def _of(model: type[Entry], patient: Patient) -> QuerySet[Entry]:
    return model._default_manager.filter(patient=patient)


def _line(collection: str, entry: Entry, *, caregiver: str = "") -> EntryLine:
    return EntryLine(
        entry=entry,
        collection=collection,
        kind=_kind(collection),
        text=words.describe(collection, _values(collection, entry)),
        caregiver=caregiver,
    )


def _kind(collection: str) -> str:
    return words.said(words.COLLECTION_NAMES.get(collection, "")) or words.plain(
        collection
    )


def _caregiver(patient: Patient, entry: Entry) -> str:
    """Return the name of who wrote it in the patient's place; empty for the patient."""
    if entry.recorded_by is None or entry.recorded_by_id == patient.user_id:
        return ""
    return entry.recorded_by.name or entry.recorded_by.email


def _values(collection: str, entry: Entry) -> dict[str, Any]:
    names = diary.COLLECTIONS[collection].field_names
    return {name: getattr(entry, name) for name in names}
