"""What a clinician may write on an alert without ending it."""

from __future__ import annotations

from typing import Final


NOTE: Final = "note"
NOT_REACHED: Final = "not_reached"
SPOKE: Final = "spoke"
#: What is written down, in words; of a call no text is needed.
KINDS: Final = {
    NOTE: "note",
    NOT_REACHED: "called, not reached",
    SPOKE: "called, spoke with the patient",
}
#: Longest text. Unit: characters. Source: our choice, as of every note.
NOTE_LENGTH: Final = 2000
#: Most notes of one alert. Unit: notes. Source: our choice: a bound against a script.
MOST_NOTES: Final = 200
