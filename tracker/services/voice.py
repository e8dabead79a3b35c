"""What a patient is told: in their language, with the number to call where they are.

The texts in `domain` are English and are what the catalogues in `backend/locale`
translate. A language without a catalogue is answered in English, never with silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.utils import translation

from tracker.domain.notices import Notice
from tracker.domain.red_flags import RedFlag
from tracker.models import Patient


#: A text with this word sends somebody to emergency care: it names the number, too.
URGES: Final = "emergency"
NUMBER: Final = "Emergency number: %(number)s."


@dataclass(frozen=True)
class Voice:
    """A language tag such as `de-AT`, and an emergency number or nothing."""

    language: str = "en"
    emergency_number: str = ""

    def headline(self, text: str) -> str:
        """Return a short text of `domain` in the language."""
        with translation.override(spoken(self.language)):
            return translation.gettext(text)

    def say(self, text: str) -> str:
        """Return a text of `domain` in the language, with the number if it urges."""
        said = self.headline(text)
        if self.emergency_number and URGES in text:
            number = self.headline(NUMBER) % {"number": self.emergency_number}
            return f"{said} {number}"
        return said

    def inform(self, notice: Notice) -> Notice:
        """Return a notice of sync as this patient should read it."""
        return replace(
            notice,
            title=self.headline(notice.title),
            text=self.headline(notice.text),
        )

    def tell(self, red_flag: RedFlag) -> RedFlag:
        """Return the red flag as this patient should read it."""
        return replace(
            red_flag,
            title=self.headline(red_flag.title),
            text=self.say(red_flag.text),
        )


def voice_of(patient_id: UUID | None) -> Voice:
    """Return how to speak to a patient; without one, in English and without a number."""
    if patient_id is None:
        return Voice()
    patients = Patient.objects.values_list("language", "clinic__emergency_number")
    return Voice(*patients.get(pk=patient_id))


def spoken(tag: str) -> str:
    """Return the language that there is a catalogue for, English if there is none."""
    try:
        return translation.get_supported_language_variant(tag)
    except LookupError:
        return "en"
