"""The charts of the page as SVG for paper: the same definitions, ink for a printer."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from dashboard.charts.page import chart_documents
from dashboard.selectors.signals import Signals


#: Width of a chart, and the height of one with a scale to 10 and of a lower one.
#: Unit: points, 1/72 inch.
WIDTH: Final = 350
HEIGHTS: Final = {"events": 44, "pain": 66, "numbness": 66}
LOW: Final = 40

_INK: Final = {"left": "#0b63b0", "right": "#b84a00", "muted": "#51606e"}
_TIERS: Final = ["#b01020", "#d9730d", "#d6a419", "#5d9cc7", "#a9b4bf", "#7b8894"]


def _dot(leg: str, shape: str, *, filled: bool) -> dict[str, Any]:
    return {
        "shape": shape,
        "size": 10,
        "filled": filled,
        "opacity": 1,
        "strokeWidth": 0.8,
        "color": _INK[leg],
    }


#: What charts.js fills in from the page's colours, for white paper.
_CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": "Open Sans",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "#333",
        "labelFontSize": 7,
        "domainColor": "#bbb",
        "tickColor": "#bbb",
        "gridColor": "#ddd",
        "minExtent": 44,
        "maxExtent": 44,
    },
    "axisX": {"minExtent": 0, "maxExtent": 20},
    "range": {"ordinal": _TIERS},
    "style": {
        "nothing": {"opacity": 0},
        "silence": {"color": "#e3e7eb", "opacity": 1},
        "event-line": {"strokeWidth": 0.6, "strokeDash": [2, 2]},
        "treatment-span": {"color": "#7b8894", "opacity": 0.35, "height": 5},
        "event": {"size": 32, "filled": True, "opacity": 1},
        "usual-left": {"color": _INK["left"], "opacity": 0.12},
        "usual-right": {"color": _INK["right"], "opacity": 0.12},
        "usual-line-left": {"color": _INK["left"], "strokeDash": [1, 2]},
        "usual-line-right": {"color": _INK["right"], "strokeDash": [1, 2]},
        "accepted-left": {"color": _INK["left"], "opacity": 0.2},
        "accepted-right": {"color": _INK["right"], "opacity": 0.2},
        "accepted-line-left": {"color": _INK["left"], "strokeWidth": 0.8},
        "accepted-line-right": {"color": _INK["right"], "strokeWidth": 0.8},
        "leg-left": {"color": _INK["left"], "strokeWidth": 1},
        "leg-right": {"color": _INK["right"], "strokeWidth": 1, "strokeDash": [4, 2]},
        "dot-left": _dot("left", "circle", filled=True),
        "dot-right": _dot("right", "triangle-up", filled=False),
        "not-done": {"shape": "cross", "angle": 45, "size": 16, "color": "#51606e"},
    },
}

#: The classes of `parts/body.svg`, for white paper.
BODY_INK: Final = """
.body-silent{fill:#e3e7eb}.body-0{fill:#fff;stroke:#d9e0e6;stroke-width:.6}
.body-1,.body-2,.body-3,.body-4,.body-5{fill:#8a1f6a;stroke:#d9e0e6;stroke-width:.6}
.body-1{fill-opacity:.2}.body-2{fill-opacity:.38}.body-3{fill-opacity:.56}
.body-4{fill-opacity:.76}
.body-new{stroke:#17212b;stroke-width:2;stroke-dasharray:4 2}
.body-line{fill:none;stroke:#51606e;stroke-width:1.2}
.body-root,.body-side{font:600 12px "Open Sans";fill:#17212b;text-anchor:middle}
.body-side{font-weight:400;fill:#51606e}
"""


def paper_charts(drawn: Signals) -> list[dict[str, str]]:
    """Return `title` and `svg` of each chart, the events first.

    The converter is a library with a JavaScript engine inside: it starts with the
    first sheet and never reads the network.
    """
    convert = import_module("vl_convert").vegalite_to_svg
    return [
        {"title": chart["title"], "svg": convert(_sized(chart), allowed_base_urls=[])}
        for chart in chart_documents(drawn)
    ]


def _sized(chart: dict[str, Any]) -> dict[str, Any]:
    height = HEIGHTS.get(chart["key"], LOW)
    return {
        **chart["spec"],
        "width": WIDTH,
        "height": height,
        "config": {**_CONFIG, **chart["spec"]["config"]},
    }
