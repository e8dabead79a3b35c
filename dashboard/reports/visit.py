"""The before-visit sheet: what happened since the last examination, on two pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboard.domain import words
from dashboard.domain.sentences import retold
from dashboard.reports import parts
from dashboard.reports.typeset import pdf
from dashboard.selectors import visit
from dashboard.selectors.body_map import body_maps
from dashboard.selectors.signals import Signals
from dashboard.selectors.timeline import TimelineItem, timeline
from dashboard.selectors.visit import Measure, Since, Told
from tracker.models import Patient


#: What the sheet itself says, around what it is given.
SHEET_WORDS: Final = {
    "and": gettext_lazy("and"),
    "more_on_page": gettext_lazy("more, on the patient page"),
    "changed": gettext_lazy("What changed"),
    "nothing": gettext_lazy("Nothing was found or recorded."),
    "values": gettext_lazy("By leg"),
    "no_values": gettext_lazy("No answers in these days."),
    "measure": gettext_lazy("Quantity"),
    "baseline": gettext_lazy("Baseline"),
    "usual": gettext_lazy("Usual in these days (median)"),
    "lately": gettext_lazy("Mean of the last 7 days"),
    "worst": gettext_lazy("Worst (last day of it)"),
    "answered": gettext_lazy("Days answered"),
    "alerts": gettext_lazy("Alerts and what was done"),
    "no_alerts": gettext_lazy("No alert in these days."),
    "questions": gettext_lazy("Open questions"),
    "no_questions": gettext_lazy("None."),
    "due": gettext_lazy("Next due"),
    "nothing_due": gettext_lazy("Nothing that Rootwatch knows of."),
    "diary": gettext_lazy("The diary"),
    "course": gettext_lazy("Course"),
    "left_leg": gettext_lazy("left leg"),
    "right_leg": gettext_lazy("right leg"),
    "band": gettext_lazy("band: usual for this patient"),
    "grey": gettext_lazy("grey: no entries"),
    "where": gettext_lazy("Where, last 7 days"),
}


def before_visit(patient: Patient, *, by: str, now: datetime) -> bytes:
    """Return the sheet of a patient whose diary is open, as a PDF of two pages."""
    return pdf("visit.typ", sheet(patient, by=by, now=now))


def sheet(patient: Patient, *, by: str, now: datetime) -> dict[str, Any]:
    """Return everything the pages say, as plain words and pictures."""
    today = now.astimezone(ZoneInfo(patient.timezone)).date()
    since = visit.since_last_exam(patient, today=today)
    drawn = visit.course(patient, since)
    shown, _left_out = parts.worst_tests(drawn)
    return {
        **parts.frame(patient, title=_("Before the visit"), by=by, now=now),
        "words": {name: str(text) for name, text in SHEET_WORDS.items()},
        "since": _since(since),
        "changes": _changes(patient, since),
        "measures": [_measure(each) for each in visit.measures(drawn)],
        "alerts": [_told(each) for each in visit.alerts_since(patient, since)],
        "questions": visit.open_questions(patient, since),
        "due": [
            f"{words.day(on)}{_(' (late)') if on < today else ''}  {what}"
            for on, what in visit.next_due(patient, today=today)
        ],
        "diary": _diary(drawn, since),
        "charts": parts.charts(shown),
        "bodies": [parts.body(mapped) for mapped in body_maps(patient, today=today)],
    }


def _since(since: Since) -> str:
    days = ngettext("%s day", "%s days", since.days) % since.days
    if since.examined_on is None:
        return _("No examination is recorded; the last %s.") % days
    said = _("Since the examination of %(day)s") % {"day": words.day(since.examined_on)}
    if since.first > since.examined_on:
        return _("%(since)s; shown are the last %(days)s.") % {
            "since": said,
            "days": days,
        }
    return f"{said}, {days}."


def _changes(patient: Patient, since: Since) -> list[dict[str, str]]:
    """Return what was found, begun and recorded; alerts stand elsewhere."""
    items = [
        item
        for item in timeline(patient)
        if item.on >= since.first and not _stands_elsewhere(item, since)
    ]
    return [
        {
            "tier": item.tier,
            "tier_word": words.plain(item.tier) if item.tier else item.kind,
            "text": parts.short(f"{_day(item.on)}  {_in_a_line(item)}", 130),
        }
        for item in items
    ]


def _in_a_line(item: TimelineItem) -> str:
    return f"{item.text}: {' '.join(item.note.split())}" if item.note else item.text


def _stands_elsewhere(item: TimelineItem, since: Since) -> bool:
    """Return whether it is an answer to an alert, a message, or the examination itself."""
    return item.kind in (_("Answer"), _("Message")) or (
        item.kind == _("Exam") and item.on == since.examined_on
    )


def _day(on: date) -> str:
    return words.day(on, "j M")


def _measure(measure: Measure) -> list[str]:
    return [
        measure.title,
        measure.leg,
        measure.baseline or "\u2013",
        measure.usual,
        measure.lately or "\u2013",
        measure.worst,
        str(measure.days),
    ]


def _told(told: Told) -> dict[str, str]:
    reasons = retold(told.alert.reason).splitlines()
    return {
        "tier": told.alert.tier,
        "tier_word": words.plain(told.alert.tier),
        "text": parts.short(f"{_day(told.opened_on)}  {' '.join(reasons)}"),
        "answer": parts.short(told.answer),
    }


def _diary(drawn: Signals, since: Since) -> str:
    heard = _("Entries on %(heard)s of %(days)s days (%(share)s %%).") % {
        "heard": drawn.days_heard,
        "days": since.diary_days,
        "share": round(100 * drawn.days_heard / since.diary_days),
    }
    longest = max((_gap(row, since) for row in drawn.silences), default=0)
    if longest <= 0:
        return heard
    gap = ngettext("Longest gap: %s day.", "Longest gap: %s days.", longest) % longest
    return f"{heard} {gap}"


def _gap(silence: dict[str, Any], since: Since) -> int:
    """Return the days of a silence after the diary was begun."""
    start = max(date.fromisoformat(silence["start"]), since.begun_on)
    return (date.fromisoformat(silence["end"]) - start).days
