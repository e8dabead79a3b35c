"""The charts of a patient, defined once in Altair; colours come from the page.

Every mark names a style (`leg-left`, `dot-right`, `silence`, ...). The browser fills
the styles from the CSS custom properties of the page, so light, dark and paper share
this one definition. Data arrive as named datasets and never pass through here.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import altair as alt
from django.utils.translation import gettext as _

from dashboard.charts.numbers import number_locale
from dashboard.domain.words import said


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


@cache
def signal_chart(high: int, language: str) -> dict[str, Any]:
    """Return the Vega-Lite definition of one quantity with a scale of 0 to `high`.

    `language` is the one that is spoken now; what is kept is kept for each.
    """
    y = _up("value", high)
    chart = alt.layer(
        *_background(),
        *(mark for leg in APART for mark in _usual(leg, high)),
        *(mark for leg in APART for mark in _accepted(leg, high)),
        *(_line(leg, y) for leg in APART),
        *(_dots(leg, y) for leg in APART),
        _not_done(y),
    )
    return _sized(chart, HEIGHT.get(high, HEIGHT[10]))


@cache
def events_chart(language: str) -> dict[str, Any]:
    """Return the definition of the lanes of flags, treatments and examinations."""
    lane = alt.Y(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=LANES),
        axis=alt.Axis(
            labelExpr=f"{_lane_names()}[datum.label]",
            ticks=False,
            domain=False,
        ),
    )
    events = alt.NamedData("events")
    tips = [
        alt.Tooltip("label:N", title=_("What")),
        alt.Tooltip("utcyearmonthdate(day):T", title=_("On"), format=_("%-d %b %Y")),
    ]
    spans = (
        alt.Chart(events)
        .transform_filter("datum.kind == 'treatment' && datum.end != datum.day")
        .mark_bar(style="treatment-span")
        .encode(x=_day("day"), x2="end:T", y=lane, tooltip=tips)
    )
    points = (
        alt.Chart(events)
        .mark_point(style="event")
        .encode(
            x=_day("day"),
            y=lane,
            shape=alt.Shape(
                "kind:N",
                legend=None,
                scale=alt.Scale(
                    domain=LANES, range=["triangle-up", "square", "diamond"]
                ),
            ),
            color=alt.Color(
                "tier:N", legend=None, scale=alt.Scale(domain=_TIERS, range="ordinal")
            ),
            tooltip=tips,
        )
    )
    # Drawing over some days shows only these, in all charts.
    brush = alt.selection_interval(name=BRUSH, encodings=["x"])
    return _sized(alt.layer(_window(), spans, points.add_params(brush)), EVENTS_HEIGHT)


def _lane_names() -> str:
    names = {"flag": _("Flags"), "treatment": _("Treatment"), "exam": _("Exam")}
    return json.dumps(names, ensure_ascii=False)


_TIERS: Final = ["emergency", "urgent", "soon", "watch", "info", ""]


def _day(name: str) -> alt.X:
    return alt.X(
        f"{name}:T",
        title=None,
        scale=alt.Scale(type="utc", nice=False),
        axis=alt.Axis(format=_("%-d %b"), grid=False, labelFlush=True, tickCount=6),
    )


def _up(name: str, high: int) -> alt.Y:
    return alt.Y(
        f"{name}:Q",
        title=None,
        scale=alt.Scale(domain=[-ROOM * high, (1 + ROOM) * high], nice=False),
        axis=alt.Axis(values=list(range(0, high + 1, 5 if high > 3 else 1))),
    )


def _window() -> Any:
    """Keep the axis on the chosen range, however few answers there are."""
    window = alt.Chart(alt.NamedData("window"))
    return window.mark_rule(style="nothing").encode(x=_day("day"))


def _background() -> list[Any]:
    silence = (
        alt.Chart(alt.NamedData("silences"))
        .mark_rect(style="silence")
        .encode(
            x=_day("start"),
            x2="end:T",
            tooltip=[alt.Tooltip("label:N", title=_("What"))],
        )
    )
    marks = (
        alt.Chart(alt.NamedData("events"))
        .transform_filter("datum.tier != 'info'")
        .mark_rule(style="event-line")
        .encode(
            x=_day("day"),
            color=alt.Color(
                "tier:N", legend=None, scale=alt.Scale(domain=_TIERS, range="ordinal")
            ),
            tooltip=[alt.Tooltip("label:N", title=_("What"))],
        )
    )
    return [_window(), silence, marks]


def _usual(leg: str, high: int) -> list[Any]:
    """Draw what is usual for the patient: a band where it varies, and its middle."""
    known = alt.Chart(alt.NamedData("usual"))
    mine = known.transform_filter(f"datum.leg == '{leg}'")
    tip = [alt.Tooltip("label:N", title=_("Usual"))]
    band = mine.mark_rect(style=f"usual-{leg}")
    middle = mine.mark_rule(style=f"usual-line-{leg}", yOffset=APART[leg])
    return [
        band.encode(y=_up("low", high), y2="high:Q", tooltip=tip),
        middle.encode(y=_up("center", high), tooltip=tip),
    ]


def _accepted(leg: str, high: int) -> list[Any]:
    """Draw what a clinician accepted as usual: from its day until the next one."""
    mine = alt.Chart(alt.NamedData("accepted")).transform_filter(
        f"datum.leg == '{leg}'"
    )
    tip = [alt.Tooltip("label:N", title=_("Accepted"))]
    days = {"x": _day("start"), "x2": "end:T", "tooltip": tip}
    return [
        mine.mark_rect(style=f"accepted-{leg}").encode(
            y=_up("low", high), y2="high:Q", **days
        ),
        mine.mark_rule(style=f"accepted-line-{leg}", yOffset=APART[leg]).encode(
            y=_up("center", high), **days
        ),
    ]


def _of_leg(leg: str) -> Any:
    answers = alt.Chart(alt.NamedData("answers"))
    mine = answers.transform_filter(f"datum.leg == '{leg}'")
    return mine.transform_calculate(side=json.dumps(said(leg), ensure_ascii=False))


def _line(leg: str, y: alt.Y) -> Any:
    """Join the days of one unbroken run; silence is never bridged."""
    line = _of_leg(leg).mark_line(style=f"leg-{leg}", yOffset=APART[leg])
    return line.encode(x=_day("day"), y=y, detail="run:N")


def _dots(leg: str, y: alt.Y) -> Any:
    dots = _of_leg(leg).mark_point(style=f"dot-{leg}", yOffset=APART[leg])
    return dots.encode(
        x=_day("day"),
        y=y,
        tooltip=[
            alt.Tooltip(
                "utcyearmonthdate(day):T", title=_("Day"), format=_("%-d %b %Y")
            ),
            alt.Tooltip("side:N", title=_("Leg")),
            alt.Tooltip("value:Q", title=_("Value"), format=".1~f"),
        ],
    )


def _not_done(y: alt.Y) -> Any:
    missed = alt.Chart(alt.NamedData("not_done")).mark_point(style="not-done")
    return missed.encode(
        x=_day("day"), y=y, tooltip=[alt.Tooltip("label:N", title=_("What"))]
    )


def _sized(chart: Any, height: int) -> dict[str, Any]:
    sized = chart.properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    definition: dict[str, Any] = sized.to_dict()
    # The page's, not Altair's defaults; of its own a chart has the decimal sign.
    definition["config"] = {"locale": {"number": number_locale()}}
    return definition
