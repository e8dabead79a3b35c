"""What a patient says of an alert: read, on the way, called, please call me."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class PatientAnswer:
    """`code` is what an app sends, `words` is what staff read; empty: nothing to say."""

    code: str
    words: str


READ: Final = "read"
CALL_ME: Final = "call_me"
ANSWERS: Final = (
    PatientAnswer(READ, ""),
    PatientAnswer("going_now", "says: I am going to emergency care now"),
    PatientAnswer("called", "says: I have called"),
    PatientAnswer(CALL_ME, "asks to be called back"),
)
CODES: Final = tuple(answer.code for answer in ANSWERS)
WORDS: Final = {answer.code: answer.words for answer in ANSWERS}


def replaces(said: str, before: str) -> bool:
    """Return whether an answer changes anything: reading again takes nothing back."""
    return said != before and (said != READ or not before)
