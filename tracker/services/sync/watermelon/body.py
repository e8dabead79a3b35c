"""From the body of a push to rows by patient; what cannot be theirs is set aside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from tracker.domain.diary import COLLECTIONS, ID_PATTERN
from tracker.errors import BodyTooLarge, InvalidInput
from tracker.models import Quarantine
from tracker.selectors import sync as selectors
from tracker.selectors.access import SyncedPatient
from tracker.services.sync import quarantine
from tracker.services.sync.envelope import MAX_RECORDS, read_json
from tracker.services.sync.quarantine import Kept


NOT_NAMED: Final = {"patient_id": ["Say whose diary this is."]}
NOT_YOURS: Final = {"patient_id": ["This account has no diary of that patient."]}
READ_ONLY: Final = {"patient_id": ["This account may read this diary, not write it."]}
NO_LONGER: Final = {
    "patient_id": ["This account may no longer write here. The clinic can see this."]
}
_ID: Final = re.compile(rf"{ID_PATTERN}\Z")


@dataclass
class Rows:
    """The rows of one patient by collection, and the ids that their phone deleted."""

    written: dict[str, list[Any]] = field(default_factory=dict)
    deleted: dict[str, list[str]] = field(default_factory=dict)
    refused: list[Kept] = field(default_factory=list)


@dataclass(frozen=True)
class Household:
    """Whose rows an account may bring: now, and whose it once might.

    `former` are patients whom the account has cared for; what it still brings for them
    is kept for their clinic.
    """

    accesses: Mapping[UUID, SyncedPatient]
    former: frozenset[UUID]

    @property
    def default(self) -> UUID | None:
        """The patient of a row that names none: the own one, or the only one."""
        own = [pk for pk, each in self.accesses.items() if each.own]
        known = own or list(self.accesses)
        return known[0] if len(known) == 1 else None

    @property
    def keeper(self) -> UUID:
        """The patient beside whose diary rows are kept that belong nowhere."""
        return self.default or next(iter((*self.accesses, *sorted(self.former))))


def open_body(body: bytes, *, gzipped: bool) -> dict[str, dict[str, Any]]:
    """Return the changes of the tables that phones may fill, by table.

    Other tables are the app's own business. Each list holds whatever came.

    Raises:
        BodyTooLarge: more bytes or records than one push may hold.
        InvalidInput: not JSON, nested too deeply, or not an object of tables.
    """
    tables = read_json(body, gzipped=gzipped)
    if not isinstance(tables, dict):
        raise InvalidInput("The body must be an object of tables.")
    changes = {
        name: _lists(tables[name])
        for name in COLLECTIONS
        if tables.get(name) is not None
    }
    if (
        sum(len(rows) for lists in changes.values() for rows in lists.values())
        > MAX_RECORDS
    ):
        raise BodyTooLarge(f"Send at most {MAX_RECORDS} records in one request.")
    return changes


def _lists(table: Any) -> dict[str, list[Any]]:
    """Return the three lists of a table; what is none becomes a row to be refused."""
    if not isinstance(table, dict):
        return {"written": [table], "deleted": []}
    created, updated, deleted = (
        _list(table.get(name)) for name in ("created", "updated", "deleted")
    )
    return {"written": created + updated, "deleted": deleted}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def sort_rows(
    changes: dict[str, dict[str, list[Any]]], household: Household
) -> dict[UUID, Rows]:
    """Return the rows by patient, each where it may be stored or is kept."""
    found: dict[UUID, Rows] = {}
    for name, lists in changes.items():
        ids = {*map(_id, lists["written"]), *filter(_is_id, lists["deleted"])} - {""}
        holders = {
            id_: row.patient_id for id_, row in selectors.held(name, ids).items()
        }
        for row in lists["written"]:
            patient, why = _owner(row, household, holders)
            rows = found.setdefault(patient, Rows())
            if why is None:
                rows.written.setdefault(name, []).append(row)
            else:
                rows.refused.append(_kept(name, row, why))
        for id_ in filter(_is_id, lists["deleted"]):
            _sort_deletion(name, id_, holders.get(id_), household, found)
    return found


Why = tuple[str, dict[str, list[str]]]


def _owner(
    row: Any, household: Household, holders: Mapping[str, UUID]
) -> tuple[UUID, Why | None]:
    """Return whose row this is, and why it must not be stored there."""
    named = _named(row)
    patient = named or _holder(row, household, holders) or household.default
    if patient is None:
        return household.keeper, (Quarantine.INVALID, NOT_NAMED)
    if patient in household.accesses:
        if household.accesses[patient].may_write:
            return patient, None
        return patient, (Quarantine.INVALID, READ_ONLY)
    if patient in household.former:
        return patient, (Quarantine.INVALID, NO_LONGER)
    return household.keeper, (Quarantine.FOREIGN, NOT_YOURS)


def _holder(row: Any, household: Household, holders: Mapping[str, UUID]) -> UUID | None:
    holder = holders.get(_id(row))
    return holder if holder in household.accesses else None


def _named(row: Any) -> UUID | None:
    """Return the patient that the row names; a name that is no id names nobody."""
    named = row.get("patient_id") if isinstance(row, dict) else None
    if named is None or named == "":
        return None
    try:
        return UUID(named)
    except (ValueError, TypeError, AttributeError):
        return UUID(int=0)


def _sort_deletion(
    name: str,
    id_: str,
    holder: UUID | None,
    household: Household,
    found: dict[UUID, Rows],
) -> None:
    if holder is None:  # never known: nothing to do
        return
    access = household.accesses.get(holder)
    if access is not None and access.may_write:
        rows = found.setdefault(holder, Rows())
        rows.deleted.setdefault(name, []).append(id_)
    elif access is None and holder not in household.former:
        kept = _kept(
            name,
            {"id": id_, "deleted": True},
            (Quarantine.FOREIGN, quarantine.FOREIGN_ID),
        )
        found.setdefault(household.keeper, Rows()).refused.append(kept)


def _kept(name: str, row: Any, why: Why) -> Kept:
    reason, errors = why
    return Kept(name, _id(row), reason, errors, msgspec.json.encode(row))


def _id(row: Any) -> str:
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, str) and _is_id(found) else ""


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.match(value) is not None


def ids_in(rows: Iterable[Any]) -> Iterator[str]:
    """Yield the usable ids of rows."""
    return filter(None, map(_id, rows))
