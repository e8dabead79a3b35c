"""Two sets of flags side by side: which stay, appear, disappear or move.

Standard library only, since pages read the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, NamedTuple

from analytics.domain import budget
from tracker.domain.red_flags import TIERS


#: Flags of two sets of rules so close together are one that moved. Unit: days.
MOVED_WITHIN: Final = 28

SAME: Final = "the same"
APPEARS: Final = "appears"
DISAPPEARS: Final = "disappears"
EARLIER: Final = "earlier"
LATER: Final = "later"

#: The tiers of which none may get lost unnoticed.
PRESSING: Final = ("emergency", "urgent")


class Told(NamedTuple):
    """What makes a flag of a patient the same under two sets of rules."""

    rule: str
    tier: str
    side: str | None
    raised_on: date


def changes(
    before: Sequence[Told], after: Sequence[Told]
) -> Iterator[tuple[Told, str]]:
    """Yield each flag of a patient with what became of it.

    Each is matched once, the nearest first. What appears is yielded as it stands in
    `after`, everything else as in `before`.
    """
    left = [flag for flag in after if flag not in before]
    for flag in before:
        if flag in after:
            yield flag, SAME
            continue
        match = min(
            (other for other in left if _may_be(flag, other)),
            key=lambda other: abs(_apart(flag, other)),
            default=None,
        )
        if match is None:
            yield flag, DISAPPEARS
        else:
            left.remove(match)
            yield flag, EARLIER if _apart(flag, match) < 0 else LATER
    for flag in left:
        yield flag, APPEARS


def _may_be(flag: Told, other: Told) -> bool:
    return flag[:3] == other[:3] and abs(_apart(flag, other)) <= MOVED_WITHIN


def _apart(flag: Told, other: Told) -> int:
    return (other.raised_on - flag.raised_on).days


@dataclass(frozen=True, kw_only=True)
class Row:
    """The flags of one rule and tier under the numbers in force and those tried."""

    tier: str
    rule: str
    now: int = 0
    then: int = 0
    gained: int = 0
    lost: int = 0
    earlier: int = 0
    later: int = 0
    patients_now: int = 0
    patients_then: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether any flag appears, disappears or moves."""
        return bool(self.gained or self.lost or self.earlier or self.later)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Counts over many patients; of disjoint ones they can be added up."""

    rows: tuple[Row, ...] = ()
    patients: int = 0
    patient_days: int = 0
    flagged_now: int = 0
    flagged_then: int = 0
    failed: int = 0

    @property
    def changed(self) -> list[Row]:
        """The rules and tiers with flags that appear, disappear or move."""
        return [row for row in self.rows if row.is_changed]

    @property
    def unchanged(self) -> list[Row]:
        """The rules and tiers whose flags stay."""
        return [row for row in self.rows if not row.is_changed]

    @property
    def total(self) -> Row:
        """All flags together; who was flagged stands in `flagged_now` and `_then`."""
        names = [each.name for each in fields(Row)[2:-2]]
        return Row(
            tier="",
            rule="",
            **{name: sum(getattr(row, name) for row in self.rows) for name in names},
        )

    @property
    def pressing_lost(self) -> int:
        """Emergency and urgent flags that would not have been raised."""
        return sum(row.lost for row in self.rows if row.tier in PRESSING)

    @property
    def pressing_later(self) -> int:
        """Emergency and urgent flags that would have been raised later."""
        return sum(row.later for row in self.rows if row.tier in PRESSING)

    @property
    def patient_weeks(self) -> float:
        """The time of all patients together, in weeks."""
        return self.patient_days / 7

    @property
    def is_enough(self) -> bool:
        """Whether there was patient time enough to judge a rate."""
        return self.patient_weeks >= budget.ENOUGH_WEEKS

    def rate(self, count: int) -> float:
        """Return a count as flags per 100 patient-weeks."""
        return 100 * count / self.patient_weeks if self.patient_days else 0.0


_COLUMN: Final = {
    APPEARS: "gained",
    DISAPPEARS: "lost",
    EARLIER: "earlier",
    LATER: "later",
}


def compared(
    before: Mapping[str, Sequence[Told]],
    after: Mapping[str, Sequence[Told]],
    *,
    patients: int,
    patient_days: int,
) -> Comparison:
    """Return the counts of the flags of patients under two sets of rules."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for patient in {*before, *after}:
        one, other = before.get(patient, ()), after.get(patient, ())
        for name, flags in (("now", one), ("then", other)):
            cells.update((flag.tier, flag.rule, name) for flag in flags)
            seen = {(flag.tier, flag.rule) for flag in flags}
            cells.update((*each, f"patients_{name}") for each in seen)
        cells.update(
            (flag.tier, flag.rule, _COLUMN[what])
            for flag, what in changes(one, other)
            if what != SAME
        )
    return Comparison(
        rows=_rows(cells),
        patients=patients,
        patient_days=patient_days,
        flagged_now=sum(map(bool, before.values())),
        flagged_then=sum(map(bool, after.values())),
    )


def added(one: Comparison, other: Comparison) -> Comparison:
    """Return the counts of two disjoint groups of patients together."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for row in (*one.rows, *other.rows):
        for each in fields(Row)[2:]:
            cells[row.tier, row.rule, each.name] += getattr(row, each.name)
    whole = {
        each.name: getattr(one, each.name) + getattr(other, each.name)
        for each in fields(Comparison)[1:]
    }
    return Comparison(rows=_rows(cells), **whole)


def read(document: Mapping[str, Any]) -> Comparison:
    """Return the counts that `dataclasses.asdict` wrote; of nothing, none."""
    rows = tuple(Row(**row) for row in document.get("rows", ()))
    return Comparison(**{**document, "rows": rows})


def _rows(cells: Mapping[tuple[str, str, str], int]) -> tuple[Row, ...]:
    rows: dict[tuple[str, str], dict[str, int]] = {}
    for (tier, rule, name), count in cells.items():
        rows.setdefault((tier, rule), {})[name] = count
    ordered = sorted(rows, key=lambda key: (TIERS.index(key[0]), key[1]))
    return tuple(
        Row(tier=tier, rule=rule, **rows[tier, rule]) for tier, rule in ordered
    )
