"""The neurological examination as a form: rows, words for the grades, what is normal.

Source: MRC grades, Medical Research Council, Aids to the examination of the peripheral
nervous system; key movements by root as in the ISNCSCI examination.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.domain.words import plain, said


SIDES: Final = ("left", "right")

#: The key movement of each myotome.
MOVEMENTS: Final = {
    "L2": "hip flexion",
    "L3": "knee extension",
    "L4": "ankle dorsiflexion",
    "L5": "big-toe extension",
    "S1": "ankle plantar flexion",
}
REFLEXES: Final = {
    "patellar": "patellar (L4)",
    "medial_hamstring": "medial hamstring (L5)",
    "achilles": "Achilles (S1)",
}
#: kind -> grade -> what it means; the MRC scale for power.
GRADES: Final[Mapping[str, Mapping[int, str]]] = {
    "power": {
        5: "normal",
        4: "against some resistance",
        3: "against gravity",
        2: "gravity eliminated",
        1: "flicker",
        0: "no contraction",
    },
    "reflex": {2: "normal", 0: "absent", 1: "reduced", 3: "brisk", 4: "clonus"},
    "sensation": {2: "normal", 1: "altered", 0: "absent"},
}
#: The grade of an unremarkable leg, for "the rest is normal".
NORMAL: Final = {"power": 5, "reflex": 2, "sensation": 2}
TITLES: Final = {
    "power": "Power, MRC grade",
    "reflex": "Reflexes",
    "sensation": "Sensation to light touch",
    "straight_leg_raise": "Straight-leg raise",
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One side of one row: the name of its field, its label, and what was typed."""

    name: str
    label: str
    typed: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that is examined on both sides."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One kind of finding; without `grades` its cells are numbers of degrees."""

    kind: str
    title: str
    grades: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    rest_is_normal: bool

    @property
    def rest(self) -> str:
        """Return the name of the field that says the rest is normal."""
        return f"{self.kind}.rest"


def sections(
    locations: Mapping[str, tuple[str, ...]], typed: Mapping[str, str]
) -> list[Section]:
    """Return the whole form: kind of finding -> its places, and what was typed."""
    return [
        Section(
            kind=kind,
            title=said(TITLES[kind]),
            grades=tuple(
                (str(grade), f"{grade} {said(meaning)}")
                for grade, meaning in GRADES.get(kind, {}).items()
            ),
            rows=tuple(_row(kind, place, typed) for place in places),
            rest_is_normal=bool(typed.get(f"{kind}.rest")),
        )
        for kind, places in locations.items()
    ]


def findings(
    locations: Mapping[str, tuple[str, ...]], typed: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield what was found; an empty cell is nothing, unless the rest is normal."""
    for kind, places in locations.items():
        rest = NORMAL.get(kind) if typed.get(f"{kind}.rest") else None
        for place in places:
            for side in SIDES:
                grade = typed.get(_name(kind, place, side), "").strip()
                if grade or rest is not None:
                    yield {
                        "kind": kind,
                        "location": place,
                        "side": side,
                        "grade": grade or rest,
                    }


def _row(kind: str, place: str, typed: Mapping[str, str]) -> Row:
    label = _label(kind, place)
    return Row(
        label=label,
        cells=tuple(
            Cell(
                name=_name(kind, place, side),
                label=f"{said(TITLES[kind])}, {label}, {plain(side)}",
                typed=typed.get(_name(kind, place, side), ""),
            )
            for side in SIDES
        ),
    )


def _label(kind: str, place: str) -> str:
    if kind == "power":
        return f"{place} {said(MOVEMENTS[place])}"
    if kind == "straight_leg_raise":
        return _("Pain begins at")
    return said(REFLEXES.get(place, place))


def _name(kind: str, place: str, side: str) -> str:
    return f"{kind}.{place}.{side}"
