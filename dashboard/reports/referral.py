"""The referral summary: one page for whoever examines the patient next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from dashboard.charts.body import drawing
from dashboard.charts.paper import BODY_INK, paper_charts
from dashboard.domain import words
from dashboard.reports.typeset import pdf
from dashboard.selectors import diary
from dashboard.selectors import patient as patients
from dashboard.selectors.body_map import BodyMap, body_maps
from dashboard.selectors.patient import AlertCard, ExamGrid
from dashboard.selectors.signals import ONE_DAY, Signal, Signals, signals
from tracker.models import Episode, Patient, Treatment


#: What the charts of the sheet show.
#: Unit: days.
DAYS: Final = 90
#: Self-tests that fit on the page; those that stand worst come first.
TESTS_DRAWN: Final = 3
FOOT: Final = gettext_lazy(
    "From the patient's own entries, by Rootwatch. A summary, no diagnosis."
)
#: What the sheet itself says, around what it is given.
SHEET_WORDS: Final = {
    "and": gettext_lazy("and"),
    "more": gettext_lazy("more"),
    "more_on_page": gettext_lazy("more, on the patient page"),
    "no_alert": gettext_lazy("No alert is open."),
    "course": gettext_lazy("Course of the last days:"),
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
    clock = now.astimezone(ZoneInfo(patient.clinic.timezone))
    today = now.astimezone(ZoneInfo(patient.timezone)).date()
    drawn = signals(patient, first=today - timedelta(days=DAYS - 1), last=today)
    shown, left_out = _worst_tests(drawn)
    return {
        "title": _("Referral summary"),
        "language": (get_language() or "en")[:2],
        "words": {name: str(text) for name, text in SHEET_WORDS.items()},
        "made": f"{_day(clock.date())}, {clock:%H:%M}, {by}",
        "foot": str(FOOT),
        "clinic": patient.clinic.name,
        "patient": {
            "name": _short(patient.name, 60),
            "facts": _facts(patient, today=today),
        },
        "alerts": [_alert(card) for card in patients.alert_cards(patient, now=now)],
        "days": DAYS,
        "charts": _charts(shown),
        "more_charts": left_out,
        "bodies": [_body(mapped) for mapped in body_maps(patient, today=today)],
        "exam": _exam(patients.exams(patient)),
        "treatments": [_treatment(each) for each in patients.treatments(patient)],
        "studies": [
            f"{_day(item.on)}  {_short(item.text)}"
            for item in patients.studies(patient)
        ],
        "red_flags": [
            f"{_day(day)}  {_short(', '.join(items))}"
            for day, items in diary.red_flag_history(patient)
        ],
        "diary": _diary(drawn),
    }


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _day(day: date) -> str:
    return words.day(day)


def _facts(patient: Patient, *, today: date) -> list[str]:
    born = patient.birth_year
    facts = [
        _("born %(year)s (%(age)s y)") % {"year": born, "age": today.year - born}
        if born
        else "",
        patient.phone,
        _("team %s") % patient.care_team.name if patient.care_team else "",
    ]
    episode = patients.current_episode(patient)
    return [fact for fact in facts + (_episode(episode) if episode else []) if fact]


def _episode(episode: Episode) -> list[str]:
    level = _("level unknown") if episode.level == "unknown" else episode.level
    where = " ".join(filter(None, (level, words.plain(episode.side))))
    return [
        _("suspected %s") % words.said(episode.get_suspected_cause_display()),
        where,
        _("since %s") % _day(episode.onset_on) if episode.onset_on else "",
    ]


def _alert(card: AlertCard) -> dict[str, Any]:
    row, alert = card.row, card.row.alert
    zone = ZoneInfo(alert.patient.clinic.timezone)
    facts = [
        words.plain(alert.category),
        _("likely %s") % row.root_words
        if row.root_words
        else words.plain(alert.side or ""),
        _("since %s") % row.onset if row.has_onset else "",
        _("opened %s") % _day(alert.opened_at.astimezone(zone).date()),
        _("examine by %s") % _day(alert.examine_by.astimezone(zone).date())
        if alert.examine_by
        else "",
    ]
    return {
        "tier": alert.tier,
        "tier_word": words.plain(alert.tier),
        "reasons": [_short(" ".join(row.reasons), 400)],
        "facts": [fact for fact in facts if fact],
    }


def _worst_tests(drawn: Signals) -> tuple[Signals, int]:
    """Return the signals that fit on the page, and how many were left out."""
    tests = [each for each in drawn.signals if each.high == 3]
    others = [each for each in drawn.signals if each.high != 3]
    worst = sorted(tests, key=_standing)[:TESTS_DRAWN]
    return replace(drawn, signals=[*others, *worst]), len(tests) - len(worst)


def _standing(test: Signal) -> tuple[float, int]:
    """Return the worst last score of a leg, and how often the test was not done."""
    last = {row["leg"]: row["value"] for row in test.rows}
    return min(last.values(), default=0), -len(test.rows)


def _charts(drawn: Signals) -> list[dict[str, str]]:
    said = {
        signal.title: " ".join(signal.summary(last=drawn.last))
        for signal in drawn.signals
    }
    return [
        {**chart, "alt": said.get(chart["title"].split(" (")[0], chart["title"])}
        for chart in paper_charts(drawn)
    ]


def _body(mapped: BodyMap) -> dict[str, Any]:
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
        "on": _day(latest.exam.examined_on),
        "before": _day(before.exam.examined_on) if before else "",
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


def _treatment(treatment: Treatment) -> str:
    began = _day(treatment.started_on)
    if treatment.ended_on and treatment.ended_on != treatment.started_on:
        began = f"{began} \u2013 {_day(treatment.ended_on)}"
    elif not treatment.ended_on and treatment.kind not in ONE_DAY:
        began = _("since %s") % began
    return f"{began}  {words.said(treatment.get_kind_display())}"


def _diary(drawn: Signals) -> str:
    count = len(drawn.silences)
    heard = _("Entries on %(heard)s of the last %(days)s days.") % {
        "heard": drawn.days_heard,
        "days": DAYS,
    }
    gaps = ngettext("%s gap.", "%s gaps.", count) % count if count else ""
    return f"{heard} {gaps}".strip()
