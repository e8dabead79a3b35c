"""Diary entries in the reader's words: what was answered, never what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils import dateformat
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from tracker.domain import diary
from tracker.domain.words import RED_FLAG_WORDS, TEST_NAMES


COLLECTION_NAMES: Final = {
    "pain_logs": "Pain",
    "numbness_logs": "Numbness",
    "weakness_logs": "Power",
    "red_flag_checks": "Safety questions",
    "day_logs": "Day",
}
DAY_WORDS: Final = {
    "sitting_minutes": "sat {} min",
    "longest_sitting_minutes": "longest sitting {} min",
    "walk_minutes_before_stopping": "walked {} min before stopping",
    "steps": "{} steps",
    "sleep_quality": "sleep {}/10",
    "weight_kg": "{} kg",
    "trips": "trips {}",
    "falls": "falls {}",
    "knee_gave_way": "knee gave way {} times",
    "peg_pain": "PEG pain {}/10",
    "peg_enjoyment": "PEG enjoyment {}/10",
    "peg_activity": "PEG activity {}/10",
}
DAY_YES_NO: Final = {
    "lumbar_support": ("lumbar support", "no lumbar support"),
    "relief_on_sitting": ("better on sitting", "no relief on sitting"),
    "relief_leaning_forward": ("better leaning forward", "no relief leaning forward"),
    "foot_slap": ("foot slaps", "no foot slap"),
}
ALARMING_ANSWERS: Final = ("new", "worse")


def said(text: str) -> str:
    """Return a text of the code in the reader's language; an unknown one as it is."""
    return _(text) if text else ""


#: The same for what is read long before a reader is known, as the choices of a form.
said_later: Final = lazy(said, str)


def plain(code: str) -> str:
    """Return a code of the diary as words."""
    return said(code.replace("_", " "))


def leg(side: str) -> str:
    """Return which leg, as in `left leg`."""
    return said(f"{side} leg")


def number(value: float, places: int | None = None) -> str:
    """Return a number with the reader's decimal sign, trailing zeros left out."""
    return number_format(f"{value:g}" if places is None else value, places)


def day(of: date, form: str = "") -> str:
    """Return a day as the reader writes it; `form` is an English date format."""
    return dateformat.format(of, _(form) if form else _("j M Y"))


def clock(at: datetime) -> str:
    """Return the time of a moment, which is the same in our languages."""
    return f"{at:%H:%M}"


def describe(collection: str, values: Mapping[str, Any]) -> str:
    """Return one entry in words; an entry without any answer says so."""
    describers = {
        "pain_logs": _pain,
        "numbness_logs": _numbness,
        "weakness_logs": _weakness,
        "red_flag_checks": _red_flags,
        "day_logs": _day,
    }
    parts = [part for part in describers[collection](values) if part]
    return ", ".join(parts) or _("nothing answered")


def alarming_items(values: Mapping[str, Any]) -> list[str]:
    """Return the safety questions answered `new` or `worse`, in words."""
    return [
        f"{said(RED_FLAG_WORDS[item])} ({plain(values[item])})"
        for item in diary.RED_FLAG_ITEMS
        if values.get(item) in ALARMING_ANSWERS
    ]


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _listed(values: Mapping[str, Any], *names: str) -> str:
    return ", ".join(plain(word) for name in names for word in values.get(name) or ())


def _out_of_ten(values: Mapping[str, Any], name: str, words: str) -> str:
    value = values.get(name)
    return "" if value is None else f"{words}{value}/10"


def _pain(values: Mapping[str, Any]) -> list[str]:
    triggers = _listed(values, "triggers")
    relievers = _listed(values, "relievers")
    return [
        " ".join(plain(values.get(name) or "") for name in ("site", "side")).strip(),
        _out_of_ten(values, "intensity", ""),
        _out_of_ten(values, "worst", _("worst") + " "),
        _listed(values, "qualities", "regions"),
        _("brought on by %s") % triggers if triggers else "",
        _("eased by %s") % relievers if relievers else "",
    ]


def _numbness(values: Mapping[str, Any]) -> list[str]:
    constant = values.get("constant")
    return [
        plain(values.get("side") or ""),
        _out_of_ten(values, "intensity", ""),
        plain(values.get("kind") or ""),
        _listed(values, "regions"),
        "" if constant is None else _("constant") if constant else _("comes and goes"),
    ]


def _weakness(values: Mapping[str, Any]) -> list[str]:
    score, repeat = values.get("score"), values.get("repeat_score")
    felt, reason = values.get("felt_weakness"), values.get("not_done_reason")
    name = said(TEST_NAMES.get(values.get("test") or "", ""))
    return [
        " ".join(filter(None, (name, plain(values.get("side") or "")))),
        "" if score is None else _("%s of 3") % score,
        "" if repeat is None else _("repeated: %s of 3") % repeat,
        _("not done (%s)") % plain(reason) if reason else "",
        "" if felt is None else _("felt weakness %s/6") % felt,
    ]


def _red_flags(values: Mapping[str, Any]) -> list[str]:
    answered = [item for item in diary.RED_FLAG_ITEMS if values.get(item) is not None]
    unchanged = [
        f"{said(RED_FLAG_WORDS[item])} ({plain(values[item])})"
        for item in answered
        if values[item] == "unchanged"
    ]
    withheld = sum(values[item] == "prefer_not_to_say" for item in answered)
    quiet = sum(values[item] == "no" for item in answered)
    return [
        *alarming_items(values),
        *unchanged,
        _("%s answered no") % quiet if quiet else "",
        _("%s not said") % withheld if withheld else "",
    ]


def _day(values: Mapping[str, Any]) -> list[str]:
    told = [
        said(words).format(_shown(values[name]))
        for name, words in DAY_WORDS.items()
        if values.get(name) is not None
    ]
    yes_no = [
        said(words[0] if values[name] else words[1])
        for name, words in DAY_YES_NO.items()
        if values.get(name) is not None
    ]
    medication = _listed(values, "medications_taken")
    return [*told, *yes_no, _("took %s") % medication if medication else ""]
