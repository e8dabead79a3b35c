"""What a red flag was raised by, in a clinician's words.

The web process runs this: no pandas here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tracker.domain.motor_danger import FOOT_SLAP, OTHER_LEG, UNCONFIRMED
from tracker.domain.red_flag_rules import (
    LEG_DROPPED,
    SADDLE_UNANSWERED,
)
from tracker.domain.red_flags import RedFlag
from tracker.domain.self_tests import UNSAFE
from tracker.domain.words import RED_FLAG_WORDS, TEST_NAMES


#: What fails when the foot cannot be lifted (L4, L5).
_FOOT_LIFTING: Final = ("heel_walk", "big_toe_lift", "foot_slap")
#: What is said of the items, by rule; R05 says more.
_SAYS: Final = {
    "R03": "Safety questions left unclear, or both legs newly affected",
    "R04": "Self-tests of both legs are low, confirmed",
    "R19": "New after a procedure",
}
_ANSWERED: Final = "Answered new or worse"
_UNASKED: Final = "Numb on the body map, safety questions not answered"
_LEFT_OPEN: Final = "Numb on the body map, the questions about it left open"
#: Items in the words of a clinician: safety questions, self-tests, the foot slap.
_WORDS: Final = {**RED_FLAG_WORDS, **TEST_NAMES, "foot_slap": "foot slaps"}


def told_of(red_flag: RedFlag) -> str:
    """Return in one sentence what a red flag was raised by."""
    marks = (UNCONFIRMED, UNSAFE, OTHER_LEG)
    items = [item for item in red_flag.items if item not in marks]
    words = ", ".join(_WORDS.get(item, item.replace("_", " ")) for item in items)
    if red_flag.rule == LEG_DROPPED.id:
        return _of_one_leg(red_flag, items, words)
    if red_flag.collection == "numbness_logs":
        asked = red_flag.clinician_tier == SADDLE_UNANSWERED.clinician_tier
        return f"{_LEFT_OPEN if asked else _UNASKED}: {words}."
    return f"{_SAYS.get(red_flag.rule, _ANSWERED)}: {words}."


def _of_one_leg(red_flag: RedFlag, items: list[str], words: str) -> str:
    if items == [FOOT_SLAP]:
        return "The foot newly slaps, and no heel walk was done."
    if UNSAFE in red_flag.items:
        return f"No longer safe to do on the {red_flag.side}: {words}."
    if OTHER_LEG in red_flag.items:
        return (
            f"Severely weak from the first tests on, {red_flag.side}, the other leg not"
            f" tested: {words}."
        )
    what = "Possible foot drop" if _lifts_foot(items) else "Sudden loss of power"
    sure = "not repeated yet" if UNCONFIRMED in red_flag.items else "confirmed"
    return f"{what} on the {red_flag.side}, {sure}: {words}."


def _lifts_foot(items: Iterable[str]) -> bool:
    return any(item in _FOOT_LIFTING for item in items)
