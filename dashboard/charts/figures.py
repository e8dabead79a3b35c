"""The charts of a clinic's figures: definitions with their data, for `charts.js`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.utils import dateformat
from django.utils.translation import gettext as _

from alerts.domain.targets import ALERTING
from dashboard.charts.numbers import number_locale
from dashboard.domain.figures import MONTHS, Month, Week
from dashboard.domain.words import plain, said
from dashboard.selectors.figures import INTERVALS, Interval, RuleLoad


Document = dict[str, Any]
#: The height of one row of a chart with rows, and of a chart over time.
#: Unit: CSS pixels.
ROW: Final = 26
TALL: Final = 150
#: More marks than this are one smear, and slow: every so-manieth time is drawn.
MARKS: Final = 400
BECAME: Final = {
    "acted": "something was done",
    "nothing": "nothing to do",
    "false_alarm": "false alarm",
    "unresolved": "not resolved yet",
}


def documents(
    intervals: Iterable[Interval],
    loads: Iterable[RuleLoad],
    caseload: Iterable[tuple[date, dict[str, int]]],
    weeks: Iterable[Week],
    months: Iterable[Month],
) -> list[Document]:
    """Return every chart of the page; one without data is left out."""
    found = list(intervals)
    charts = [
        _times(key, [each for each in found if each.key == key]) for key in INTERVALS
    ]
    charts += [_load(list(loads)), _caseload(caseload), _weeks(weeks), _months(months)]
    return [chart for chart in charts if chart["spec"]["data"]["values"]]


def _times(key: str, intervals: list[Interval]) -> Document:
    """Draw every time as a tick, and the median of each tier."""
    one, median = _("one alert"), _("median")
    unit = timedelta(hours=1) if key == "answer" else timedelta(days=1)
    values = _each_time(intervals, unit, one=one, median=median)
    name = _("Hours") if key == "answer" else _("Days")
    encoding = _times_by_tier(name)
    tiers = {each.tier for each in intervals}
    return _document(
        f"time-{key}",
        _("%s: each alert, and the median") % said(INTERVALS[key]),
        values,
        {
            "height": ROW * max(2, len(tiers)),
            "encoding": encoding,
            "layer": [
                _filtered(
                    f"datum.what === {json.dumps(one)}",
                    {"type": "tick", "opacity": 0.5},
                ),
                _filtered(
                    f"datum.what === {json.dumps(median)}",
                    {"type": "point", "shape": "diamond", "size": 110, "filled": True},
                ),
            ],
        },
    )


def _times_by_tier(name: str) -> dict[str, Any]:
    return {
        "y": {
            "field": "tier",
            "type": "nominal",
            "title": None,
            "sort": _tiers()["domain"],
        },
        "x": {
            "field": "time",
            "type": "quantitative",
            "title": name,
            "scale": {"type": "symlog", "domainMin": 0},
            "axis": {"tickCount": 6, "format": "~r"},
        },
        "color": {
            "field": "tier",
            "type": "nominal",
            "legend": None,
            "scale": _tiers(),
        },
        "tooltip": [
            {"field": "what", "title": _("What")},
            {"field": "time", "title": name, "format": ".3~r"},
        ],
    }


def _each_time(
    intervals: list[Interval], unit: timedelta, *, one: str, median: str
) -> list[dict[str, Any]]:
    values = [
        {"tier": plain(each.tier), "time": time / unit, "what": one}
        for each in intervals
        for time in _thinned(sorted(each.spread.times))
    ]
    return values + [
        {"tier": plain(each.tier), "time": each.spread.median / unit, "what": median}
        for each in intervals
        if each.spread.median is not None
    ]


def _load(loads: list[RuleLoad]) -> Document:
    values = [
        {
            "rule": each.rule,
            "became": said(words),
            "alerts": getattr(each, key),
            "place": place,
        }
        for each in loads
        for place, (key, words) in enumerate(BECAME.items())
        if getattr(each, key)
    ]
    return _document(
        "load",
        _("Alerts by rule, and what they came to"),
        values,
        {
            "height": ROW * max(2, len(loads)),
            "mark": {"type": "bar"},
            "encoding": {
                "y": {"field": "rule", "type": "nominal", "title": None, "sort": None},
                "x": {
                    "field": "alerts",
                    "type": "quantitative",
                    "title": _("Alerts"),
                    "axis": {"tickMinStep": 1, "format": "d"},
                },
                "color": _category(
                    "became", [said(words) for words in BECAME.values()]
                ),
                "order": {"field": "place"},
                "tooltip": [
                    {"field": "rule", "title": _("Rule")},
                    {"field": "became", "title": _("Came to")},
                    {"field": "alerts", "title": _("Alerts")},
                ],
            },
        },
    )


def _caseload(days: Iterable[tuple[date, dict[str, int]]]) -> Document:
    values = [
        {"day": day.isoformat(), "tier": plain(tier), "alerts": count}
        for day, counts in days
        for tier, count in counts.items()
    ]
    return _document(
        "caseload",
        _("Unresolved alerts at the end of each day, by tier"),
        values if any(each["alerts"] for each in values) else [],
        {
            "height": TALL,
            "mark": {"type": "area", "interpolate": "step-after"},
            "encoding": {
                "x": _time("day"),
                "y": {"field": "alerts", "type": "quantitative", "title": None},
                "color": {"field": "tier", "legend": None, "scale": _tiers()},
                "tooltip": [
                    {
                        "field": "day",
                        "type": "temporal",
                        "title": _("Day"),
                        "format": _("%-d %b %Y"),
                    },
                    {"field": "tier", "title": _("Tier")},
                    {"field": "alerts", "title": _("Unresolved")},
                ],
            },
        },
    )


def _weeks(weeks: Iterable[Week]) -> Document:
    values = [
        {"week": each.starts.isoformat(), "percent": each.percent}
        for each in weeks
        if each.percent is not None
    ]
    return _document(
        "weeks",
        _("Days with an entry, in percent of all days of all patients, by week"),
        values,
        {
            "height": TALL,
            "mark": {"type": "line", "point": True, "style": "leg-left"},
            "encoding": {
                "x": _time("week"),
                "y": {
                    "field": "percent",
                    "type": "quantitative",
                    "title": None,
                    "scale": {"domain": [0, 100]},
                },
                "tooltip": [
                    {
                        "field": "week",
                        "type": "temporal",
                        "title": _("Week of"),
                        "format": _("%-d %b %Y"),
                    },
                    {"field": "percent", "title": _("Percent")},
                ],
            },
        },
    )


def _months(months: Iterable[Month]) -> Document:
    values = [
        {
            "month": dateformat.format(each.starts, "M Y"),
            "days": said(name),
            "patients": each.patients[name],
            "place": place,
        }
        for each in months
        for place, (name, _low, _high) in enumerate(MONTHS)
        if each.patients[name]
    ]
    return _document(
        "months",
        _("Patients by the number of days with an entry, by month"),
        values,
        {
            "height": TALL,
            "mark": {"type": "bar"},
            "encoding": {
                "x": {
                    "field": "month",
                    "type": "ordinal",
                    "title": None,
                    "sort": None,
                    "axis": {"labelAngle": 0},
                },
                "y": {"field": "patients", "type": "quantitative", "title": None},
                "color": _category(
                    "days", [said(kind[0]) for kind in reversed(MONTHS)]
                ),
                "order": {"field": "place", "sort": "descending"},
                "tooltip": [
                    {"field": "month", "title": _("Month")},
                    {"field": "days", "title": _("Days with an entry")},
                    {"field": "patients", "title": _("Patients")},
                ],
            },
        },
    )


def _tiers() -> dict[str, Any]:
    return {"domain": [plain(tier) for tier in ALERTING], "range": "ordinal"}


def _filtered(condition: str, mark: dict[str, Any]) -> dict[str, Any]:
    return {"transform": [{"filter": condition}], "mark": mark}


def _time(name: str) -> dict[str, Any]:
    axis = {"format": _("%-d %b"), "grid": False, "labelFlush": True, "tickCount": 6}
    return {"field": name, "type": "temporal", "title": None, "axis": axis}


def _category(name: str, domain: list[str]) -> dict[str, Any]:
    return {
        "field": name,
        "type": "nominal",
        "title": None,
        "legend": {"orient": "bottom", "columns": 2},
        "scale": {"domain": domain, "range": "category"},
    }


def _thinned(times: list[timedelta]) -> list[timedelta]:
    return times[:: max(1, -(-len(times) // MARKS))]


def _document(
    key: str, title: str, values: list[dict[str, Any]], spec: dict[str, Any]
) -> Document:
    return {
        "key": key,
        "title": title,
        "spec": {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "description": title,
            "width": "container",
            "config": {"locale": {"number": number_locale()}},
            "autosize": {"type": "fit-x", "contains": "padding"},
            "data": {"values": values},
            **spec,
        },
    }
