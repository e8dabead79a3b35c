"""The charts of a clinic's figures: definitions with their data, for `charts.js`.

Written as Vega-Lite by hand: they are few and plain, and Altair takes a second to load.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from alerts.domain.targets import ALERTING
from dashboard.domain.figures import MONTHS, Month, Week
from dashboard.selectors.figures import INTERVALS, Interval, RuleLoad


Document = dict[str, Any]
#: The height of one row of a chart with rows, and of a chart over time.
#: Unit: CSS pixels.
ROW: Final = 26
TALL: Final = 150
#: More marks than this are one smear, and slow: every so-manieth time is drawn.
MARKS: Final = 400
_TIERS: Final = {"domain": list(ALERTING), "range": "ordinal"}
_BECAME: Final = {
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
    unit = timedelta(hours=1) if key == "answer" else timedelta(days=1)
    values = [
        {"tier": each.tier, "time": time / unit, "what": "one alert"}
        for each in intervals
        for time in _thinned(sorted(each.spread.times))
    ]
    values += [
        {"tier": each.tier, "time": each.spread.median / unit, "what": "median"}
        for each in intervals
        if each.spread.median is not None
    ]
    name = "Hours" if key == "answer" else "Days"
    encoding = {
        "y": {"field": "tier", "type": "nominal", "title": None, "sort": ALERTING},
        "x": {
            "field": "time",
            "type": "quantitative",
            "title": name,
            "scale": {"type": "symlog", "domainMin": 0},
            "axis": {"tickCount": 6, "format": "~r"},
        },
        "color": {"field": "tier", "type": "nominal", "legend": None, "scale": _TIERS},
        "tooltip": [
            {"field": "what", "title": "What"},
            {"field": "time", "title": name, "format": ".3~r"},
        ],
    }
    tiers = {each.tier for each in intervals}
    return _document(
        f"time-{key}",
        f"{INTERVALS[key]}: each alert, and the median",
        values,
        {
            "height": ROW * max(2, len(tiers)),
            "encoding": encoding,
            "layer": [
                _filtered(
                    "datum.what === 'one alert'", {"type": "tick", "opacity": 0.5}
                ),
                _filtered(
                    "datum.what === 'median'",
                    {"type": "point", "shape": "diamond", "size": 110, "filled": True},
                ),
            ],
        },
    )


def _load(loads: list[RuleLoad]) -> Document:
    values = [
        {
            "rule": each.rule,
            "became": words,
            "alerts": getattr(each, key),
            "place": place,
        }
        for each in loads
        for place, (key, words) in enumerate(_BECAME.items())
        if getattr(each, key)
    ]
    return _document(
        "load",
        "Alerts by rule, and what they came to",
        values,
        {
            "height": ROW * max(2, len(loads)),
            "mark": {"type": "bar"},
            "encoding": {
                "y": {"field": "rule", "type": "nominal", "title": None, "sort": None},
                "x": {
                    "field": "alerts",
                    "type": "quantitative",
                    "title": "Alerts",
                    "axis": {"tickMinStep": 1, "format": "d"},
                },
                "color": _category("became", list(_BECAME.values())),
                "order": {"field": "place"},
                "tooltip": [
                    {"field": "rule", "title": "Rule"},
                    {"field": "became", "title": "Came to"},
                    {"field": "alerts", "title": "Alerts"},
                ],
            },
        },
    )


def _caseload(days: Iterable[tuple[date, dict[str, int]]]) -> Document:
    values = [
        {"day": day.isoformat(), "tier": tier, "alerts": count}
        for day, counts in days
        for tier, count in counts.items()
    ]
    return _document(
        "caseload",
        "Unresolved alerts at the end of each day, by tier",
        values if any(each["alerts"] for each in values) else [],
        {
            "height": TALL,
            "mark": {"type": "area", "interpolate": "step-after"},
            "encoding": {
                "x": _time("day"),
                "y": {"field": "alerts", "type": "quantitative", "title": None},
                "color": {"field": "tier", "legend": None, "scale": _TIERS},
                "tooltip": [
                    {"field": "day", "type": "temporal", "title": "Day"},
                    {"field": "tier", "title": "Tier"},
                    {"field": "alerts", "title": "Unresolved"},
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
        "Days with an entry, in percent of all days of all patients, by week",
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
                    {"field": "week", "type": "temporal", "title": "Week of"},
                    {"field": "percent", "title": "Percent"},
                ],
            },
        },
    )


def _months(months: Iterable[Month]) -> Document:
    values = [
        {
            "month": f"{each.starts:%b %Y}",
            "days": name,
            "patients": each.patients[name],
            "place": place,
        }
        for each in months
        for place, (name, *_) in enumerate(MONTHS)
        if each.patients[name]
    ]
    return _document(
        "months",
        "Patients by the number of days with an entry, by month",
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
                "color": _category("days", [name for name, *_ in reversed(MONTHS)]),
                "order": {"field": "place", "sort": "descending"},
                "tooltip": [
                    {"field": "month", "title": "Month"},
                    {"field": "days", "title": "Days with an entry"},
                    {"field": "patients", "title": "Patients"},
                ],
            },
        },
    )


def _filtered(condition: str, mark: dict[str, Any]) -> dict[str, Any]:
    return {"transform": [{"filter": condition}], "mark": mark}


def _time(name: str) -> dict[str, Any]:
    axis = {"format": "%-d %b", "grid": False, "labelFlush": True, "tickCount": 6}
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
            "autosize": {"type": "fit-x", "contains": "padding"},
            "data": {"values": values},
            **spec,
        },
    }
