"""The charts of one patient page: definitions with their data, and in words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboard.charts import definition
from dashboard.selectors.signals import Signal, Signals, first_day, signals
from tracker.models import Patient


RANGES: Final = {"30": 30, "90": 90, "all": 0}
DEFAULT_RANGE: Final = "90"
#: The longest time that charts are drawn of.
#: Unit: days. Source: our choice; no diary is longer.
LONGEST: Final = 20 * 366
Window = tuple[date, date]


def read_window(first: str, last: str, *, today: date) -> Window | None:
    """Return the days that an address asks for, up to today; None if it makes no sense."""
    try:
        window = date.fromisoformat(first), min(date.fromisoformat(last), today)
    except ValueError:
        return None
    return window if 0 <= (window[1] - window[0]).days <= LONGEST else None


def chart_signals(
    patient: Patient, *, chosen: str, today: date, window: Window | None = None
) -> Signals:
    """Return the numbers of the chosen range: `30`, `90` or `all` days up to today.

    A window, that is (first, last), goes before it.
    """
    if window:
        return signals(patient, first=window[0], last=window[1])
    days = RANGES.get(chosen, RANGES[DEFAULT_RANGE])
    since = today - timedelta(days=(days or RANGES[DEFAULT_RANGE]) - 1)
    if not days:
        since = min(first_day(patient) or since, since)
    return signals(patient, first=since, last=today)


def chart_documents(drawn: Signals) -> list[dict[str, Any]]:
    """Return the charts as Vega-Lite documents, ready to be embedded."""
    language = get_language()
    charts = [
        _document(
            "events",
            _("Flags, treatments, exams"),
            definition.events_chart(language),
            {},
        )
    ]
    charts += [
        _document(
            signal.key,
            f"{signal.title} (0-{signal.high}, {_better(signal)})",
            definition.signal_chart(signal.high, language),
            {
                "answers": signal.rows,
                "not_done": signal.not_done,
                "usual": signal.usual,
                "accepted": signal.accepted,
            },
        )
        for signal in drawn.signals
    ]
    for chart in charts:
        chart["spec"]["datasets"] |= {
            "window": [
                {"day": drawn.first.isoformat()},
                {"day": drawn.last.isoformat()},
            ],
            "silences": drawn.silences,
            "events": drawn.events,
        }
    return charts


def _better(signal: Signal) -> str:
    lower = signal.better == "lower"
    return _("lower is better") if lower else _("higher is better")


def in_words(drawn: Signals) -> list[tuple[Signal, list[str]]]:
    """Return the text alternative of every chart."""
    return [(signal, signal.summary(last=drawn.last)) for signal in drawn.signals]


def _document(
    key: str, title: str, spec: dict[str, Any], datasets: dict[str, Any]
) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "spec": {**spec, "datasets": dict(datasets), "description": title},
    }
