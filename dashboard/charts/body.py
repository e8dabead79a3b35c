"""The body map as a drawing: shapes with a class each, coloured by page or paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.charts.shapes import VIEWS, View
from dashboard.selectors.body_map import BodyMap, Burden


Window = Literal["before", "now"]

#: Room for one view, from midline to midline; the units of the outlines.
VIEW_WIDTH: Final = 164
MARGIN: Final = 4
_TALLEST: Final = max(view.height for view in VIEWS)
#: Room below for the names of the sides.
FOOT: Final = 10


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One region of one half: its path, how it is filled, and what it says."""

    path: str
    flip: int
    filled: str
    says: str


@dataclass(frozen=True, kw_only=True)
class DrawnView:
    """One view of a drawing and where its midline stands."""

    view: View
    x: int
    shapes: list[Shape]
    labels: list[tuple[str, int, int]]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Front, back and soles, side by side, in one picture."""

    key: str
    title: str
    answered: str
    box: str
    views: list[DrawnView]


def drawing(mapped: BodyMap, window: Window) -> Drawing:
    """Return one window of a map, ready for `parts/body.svg`."""
    asked = mapped.asked_now if window == "now" else mapped.asked_before
    when = _("last 7 days") if window == "now" else _("28 days before")
    return Drawing(
        key=f"{mapped.key}-{window}",
        title=f"{mapped.title}, {when}",
        answered=ngettext("%s day answered", "%s days answered", asked) % asked,
        box=f"0 0 {VIEW_WIDTH * len(VIEWS)} {_TALLEST + MARGIN + FOOT}",
        views=[
            DrawnView(
                view=view,
                x=VIEW_WIDTH * place + VIEW_WIDTH // 2,
                shapes=_shapes(view, mapped, window),
                labels=view.labels(),
            )
            for place, view in enumerate(VIEWS)
        ],
    )


def _shapes(view: View, mapped: BodyMap, window: Window) -> list[Shape]:
    shapes = []
    for area in view.areas():
        known = mapped.areas[area.region, area.side]
        burden = known.now if window == "now" else known.before
        filled = _filled(burden)
        if window == "now" and known.is_new:
            filled += " body-new"
        shapes.append(
            Shape(
                path=area.path,
                flip=-1 if area.mirrored else 1,
                filled=filled,
                says=f"{known.name}: {burden}",
            )
        )
    return shapes


def _filled(burden: Burden) -> str:
    return f"body-{burden.level}" if burden.asked else "body-silent"
