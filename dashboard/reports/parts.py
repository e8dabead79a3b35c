"""What the sheets have in common: who it is, the alerts, the charts, the body map."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from dashboard.charts.body import drawing
from dashboard.charts.paper import BODY_INK, paper_charts
from dashboard.domain import words
from dashboard.selectors import patient as patients
from dashboard.selectors.body_map import BodyMap
from dashboard.selectors.patient import AlertCard
from dashboard.selectors.signals import ONE_DAY, Signal, Signals
from tracker.models import Episode, Patient, Treatment


#: Self-tests that fit on the page; those that stand worst come first.
TESTS_DRAWN: Final = 3
FOOT: Final = gettext_lazy(
    "From the patient's own entries, by Rootwatch. A summary, no diagnosis."
)


def frame(patient: Patient, *, title: str, by: str, now: datetime) -> dict[str, Any]:
    """Return what stands around every sheet: whose it is, who made it and when."""
    clock = now.astimezone(ZoneInfo(patient.clinic.timezone))
    today = now.astimezone(ZoneInfo(patient.timezone)).date()
    return {
        "title": title,
        "language": (get_language() or "en")[:2],
        "made": f"{words.day(clock.date())}, {clock:%H:%M}, {by}",
        "foot": str(FOOT),
        "clinic": patient.clinic.name,
        "patient": {
            "name": short(patient.name, 60),
            "facts": facts(patient, today=today),
        },
    }


def short(text: str, most: int = 160) -> str:
    """Return a text cut to what a line holds."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def facts(patient: Patient, *, today: date) -> list[str]:
    """Return who the patient is and what is suspected, each fact apart."""
    born = patient.birth_year
    told = [
        _("born %(year)s (%(age)s y)") % {"year": born, "age": today.year - born}
        if born
        else "",
        patient.phone,
        _("team %s") % patient.care_team.name if patient.care_team else "",
    ]
    episode = patients.current_episode(patient)
    return [fact for fact in told + (_episode(episode) if episode else []) if fact]


def _episode(episode: Episode) -> list[str]:
    level = _("level unknown") if episode.level == "unknown" else episode.level
    where = " ".join(filter(None, (level, words.plain(episode.side))))
    return [
        _("suspected %s") % words.said(episode.get_suspected_cause_display()),
        where,
        _("since %s") % words.day(episode.onset_on) if episode.onset_on else "",
    ]


def alert(card: AlertCard) -> dict[str, Any]:
    """Return an open alert in words."""
    row, said = card.row, card.row.alert
    zone = ZoneInfo(said.patient.clinic.timezone)
    told = [
        words.plain(said.category),
        _("likely %s") % row.root_words
        if row.root_words
        else words.plain(said.side or ""),
        _("since %s") % row.onset if row.has_onset else "",
        _("opened %s") % words.day(said.opened_at.astimezone(zone).date()),
        _("examine by %s") % words.day(said.examine_by.astimezone(zone).date())
        if said.examine_by
        else "",
    ]
    return {
        "tier": said.tier,
        "tier_word": words.plain(said.tier),
        "reasons": [short(" ".join(row.reasons), 400)],
        "facts": [fact for fact in told if fact],
    }


def worst_tests(drawn: Signals) -> tuple[Signals, int]:
    """Return the signals that fit on the page, and how many were left out."""
    tests = [each for each in drawn.signals if each.high == 3]
    others = [each for each in drawn.signals if each.high != 3]
    worst = sorted(tests, key=_standing)[:TESTS_DRAWN]
    return replace(drawn, signals=[*others, *worst]), len(tests) - len(worst)


def _standing(test: Signal) -> tuple[float, int]:
    """Return the worst last score of a leg, and how often the test was not done."""
    last = {row["leg"]: row["value"] for row in test.rows}
    return min(last.values(), default=0), -len(test.rows)


def charts(drawn: Signals) -> list[dict[str, str]]:
    """Return `title`, `svg` and what it shows in words of each chart."""
    said = {
        signal.title: " ".join(signal.summary(last=drawn.last))
        for signal in drawn.signals
    }
    return [
        {**chart, "alt": said.get(chart["title"].split(" (")[0], chart["title"])}
        for chart in paper_charts(drawn)
    ]


def body(mapped: BodyMap) -> dict[str, Any]:
    """Return a body map with its areas in words."""
    drawn = drawing(mapped, "now")
    named = [area for area in mapped.named if area.now.days]
    areas = [
        f"{area.name}: {area.now}" + (f" ({_('new')})" if area.is_new else "")
        for area in named
    ]
    svg = render_to_string(
        "dashboard/parts/body.svg", {"drawing": drawn, "style": BODY_INK}
    )
    return {
        "title": mapped.title,
        "answered": drawn.answered,
        "svg": svg,
        "areas": areas or [_("No area named.")],
        "alt": f"{drawn.title}: {'; '.join(areas) or _('No area named.')}",
    }


def treatment(given: Treatment) -> str:
    """Return a treatment with its days."""
    began = words.day(given.started_on)
    if given.ended_on and given.ended_on != given.started_on:
        began = f"{began} \u2013 {words.day(given.ended_on)}"
    elif not given.ended_on and given.kind not in ONE_DAY:
        began = _("since %s") % began
    return f"{began}  {words.said(given.get_kind_display())}"
