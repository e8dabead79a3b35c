"""The charts of a patient, defined once in Vega-Lite; colours come from the page.

Every mark names a style (`leg-left`, `dot-right`, `silence`, ...). The browser fills
the styles from the CSS custom properties of the page, so light, dark and paper share
this one definition. Data arrive as named datasets and never pass through here.

Written by hand: Altair, which makes the same, took three seconds of the first chart of
each process and 35 MB of its memory.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.charts.numbers import number_locale
from dashboard.domain.words import said


Part = dict[str, Any]
SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
#: Height of one chart; power has four grades, pain eleven.
#: Unit: CSS pixels.
HEIGHT: Final = {10: 130, 3: 84}
#: How far the legs are drawn apart, so that equal scores do not hide each other.
#: Unit: CSS pixels.
APART: Final = {"left": -2, "right": 2}
#: Room below and above a scale, so that its ends are not hidden by the edge.
#: Unit: share of the scale.
ROOM: Final = 0.05
EVENTS_HEIGHT: Final = 78
#: The name of the selection of days, by which `charts.js` hears of it.
BRUSH: Final = "days"
LANES: Final = ["flag", "treatment", "exam"]
#: The name of the marks that can be drawn over.
POINTS: Final = "points"
_TIERS: Final = ["emergency", "urgent", "soon", "watch", "info", ""]


@cache
def signal_chart(high: int, language: str) -> Part:
    """Return the Vega-Lite definition of one quantity with a scale of 0 to `high`.

    `language` is the one that is spoken now; what is kept is kept for each.
    """
    y = _up("value", high)
    layers = [
        *_background(),
        *(mark for leg in APART for mark in _usual(leg, high)),
        *(mark for leg in APART for mark in _accepted(leg, high)),
        *(_line(leg, y) for leg in APART),
        *(_dots(leg, y) for leg in APART),
        _not_done(y),
    ]
    return _chart(layers, HEIGHT.get(high, HEIGHT[10]))


@cache
def events_chart(language: str) -> Part:
    """Return the definition of the lanes of flags, treatments and examinations."""
    lane = {
        **_field("kind", "nominal"),
        "title": None,
        "scale": {"domain": LANES},
        "axis": {
            "labelExpr": f"{_lane_names()}[datum.label]",
            "ticks": False,
            "domain": False,
        },
    }
    tips = [_tip("label", _("What")), _day_tip(_("On"))]
    spans = _layer(
        "events",
        {"type": "bar", "style": "treatment-span"},
        {**_days("day"), "y": lane, "tooltip": tips},
        _filter("datum.kind == 'treatment' && datum.end != datum.day"),
    )
    points = _layer(
        "events",
        {"type": "point", "style": "event"},
        {"x": _day("day"), "y": lane, "shape": _shape(), **_tier(), "tooltip": tips},
    )
    # Drawing over some days shows only these, in all charts.
    brush = {
        "name": BRUSH,
        "select": {"type": "interval", "encodings": ["x"]},
        "views": [POINTS],
    }
    layers = [_window(), spans, points | {"name": POINTS}]
    return _chart(layers, EVENTS_HEIGHT) | {"params": [brush]}


def _shape() -> Part:
    shapes = ["triangle-up", "square", "diamond"]
    scale = {"domain": LANES, "range": shapes}
    return {**_field("kind", "nominal"), "legend": None, "scale": scale}


def _tier() -> Part:
    scale = {"domain": _TIERS, "range": "ordinal"}
    return {"color": {**_field("tier", "nominal"), "legend": None, "scale": scale}}


def _lane_names() -> str:
    names = {"flag": _("Flags"), "treatment": _("Treatment"), "exam": _("Exam")}
    return json.dumps(names, ensure_ascii=False)


def _field(name: str, kind: str) -> Part:
    return {"field": name, "type": kind}


def _tip(name: str, title: str) -> Part:
    return {**_field(name, "nominal"), "title": title}


def _day_tip(title: str) -> Part:
    form = {"timeUnit": "utcyearmonthdate", "format": _("%-d %b %Y")}
    return {**_field("day", "temporal"), "title": title, **form}


def _day(name: str) -> Part:
    form = _("%-d %b")
    return {
        **_field(name, "temporal"),
        "title": None,
        "scale": {"type": "utc", "nice": False},
        "axis": {"format": form, "grid": False, "labelFlush": True, "tickCount": 6},
    }


def _days(start: str) -> Part:
    return {"x": _day(start), "x2": {"field": "end"}}


def _up(name: str, high: int) -> Part:
    ends = [-ROOM * high, (1 + ROOM) * high]
    return {
        **_field(name, "quantitative"),
        "title": None,
        "scale": {"domain": ends, "nice": False},
        "axis": {"values": list(range(0, high + 1, 5 if high > 3 else 1))},
    }


def _filter(condition: str) -> Part:
    return {"filter": condition}


def _layer(dataset: str, mark: Part, encoding: Part, *transform: Part) -> Part:
    """Return one layer: which data, what is done to them, and how they are drawn."""
    layer = {"data": {"name": dataset}, "mark": mark, "encoding": encoding}
    return layer | {"transform": list(transform)} if transform else layer


def _window() -> Part:
    """Keep the axis on the chosen range, however few answers there are."""
    return _layer("window", {"type": "rule", "style": "nothing"}, {"x": _day("day")})


def _background() -> list[Part]:
    what = [_tip("label", _("What"))]
    silence = _layer(
        "silences",
        {"type": "rect", "style": "silence"},
        {**_days("start"), "tooltip": what},
    )
    marks = _layer(
        "events",
        {"type": "rule", "style": "event-line"},
        {"x": _day("day"), **_tier(), "tooltip": what},
        _filter("datum.tier != 'info'"),
    )
    return [_window(), silence, marks]


def _usual(leg: str, high: int) -> list[Part]:
    """Draw what is usual for the patient: a band where it varies, and its middle."""
    return _level("usual", leg, high, {"tooltip": [_tip("label", _("Usual"))]})


def _accepted(leg: str, high: int) -> list[Part]:
    """Draw what a clinician accepted as usual: from its day until the next one."""
    tip = {"tooltip": [_tip("label", _("Accepted"))]}
    return _level("accepted", leg, high, {**_days("start"), **tip})


def _level(name: str, leg: str, high: int, more: Part) -> list[Part]:
    mine = _of_leg(leg)
    band = {"y": _up("low", high), "y2": {"field": "high"}, **more}
    middle = {"y": _up("center", high), **more}
    line = {"type": "rule", "style": f"{name}-line-{leg}", "yOffset": APART[leg]}
    return [
        _layer(name, {"type": "rect", "style": f"{name}-{leg}"}, band, mine),
        _layer(name, line, middle, mine),
    ]


def _of_leg(leg: str) -> Part:
    return _filter(f"datum.leg == '{leg}'")


def _answers(leg: str, mark: Part, encoding: Part) -> Part:
    side = {"calculate": json.dumps(said(leg), ensure_ascii=False), "as": "side"}
    mark = {**mark, "yOffset": APART[leg]}
    return _layer("answers", mark, encoding, _of_leg(leg), side)


def _line(leg: str, y: Part) -> Part:
    """Join the days of one unbroken run; silence is never bridged."""
    mark = {"type": "line", "style": f"leg-{leg}"}
    run = {"detail": _field("run", "nominal")}
    return _answers(leg, mark, {"x": _day("day"), "y": y, **run})


def _dots(leg: str, y: Part) -> Part:
    value = {**_field("value", "quantitative"), "title": _("Value"), "format": ".1~f"}
    tips = [_day_tip(_("Day")), _tip("side", _("Leg")), value]
    mark = {"type": "point", "style": f"dot-{leg}"}
    return _answers(leg, mark, {"x": _day("day"), "y": y, "tooltip": tips})


def _not_done(y: Part) -> Part:
    encoding = {"x": _day("day"), "y": y, "tooltip": [_tip("label", _("What"))]}
    return _layer("not_done", {"type": "point", "style": "not-done"}, encoding)


def _chart(layers: list[Part], height: int) -> Part:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        # Of its own a chart has the decimal sign; the page brings all the rest.
        "config": {"locale": {"number": number_locale()}},
        "layer": layers,
    }
