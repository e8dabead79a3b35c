"""Stored English sentences, told again in the reader's language.

Why a flag was raised, or what is wrong with a form, is stored and answered in English.
Here stands what these sentences look like, with a name for everything that varies. A
sentence that is not known is shown as it is: readable, in English, and never lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from django.utils.text import capfirst
from django.utils.translation import get_language

from dashboard.domain import words
from tracker.domain.words import RED_FLAG_WORDS, TEST_NAMES


_LOST: Final = "%(side)s leg pain fell to %(recent)s from %(usual)s (7 days against the"
#: What the rules say, as msgids.
REASONS: Final = (
    "%(side)s %(test)s is %(power)s of 3%(sure)s; %(cause)s.",
    "Lower in 3 of the last 4 tests, not yet beyond chance.",
    "Such answers are %(odds)s times as likely after a loss as without one.",
    "The diary speaks %(odds)s to 1 for a true loss.",  # as it was told once
    (
        "%(side)s numbness reached new areas (%(areas)s) on several of the last %(days)s "
        "days."
    ),
    (
        "%(side)s numbness is new or far stronger (%(areas)s) on several of the last "
        "%(days)s days."
    ),
    "%(side)s numbness averages %(recent)s over 7 days; the usual is %(usual)s.",
    (
        "%(side)s numbness has been %(recent)s or more on every answered day of the last "
        "%(days)s; in the %(count)s days before it was never above %(usual)s."
    ),
    "%(where)s pain is %(recent)s today; it was %(usual)s before.",
    "%(where)s pain is %(recent)s over 7 days; it was %(usual)s before.",
    "%(where)s pain is %(recent)s today.",
    "%(where)s pain is %(recent)s over 7 days.",
    (
        "Self-tests of both legs are low within 7 days, confirmed by a second result or "
        "by what else the patient says."
    ),
    "Self-tests of both legs are below their usual within 7 days, confirmed.",
    "Self-tests of both legs are low, confirmed: %(items)s.",
    "Self-tests of both legs are below their usual, confirmed: %(items)s.",
    f"{_LOST} 14 before) while strength got worse.",
    f"{_LOST} 14 before) while feeling got worse.",
    f"{_LOST} 14 before).",
    "Nothing was logged for %(days)s days.",
    "Nothing was logged for %(days)s days after a recent warning or procedure.",
    (
        "Falls, trips or a knee that gave way: %(count)s in 7 days, above the own rate of "
        "the 28 days before."
    ),
    (
        "%(side)s leg pain averages %(recent)s over 7 days, severe on %(count)s of them, "
        "and is not under control."
    ),
    (
        "%(side)s leg pain is %(recent)s over 7 days after %(item)s; it was %(usual)s in "
        "the first week."
    ),
    (
        "Walking time fell to %(recent)s minutes over 7 days from %(usual)s, and sitting "
        "brings relief."
    ),
    (
        "PEG fell to %(recent)s from %(usual)s, more than chance explains; self-tests are "
        "at the baseline."
    ),
    "Pain was given the very same number on every answered day of a fortnight.",
    "Leg pain changed the leg several times within a fortnight.",
    "The worst pain was below the average pain on several days.",
    "Possible foot drop on the %(side)s, not repeated yet: %(items)s.",
    "Possible foot drop on the %(side)s, confirmed: %(items)s.",
    "Sudden loss of power on the %(side)s, not repeated yet: %(items)s.",
    "Sudden loss of power on the %(side)s, confirmed: %(items)s.",
    "The foot newly slaps, and no heel walk was done.",
    "No longer safe to do on the %(side)s: %(items)s.",
    (
        "Severely weak from the first tests on, %(side)s, the other leg not tested: "
        "%(items)s."
    ),
    "New after a procedure: %(items)s.",
    "Numb on the body map, safety questions not answered: %(items)s.",
    "Numb on the body map, the questions about it left open: %(items)s.",
    "Safety questions left unclear, or both legs newly affected: %(items)s.",
    "Answered new or worse: %(items)s.",
)
#: How sure a self-test is, and what it is held against: parts of the first sentence.
PARTS: Final = (
    "",
    ", and the foot newly slaps",
    ", confirmed by a second result",
    ", confirmed by a repeat",
    " within days of a procedure",
    "the usual is %(usual)s",
    "the other leg has %(usual)s",
    "no earlier tests are known",
)
#: What services say about something that they cannot accept.
REFUSALS: Final = (
    "Choose a time after now and no later than %(moment)s.",
    "Emergencies and examinations that are overdue cannot wait.",
    "Write a note of at most %(most)s characters.",
    "This note cannot be written.",
    "This alert has %(most)s notes already.",
    "Give a weekday, or a day, or neither for every day.",
    "A cover is by somebody else, and ends after it begins.",
    "Name clinicians of this care team.",
    "Name people of this clinic.",
    "Give 1 to %(most)s steps.",
    "Give %(tier)s a step at 0 percent: somebody is told at once.",
    "The target of %(tier)s is from %(low)s to %(high)s minutes.",
    "The last resort comes by %(most)s percent.",
    "Repeat at most %(most)s times.",
    "Give one working day or more, opening before it closes.",
    "A step comes between 0 and %(most)s percent.",
    "Name a person in steps that tell a person, and in no other.",
    "This day has not come yet.",
    "This year has not come yet.",
    "1 to %(most)s characters.",
)

_NUMBER: Final = r"-?\d[\d.,]*(?<![.,])"
_SHAPES: Final = {
    "side": r"\w+",
    "where": r"Left leg|Right leg|Back",
    "test": "|".join(TEST_NAMES.values()),
    "tier": "emergency|urgent|soon",
    "sure": "|".join(PARTS[:5]),
    "cause": rf"the usual is {_NUMBER}|the other leg has {_NUMBER}|{PARTS[7]}",
    "items": r"[^.:]+",
    "areas": r"[^.)]+",
    "item": r"[^.;]+",
    "moment": r"[\d:TZ-]+",
}
_BETWEEN: Final = re.compile(r", | and ")


def retold(text: str) -> str:
    """Return a stored text in the reader's language, sentence by sentence.

    A line with a sentence that is not known stays as it is stored, whole.
    """
    if (get_language() or "en").startswith("en"):
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    known = words.said(line)
    if known != line:
        return known
    told, rest = [], line
    while rest:
        piece = _first(rest)
        if piece is None:
            return line
        told.append(piece[0])
        rest = rest[piece[1] :].lstrip()
    return " ".join(told)


def _first(text: str) -> tuple[str, int] | None:
    """Return the first sentence told again, and the length that it had."""
    for sentence in (*REASONS, *REFUSALS):
        found = _pattern(sentence).match(text)
        if found:
            said = {
                name: _part(name, value) for name, value in found.groupdict().items()
            }
            return capfirst(words.said(sentence) % said), found.end()
    return None


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """Return what a sentence looks like, whatever varies in it."""
    pieces = re.split(r"%\((\w+)\)s", sentence)
    shapes = [
        f"(?P<{piece}>{_SHAPES.get(piece, _NUMBER)})" if place % 2 else re.escape(piece)
        for place, piece in enumerate(pieces)
    ]
    return re.compile("".join(shapes) + r"(?=\s|$)")


def _part(name: str, value: str) -> str:
    tell: Mapping[str, Callable[[str], str]] = {
        "side": lambda side: words.plain(side.lower()),
        "where": lambda where: words.said(where.lower()),
        "test": words.said,
        "tier": words.plain,
        "sure": words.said,
        "cause": _cause,
        "items": _listed,
        "areas": _listed,
        "item": words.plain,
        "moment": str,
    }
    return tell.get(name, _number)(value)


def _cause(text: str) -> str:
    level = re.search(rf"{_NUMBER}$", text)
    if level is None:
        return words.said(text)
    return words.said(text[: level.start()] + "%(usual)s") % {
        "usual": _number(level.group())
    }


def _listed(text: str) -> str:
    known = {code.replace("_", " "): name for code, name in RED_FLAG_WORDS.items()}
    return ", ".join(words.said(known.get(each, each)) for each in _BETWEEN.split(text))


def _number(text: str) -> str:
    return words.number(float(text.replace(",", "")))
