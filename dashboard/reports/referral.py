"""The referral summary: one page for whoever examines the patient next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboard.domain import words
from dashboard.reports import parts
from dashboard.reports.typeset import pdf
from dashboard.selectors import diary
from dashboard.selectors import patient as patients
from dashboard.selectors.body_map import body_maps
from dashboard.selectors.patient import ExamGrid
from dashboard.selectors.signals import Signals, signals
from dashboard.selectors.timeline import studies
from tracker.models import Patient


#: What the charts of the sheet show.
#: Unit: days.
DAYS: Final = 90
#: What the sheet itself says, around what it is given.
SHEET_WORDS: Final = {
    "and": gettext_lazy("and"),
    "more": gettext_lazy("more"),
    "more_on_page": gettext_lazy("more, on the patient page"),
    "no_alert": gettext_lazy("No alert is open."),
    "left_leg": gettext_lazy("left leg"),
    "right_leg": gettext_lazy("right leg"),
    "band": gettext_lazy("band: usual for this patient"),
    "grey": gettext_lazy("grey: no entries"),
    "not_drawn": gettext_lazy(
        "Not drawn, but on the patient page: further self-tests:"
    ),
    "where": gettext_lazy("Where, last 7 days"),
    "examination": gettext_lazy("Examination"),
    "none": gettext_lazy("None recorded."),
    "finding": gettext_lazy("Finding"),
    "left": gettext_lazy("Left"),
    "right": gettext_lazy("Right"),
    "treatments": gettext_lazy("Treatments"),
    "studies": gettext_lazy("Imaging and nerve studies"),
    "red_flags": gettext_lazy("Safety questions answered new or worse"),
    "never": gettext_lazy("Never."),
    "diary": gettext_lazy("The diary"),
}


def referral(patient: Patient, *, by: str, now: datetime) -> bytes:
    """Return the summary of a patient whose diary is open, as a PDF of one page."""
    return pdf("referral.typ", sheet(patient, by=by, now=now))


def sheet(patient: Patient, *, by: str, now: datetime) -> dict[str, Any]:
    """Return everything the page says, as plain words and pictures."""
    today = now.astimezone(ZoneInfo(patient.timezone)).date()
    drawn = signals(patient, first=today - timedelta(days=DAYS - 1), last=today)
    shown, left_out = parts.worst_tests(drawn)
    return {
        **parts.frame(patient, title=_("Referral summary"), by=by, now=now),
        "words": {name: str(text) for name, text in SHEET_WORDS.items()},
        "alerts": [
            parts.alert(card) for card in patients.alert_cards(patient, now=now)
        ],
        "course": _("Course of %s days") % DAYS,
        "charts": parts.charts(shown),
        "more_charts": left_out,
        "bodies": [parts.body(mapped) for mapped in body_maps(patient, today=today)],
        "exam": _exam(patients.exams(patient)),
        "treatments": [parts.treatment(each) for each in patients.treatments(patient)],
        "studies": [
            f"{words.day(item.on)}  {parts.short(item.text)}"
            for item in studies(patient)
        ],
        "red_flags": [
            f"{words.day(day)}  {parts.short(', '.join(items))}"
            for day, items in diary.red_flag_history(patient)
        ],
        "diary": _diary(drawn),
    }


def _exam(grids: list[ExamGrid]) -> dict[str, Any]:
    """Return the latest examination beside the one before it."""
    if not grids:
        return {"on": "", "before": "", "rows": []}
    latest, before = grids[0], grids[1] if len(grids) > 1 else None
    earlier = (
        {(kind, where): grades for kind, where, *grades in before.rows}
        if before
        else {}
    )
    return {
        "on": words.day(latest.exam.examined_on),
        "before": words.day(before.exam.examined_on) if before else "",
        "rows": [
            [
                f"{where} {kind}" if where else kind,
                *_grades((left, right)),
                *(_grades(earlier.get((kind, where), (None, None))) if before else ()),
            ]
            for kind, where, left, right in latest.rows
        ],
    }


def _grades(grades: Iterable[int | None]) -> list[str]:
    return ["" if grade is None else str(grade) for grade in grades]


def _diary(drawn: Signals) -> str:
    count = len(drawn.silences)
    heard = _("Entries on %(heard)s of the last %(days)s days.") % {
        "heard": drawn.days_heard,
        "days": DAYS,
    }
    gaps = ngettext("%s gap.", "%s gaps.", count) % count if count else ""
    return f"{heard} {gaps}".strip()
