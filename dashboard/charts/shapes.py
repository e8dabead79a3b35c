"""The body map: where each region of the diary lies, seen from front, back and below.

Shapes are drawn for one half, from the midline (x = 0) outwards, and mirrored for the
other; each view has one outline that cuts all its shapes.
Source: clinical.md section 1.1 for what belongs to which root; the drawing is ours.
Caveat: a sketch to point at, not an atlas; neighbouring dermatomes overlap widely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final


_LEG: Final = (
    "M0 0H54C51 28 66 52 70 85C74 130 66 180 58 218C56 232 58 244 60 262C64 298 56 342 "
    "50 378C52 392 64 408 66 420C66 433 28 434 25 421C25 405 30 392 30 378C27 340 17 302 "
    "20 262C22 244 18 230 16 215C10 170 5 130 3 100L0 98"
)
_SOLE: Final = (
    "M26 4C38 -2 44 12 42 22C54 16 66 24 64 38C62 54 56 66 56 82C56 100 50 112 40 112"
    "C28 112 24 100 26 86C28 68 20 56 18 40C16 24 16 9 26 4Z"
)

_FRONT: Final[Mapping[str, str]] = {
    "groin": "M2 99L6 76L48 44L57 60L22 106Z",
    "genitals": "M0 76H6L2 99L4 104H0Z",
    "upper_anterior_thigh": "M22 106L57 60V158H22Z",
    "lower_anterior_thigh": "M22 158H57V214H22Z",
    "lateral_thigh": "M57 40H80V222H57Z",
    "inner_thigh": "M0 99L22 106V202H0Z",
    "medial_knee": "M0 202H22V214H38V248H0Z",
    "medial_shin": "M0 248H38V350H0Z",
    "lateral_shin": "M38 222H54V386H42L38 350Z",
    "lateral_calf": "M54 222H80V372H54Z",
    "medial_ankle": "M0 350H38L42 386H0Z",
    "dorsum_foot": "M20 386H53V409H20Z",
    "lateral_foot": "M53 386H80V411H53Z",
    "big_toe": "M10 409H36V440H10Z",
    "first_web_space": "M36 401H42V420H36Z",
    "little_toe": "M57 411H80V440H57Z",
}
_BACK: Final[Mapping[str, str]] = {
    "lower_back": "M0 0H80V40H0Z",
    "buttock": "M13 40H80V76L57 112H13Z",
    "inner_buttock": "M0 40H13V112H0Z",
    "perianal": "M0 70H7V88H0Z",
    "perineum": "M0 88H7L4 104H0Z",
    "lateral_thigh": "M80 76L57 112V214H80Z",
    "posterior_thigh": "M18 112H57V214H18Z",
    "inner_thigh": "M0 112H18V206H0Z",
    "popliteal": "M14 206H18V214H80V248H0V206Z",
    "posterior_calf": "M0 248H41V352H0Z",
    "lateral_calf": "M41 248H80V380H41Z",
    "medial_ankle": "M0 352H41V388H0Z",
    "heel": "M0 388H52V440H0Z",
    "lateral_foot": "M52 380H80V440H52Z",
}
_BELOW: Final[Mapping[str, str]] = {
    "big_toe": "M10 -4H43V23H10Z",
    "little_toe": "M54 10H70V36H54Z",
    "lateral_foot": "M46 36H70V84H46Z",
    "sole": "M10 23H54V36H46V84H10Z",
    "heel": "M10 84H70V120H10Z",
}

#: Where the name of a root stands, in the middle of the areas most specific to it.
_LABELS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "front": {"L2": (40, 120), "L3": (40, 188), "L4": (29, 300), "L5": (38, 398)},
    "back": {"S2": (37, 165), "S1": (58, 398)},
    "below": {"S1": (55, 60)},
}


@dataclass(frozen=True, kw_only=True)
class Area:
    """One region of one half, in one view: its SVG path, and whether it is mirrored."""

    region: str
    side: str
    path: str
    mirrored: bool


@dataclass(frozen=True, kw_only=True)
class View:
    """One drawing: its name, its box, the outline of a half, its areas and labels.

    From the front the patient's right is on the reader's left, as in the mirror of an
    examination; from behind and from below it is on the right.
    """

    name: str
    height: int
    outline: str
    shapes: Mapping[str, str]
    right_is_mirrored: bool

    def areas(self) -> Iterator[Area]:
        """Yield each region twice, right and left; small ones last, on top."""
        for region, path in self.shapes.items():
            for side in ("right", "left"):
                mirrored = (side == "right") == self.right_is_mirrored
                yield Area(region=region, side=side, path=path, mirrored=mirrored)

    def labels(self) -> list[tuple[str, int, int]]:
        """Return each root's name and place, on both halves."""
        return [
            (root, sign * x, y)
            for root, (x, y) in _LABELS[self.name].items()
            for sign in (-1, 1)
        ]


VIEWS: Final = (
    View(name="front", height=436, outline=_LEG, shapes=_FRONT, right_is_mirrored=True),
    View(name="back", height=436, outline=_LEG, shapes=_BACK, right_is_mirrored=False),
    View(
        name="below", height=118, outline=_SOLE, shapes=_BELOW, right_is_mirrored=False
    ),
)
